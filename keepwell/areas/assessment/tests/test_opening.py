"""Opening a cycle: one act gives every site what is due, with last year's answers to examine anew."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Cycle
from keepwell.areas.assessment.tests.stories import CODES, OLD_LEAVES, Assessed, given
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.registers.writing import change
from keepwell.platform.todos.models import Debt
from tests.cast import TELLER, unit

OLD_CODES = [code for categories in OLD_LEAVES.values() for codes in categories.values() for code in codes]


class Opening(Assessed, TestCase):
    def test_makes_an_assessment_of_each_site_and_scope(self) -> None:
        self.assertEqual(rules.open_cycle(self.cycle, by=self.ada), 4)
        made = Assessment.objects.order_by("unit__code", "scope").values_list(
            "unit__code", "scope", "state", "weight"
        )
        self.assertEqual(list(made), [(code, scope, "asked", Decimal(1)) for code, scope in (
            ("KHH1", "it"), ("KHH1", "ot"), ("KHH2", "it"), ("PEN1", "it"))])  # fmt: skip
        self.assertEqual(Cycle.objects.get().state, "open")

    def test_lets_each_site_officer_owe_the_answers(self) -> None:
        self.opened()
        owed = Debt.objects.open().owed_by(self.ben).order_by("record_id")
        self.assertEqual({debt.record_id for debt in owed}, {self.of(self.khh1, s).pk for s in ("it", "ot")})
        self.assertEqual({debt.by_day for debt in owed}, {date(2025, 10, 31)})

    def test_is_for_who_decides(self) -> None:
        for who in (self.ben, self.cleo, self.dan, self.eva, self.sam):
            self.assertRaises(PermissionDenied, rules.open_cycle, self.cycle, by=who)

    def test_without_a_site_is_refused(self) -> None:
        with acting(TELLER, "story.none"):
            self.cycle.save(links={"it_sites": [], "ot_sites": []})
        self.assertRaisesMessage(Refused, "No site is chosen yet", rules.open_cycle, self.cycle, by=self.ada)

    def test_of_weights_that_sum_to_nought_is_refused_and_makes_nothing(self) -> None:
        heavy = self.heavy("Nobody there", Cycle.Weights.HEADCOUNT)
        with acting(TELLER, "story.nobody"):
            heavy.save(links={"it_sites": [self.khh2], "ot_sites": []})
        self.assertRaisesMessage(Refused, "sum to 0", rules.open_cycle, heavy, by=self.ada)
        self.assertFalse(Assessment.objects.exists())

    def test_weighs_by_headcount_or_criticality_as_the_cycle_says(self) -> None:
        self.opened(self.heavy("By heads", Cycle.Weights.HEADCOUNT))
        self.opened(self.heavy("By criticality", Cycle.Weights.CRITICALITY))
        found = dict(
            Assessment.objects.filter(unit=self.khh1, scope="it").values_list("cycle__name", "weight")
        )
        self.assertEqual(found, {"By heads": Decimal(2), "By criticality": Decimal(2)})

    def heavy(self, name: str, weights: str) -> Cycle:
        with acting(TELLER, "story.cycle"):
            return self.drafted(name, 2025, weights=weights)

    def test_takes_every_site_if_asked(self) -> None:
        with acting(TELLER, "story.site"):
            unit("KHH3", "Closed long ago", "site", self.mat, active_until=date(2020, 1, 1))
            self.cycle.save(links={"it_sites": [], "ot_sites": []})
        rules.take_every_site(self.cycle, by=self.ada)
        self.assertEqual(
            [site.code for site in self.cycle.it_sites.order_by("code")], ["KHH1", "KHH2", "PEN1"]
        )
        self.assertEqual([site.code for site in self.cycle.ot_sites.all()], ["KHH1"])


class WhatAnOpenCycleRestsOn(Assessed, TestCase):
    def test_stays_as_it_was(self) -> None:
        self.opened()
        for values in ({"framework_version": self.old.code}, {"method": "minimum"}, {"combining": "minimum"}):
            with self.assertRaisesMessage(Refused, "what its answers rest on stays"):
                change(
                    REGISTERS["cycles"], Cycle.objects.get(), values, Cycle.objects.get().version, self.ada
                )

    def test_leaves_its_days_free(self) -> None:
        self.opened()
        change(REGISTERS["cycles"], Cycle.objects.get(), {"answers_due_on": "2025-11-20"}, 2, self.ada)
        self.assertEqual(Cycle.objects.get().answers_due_on, date(2025, 11, 20))

    def test_counts_by_another_method_only_by_an_act_that_reckons_anew(self) -> None:
        self.opened()
        held = self.of(self.khh2)
        self.answer_all(held, "3")
        self.answer(held, given("PR.PS-01", "1", "1", version=1))
        cycle = Cycle.objects.get()
        rules.change_method(
            cycle,
            by=self.ada,
            method=Cycle.Counts.MINIMUM,
            counting=Cycle.Counting.SELF,
            coverage=Decimal("0.5"),
        )
        score = held.results.get(code="", view="counting").score
        self.assertEqual((score, cycle.coverage_threshold), (Decimal(1), Decimal("0.5")))


class CarryingOver(Assessed, TestCase):
    """CSF 2024 was answered with 2.5 at KHH2; CSF 2025 follows it."""

    def follow(self, last: Cycle) -> None:
        with acting(TELLER, "story.follow"):
            self.cycle.previous = last
            self.cycle.save()
        self.opened()

    def last_year(self, **facts: object) -> Cycle:
        with acting(TELLER, "story.last_year"):
            return self.drafted("CSF 2024", 2024, **facts)

    def test_marks_each_answer_to_be_examined(self) -> None:
        last = self.last_year()
        self.finished(last, "2.5")
        self.follow(last)
        carried = Answer.objects.filter(assessment=self.of(self.khh2)).select_related("previous")
        self.assertEqual(len(carried), len(CODES))
        for answer in carried:
            self.assertEqual(
                (answer.standing, answer.practice, answer.source), ("to_examine", Decimal("2.5"), "self")
            )
            self.assertEqual(
                (answer.previous and answer.previous.practice, answer.answered_by), (Decimal("2.5"), None)
            )

    def test_counts_nothing_until_it_is_examined(self) -> None:
        last = self.last_year()
        self.finished(last, "2.5")
        self.follow(last)
        self.assertIsNone(self.mean(self.of(self.khh2)))
        rules.confirm_unchanged(self.of(self.khh2), CODES, by=self.ada)
        self.assertEqual(self.mean(self.of(self.khh2)), Decimal("2.5"))
        self.assertEqual(
            set(Answer.objects.filter(assessment=self.of(self.khh2)).values_list("standing", flat=True)),
            {"unchanged"},
        )

    def test_goes_through_the_crosswalk_as_estimates(self) -> None:
        last = self.last_year(framework_version=self.old)
        self.opened(last)
        held = self.of(self.khh2, cycle=last)
        self.answer(
            held,
            given("ID.GV-1", "2", "3.0"),
            given("ID.GV-2", "3", "2.5"),
            given("PR.IP-1", not_applicable=True, reason="No lines."),
        )
        self.follow(last)
        found = {
            a.node.code: a
            for a in Answer.objects.filter(assessment=self.of(self.khh2)).select_related("node")
        }
        self.assertEqual(set(found), {"GV.OC-01", "GV.RR-01", "PR.PS-01"})
        one = found["GV.OC-01"]  # (2 + 3) / 2 and (3.0 + 2.5) / 2 = 2.75, half up to a tenth
        self.assertEqual((one.policy, one.practice, one.is_estimated), (Decimal("2.5"), Decimal("2.8"), True))
        self.assertEqual({a.standing for a in found.values()}, {"to_examine"})
        self.assertTrue(found["PR.PS-01"].not_applicable)
        self.assertIsNone(one.previous)


class ALateSite(Assessed, TestCase):
    def test_joins_and_disturbs_nobody(self) -> None:
        self.opened()
        self.answer_all(self.of(self.khh2))
        before = list(Assessment.objects.order_by("pk").values())
        with acting(TELLER, "story.site"):
            late = unit("KHH4", "Kaohsiung 4", "site", self.mat)
        rules.add_site(Cycle.objects.get(), by=self.ada, site=late, scope="it", until=date(2025, 12, 15))
        made = self.of(late)
        self.assertEqual((made.is_late, made.due_on, made.state), (True, date(2025, 12, 15), "asked"))
        self.assertEqual(list(Assessment.objects.exclude(pk=made.pk).order_by("pk").values()), before)

    def test_joins_once(self) -> None:
        self.opened()
        with self.assertRaisesMessage(Refused, "is assessed in CSF 2025 already"):
            rules.add_site(
                Cycle.objects.get(), by=self.ada, site=self.khh2, scope="it", until=date(2025, 12, 15)
            )

    def test_of_another_company_than_the_cycles_is_refused(self) -> None:
        with acting(TELLER, "story.cycle"):
            self.cycle = self.drafted("MAT 2025", 2025, unit=self.mat)
            self.cycle.save(links={"it_sites": [self.khh1], "ot_sites": []})
        self.opened()
        with self.assertRaisesMessage(Refused, "is no site of Meridian Assembly"):
            rules.add_site(self.cycle, by=self.ada, site=self.pen1, scope="it", until=date(2025, 12, 15))


class RollingForward(Assessed, TestCase):
    def test_drafts_the_next_year_with_sites_rules_and_proposed_targets(self) -> None:
        self.target("PR", "3")
        self.opened()
        made = rules.roll_forward(
            Cycle.objects.get(),
            by=self.ada,
            name="CSF 2026",
            year=2026,
            opens=date(2026, 7, 1),
            due=date(2026, 10, 31),
        )
        self.assertEqual((made.state, made.previous, made.framework_version), ("draft", self.cycle, self.new))
        self.assertEqual([site.code for site in made.it_sites.order_by("code")], ["KHH1", "KHH2", "PEN1"])
        (target,) = made.targets.all()
        self.assertEqual((target.value, target.is_approved), (Decimal(3), False))
