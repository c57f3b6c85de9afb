"""Real cycles worked by hand: targets of single requirements, IT and OT in one, a crosswalk that only relates, and what
rose most."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django.test import TestCase

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Cycle
from keepwell.areas.assessment.rules.comparing import heat_map
from keepwell.areas.assessment.rules.reading import beside
from keepwell.areas.assessment.tests.stories import CODES, Assessed, Open, given
from keepwell.areas.frameworks.models import Mapping
from keepwell.kernel.rollup.tree import Method
from keepwell.platform.history.acting import acting
from tests.cast import TELLER


class TargetsOfSingleRequirements(Open, TestCase):
    """GV.OC-01 aims at 4, the rest of GV at 2; KHH1 has 3 everywhere."""

    def setUp(self) -> None:
        super().setUp()
        self.target("GV", "2")
        self.target("GV.OC-01", "4")
        self.answer_all(self.mine, "3")

    def by(self, method: Method, code: str) -> Fraction | None:
        depth = rules.outline(self.new).depth_of(code)
        return heat_map(self.cycle, person=self.ada, depth=depth).row(self.khh1).cell("it", code).by(method)

    def test_enter_the_target_of_what_they_belong_to(self) -> None:
        cell = heat_map(self.cycle, person=self.ada, depth=1).row(self.khh1).cell("it", "GV.OC")
        self.assertEqual((cell.target, cell.gap), (3, Decimal("0.0")))  # (4 + 2) / 2

    def test_cut_back_each_by_its_own(self) -> None:
        self.assertEqual(self.by(Method.CUTBACK, "GV.OC"), Fraction(5, 2))  # (3 + 2) / 2
        self.assertEqual(self.by(Method.CUTBACK, "GV"), Fraction(9, 4))  # (2.5 + 2) / 2
        self.assertEqual(self.by(Method.CUTBACK, "PR"), 3)  # no target, nothing is cut

    def test_are_met_each_by_itself(self) -> None:
        self.assertEqual(self.by(Method.SHARE_AT_TARGET, "GV.OC"), Fraction(1, 2))
        self.assertEqual(self.by(Method.SHARE_AT_TARGET, "GV"), Fraction(2, 3))


class ItAndOtInOne(Assessed, TestCase):
    """KHH1 is assessed in IT and OT together, PEN1 in IT."""

    def setUp(self) -> None:
        super().setUp()
        with acting(TELLER, "story.combined"):
            self.cycle.save(links={"it_sites": [self.pen1], "ot_sites": [], "combined_sites": [self.khh1]})
        self.opened()
        self.validated(self.of(self.khh1, "combined"), "4")
        self.validated(self.of(self.pen1), "1")

    def test_has_a_column_of_its_own_beside_it(self) -> None:
        shown = heat_map(self.cycle, person=self.ada)
        self.assertEqual(shown.scopes, ("it", "combined", "together"))
        group = shown.row(self.group)
        self.assertEqual([group.cell(scope).value for scope in shown.scopes], [1, 4, Fraction(5, 2)])
        self.assertIsNone(shown.row(self.khh1).cell("it"))

    def test_is_answered_frozen_and_followed_over_the_years(self) -> None:
        rules.begin_validation(Cycle.objects.get(), by=self.ada)
        (point,) = rules.trend(Cycle.objects.get(), self.group, person=self.ada, scope="combined").points
        self.assertEqual((point.value, point.sites), (4, 1))


class ACrosswalkThatOnlyRelates(Assessed, TestCase):
    @classmethod
    def crosswalk(cls) -> None:
        """ID.GV-1 went into GV.OC-01; PR.IP-1 is only related to PR.PS-01."""
        for old, new, relation in (
            ("ID.GV-1", "GV.OC-01", "incorporated"),
            ("PR.IP-1", "PR.PS-01", "related"),
        ):
            source = cls.old.nodes.select_related("framework_version").get(code=old)
            Mapping(source=source, target=cls.new.nodes.get(code=new), relation=relation).save()

    def test_carries_and_restates_nothing_along_it(self) -> None:
        with acting(TELLER, "story.old"):
            first = self.drafted("CSF 2024", 2024, framework_version=self.old)
        self.opened(first)
        held = self.of(self.khh2, cycle=first)
        self.answer(held, *(given(code, "4", "4") for code in ("ID.GV-1", "ID.GV-2", "PR.IP-1")))
        with acting(TELLER, "story.new"):
            self.cycle.previous = first
            self.cycle.save()
        self.opened()
        carried = (
            self.of(self.khh2).answers.filter(practice__isnull=False).values_list("node__code", flat=True)
        )
        self.assertEqual(list(carried), ["GV.OC-01"])
        self.assertEqual(self.mean(held, "GV", on_version="csf-2.0"), 4)
        self.assertIsNone(self.mean(held, "PR", on_version="csf-2.0"))


class WhatRoseMost(Assessed, TestCase):
    """From 1 in 2024 to 2 (KHH1), 4 (KHH2) and 1 (PEN1) in IT; OT of KHH1 from 1 to 1.5 in GV, 3 in PR."""

    def setUp(self) -> None:
        super().setUp()
        with acting(TELLER, "story.before"):
            before = self.drafted("CSF 2024", 2024)
        self.opened(before)
        for one in before.assessments.with_cycle():
            self.answer_all(one, "1")
        with acting(TELLER, "story.after"):
            self.cycle.previous = before
            self.cycle.save()
        self.opened()
        scores = {("KHH1", "it"): ("2", "2"), ("KHH2", "it"): ("4", "4"), ("PEN1", "it"): ("1", "1"),
                  ("KHH1", "ot"): ("1.5", "3")}  # fmt: skip
        for one in self.cycle.assessments.with_cycle():
            govern, protect = scores[one.unit.code, one.scope]
            self.answer(one, *(
                given(code, score, score, reason="Better.", version=1)
                for code in CODES for score in [govern if code.startswith("GV") else protect]
            ))  # fmt: skip

    def test_stands_first_and_what_did_not_rise_not_at_all(self) -> None:
        shown = heat_map(Cycle.objects.select_related("previous").get(pk=self.cycle.pk), person=self.ada)
        found = [(one.row.unit.code, one.name, one.amount) for one in beside.improved(shown)]
        self.assertEqual(
            [amount for _unit, _name, amount in found],
            [Decimal(n) for n in ("3.0", "3.0", "2.0", "1.0", "1.0")],
        )
        self.assertEqual({unit for unit, _name, amount in found[:2]}, {"KHH2"})
        self.assertEqual(found[2][0], "KHH1")
        self.assertNotIn("PEN1", {unit for unit, _name, _amount in found})
