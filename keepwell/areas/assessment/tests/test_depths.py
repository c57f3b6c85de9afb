"""Frameworks of any depth and trees of any depth: the map, the sentence, the way down and a colleague's part."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from urllib.parse import quote

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Cycle
from keepwell.areas.assessment.rules.reading.drills import drill
from keepwell.areas.assessment.rules.reading.wishes import Spot, Wish
from keepwell.areas.assessment.tests.stories import Assessed, given
from keepwell.areas.frameworks.models import Framework, Node, Version
from keepwell.areas.frameworks.rules import library
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from tests.cast import NOW, TELLER, unit

Below = dict[str, Any]  # what lies below a requirement, by its code; nothing below what is answered
TWO: Below = {"A.5": {"A.5.1": {}, "A.5.2": {}}, "A.6": {"A.6.1": {}}}
FOUR: Below = {
    "ORG 1": {"ORG 1.1": {"ORG 1.1.a": {"1": {}, "2": {}}, "ORG 1.1.b": {"3": {}}}},
    "NET 1": {"4": {}},
}
SIX: Below = {
    "T": {"T/1": {"T/1/1": {"T/1/1/1": {"T/1/1/1/1": {"deep": {}, "deeper": {}}}}}, "T/2": {"flat": {}}}
}


class OfItsOwn(Assessed):
    """A cycle of the group on a framework of its own, answered at KHH1 and KHH2 in IT."""

    below: Below = {}

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        if not cls.below:
            return
        with moments.standing_at(NOW), acting(TELLER, "story.own"):
            framework = Framework(code="own", name="Our own", unit=cls.group)
            framework.save()
            cls.own = Version(framework=framework, code="own-1", label="1", state=Version.State.IN_USE)
            cls.own.save()
            cls.hang(None, cls.below)
            cls.year = cls.drafted("Own 2025", 2025, framework_version=cls.own)
        with moments.standing_at(NOW):
            cls().opened(cls.year)

    @classmethod
    def hang(cls, parent: Node | None, below: Below) -> None:
        """Make the requirements below another, each before those below it."""
        for code, further in below.items():
            place = Node.objects.filter(framework_version=cls.own).count()
            one = Node(framework_version=cls.own, parent=parent, code=code, title=f"About {code}", position=place,
                       is_scored=not further)  # fmt: skip
            one.save()
            cls.hang(one, further)

    def give(self, **scores: str) -> None:
        """At KHH1 these scores, by code; at KHH2 1 everywhere."""
        leaves = [line.code for line in rules.outline(self.own).leaves]
        self.answer(
            self.of(self.khh1, cycle=self.year), *(given(code, scores[code], scores[code]) for code in leaves)
        )
        self.answer(self.of(self.khh2, cycle=self.year), *(given(code, "1", "1") for code in leaves))

    def value(self, code: str, at: Any = None) -> Fraction | None:
        """What the sentence explains."""
        told = rules.why(self.year, at or self.khh1, "it", code, person=self.ada)
        return told and told.value

    def way(self, code: str) -> tuple[list[str], str]:
        """The steps from a figure of KHH1 down along what pulls it down, and the number that stands there."""
        opened = drill(self.year, Wish(spot=Spot("KHH1", "it", code)), person=self.ada)
        assert opened is not None
        assert opened.way is not None
        return [step.spot.code for step in opened.way.steps if step.spot], opened.value

    def seen(self, asked: str) -> list[str]:
        """The answers of KHH1 that Eva sees once she was asked to answer a part."""
        rules.share(
            self.of(self.khh1, cycle=self.year), by=self.ben, requirement=asked, to=self.eva, note="Yours."
        )
        return sorted(Answer.objects.visible_to(self.eva).values_list("node__code", flat=True))


class TwoLevels(OfItsOwn, TestCase):
    below = TWO

    def setUp(self) -> None:
        super().setUp()
        self.give(**{"A.5.1": "2", "A.5.2": "4", "A.6.1": "5"})

    def test_explain_each_of_them(self) -> None:
        self.assertEqual([self.value(code) for code in ("", "A.5", "A.6", "A.5.2")], [4, 3, 5, 4])
        self.assertEqual(self.value("A.5", self.mat), 2)

    def test_have_no_columns_below_the_upper_one(self) -> None:
        shown = rules.heat_map(self.year, person=self.ada, depth=1)
        self.assertEqual((shown.columns, shown.row(self.khh1).cell("it").value), ((), 4))
        self.sign_in(self.ada)
        page = self.client.get(reverse("maturity"), {"cycle": self.year.pk})
        self.assertNotContains(page, "by=category")

    def test_are_shared_from_above_and_one_by_one(self) -> None:
        self.assertEqual(self.seen("A.5"), ["A.5.1", "A.5.2"])
        self.assertEqual(self.seen("A.6.1"), ["A.5.1", "A.5.2", "A.6.1"])


class FourLevels(OfItsOwn, TestCase):
    below = FOUR

    def setUp(self) -> None:
        super().setUp()
        self.give(**{"1": "1", "2": "3", "3": "4", "4": "5"})

    def test_explain_each_of_them(self) -> None:
        # ORG 1.1.a = (1 + 3) / 2, ORG 1.1.b = 4: ORG 1.1 = ORG 1 = 3; NET 1 = 5; the whole = 4.
        codes = ("", "ORG 1", "ORG 1.1", "ORG 1.1.a", "ORG 1.1.b", "NET 1", "2")
        self.assertEqual([self.value(code) for code in codes], [4, 3, 3, 2, 4, 5, 3])

    def test_are_columns_at_every_depth(self) -> None:
        found = {
            depth: {
                line.code: rules.heat_map(self.year, person=self.ada, depth=depth).row(self.mat).cell("it", line.code).value
                for line in rules.heat_map(self.year, person=self.ada, depth=depth).columns
            } for depth in range(4)
        }  # fmt: skip
        self.assertEqual(found, {0: {"ORG 1": 2, "NET 1": 3}, 1: {"ORG 1.1": 2},
                                 2: {"ORG 1.1.a": Fraction(3, 2), "ORG 1.1.b": Fraction(5, 2)}, 3: {}})  # fmt: skip

    def test_are_shared_from_the_top(self) -> None:
        self.assertEqual(self.seen("ORG 1"), ["1", "2", "3"])


class SixLevels(OfItsOwn, TestCase):
    below = SIX

    def setUp(self) -> None:
        super().setUp()
        self.give(deep="2", deeper="4", flat="1")

    def test_explain_each_of_them(self) -> None:
        deep = ("T/1", "T/1/1", "T/1/1/1", "T/1/1/1/1")
        self.assertEqual([self.value(code) for code in deep], [3, 3, 3, 3])
        self.assertEqual(
            (self.value("T"), self.value("T", self.mat), self.value("deeper")), (2, Fraction(3, 2), 4)
        )

    def test_are_walked_down_to_the_answer(self) -> None:
        self.assertEqual(self.way("T/1/1"), (["T/1/1/1", "T/1/1/1/1", "deep"], "3.0"))
        self.assertEqual(self.way("deeper"), (["deeper"], "4.0"))

    def test_are_shared_from_the_top_and_from_between(self) -> None:
        self.assertEqual(self.seen("T/1"), ["deep", "deeper"])
        self.assertEqual(self.seen("T"), ["deep", "deeper", "flat"])

    def test_are_read_by_programs(self) -> None:
        self.sign_in(self.ada)
        base = f"/api/cycles/{self.year.pk}"
        told = self.client.get(f"{base}/why?unit=KHH1&scope=it&code={quote('T/1/1/1/1')}").json()
        self.assertEqual(told["exact"], "3")
        told = self.client.get(f"{base}/plan/why?unit=KHH1&scope=it&code={quote('T/1/1/1/1')}").json()
        self.assertEqual(told["exact"], "3")
        told = self.client.get(f"{base}/heat-map?depth=4").json()
        self.assertEqual(told["columns"], ["T/1/1/1/1"])
        self.assertEqual(self.client.get(f"{base}/heat-map?depth=10").status_code, 400)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(f"{base}/why?unit=KHH1&scope=it&code=T").status_code, 404)


class WhatIsShipped(Assessed, TestCase):
    """ISO 27001 Annex A and IEC 62443: codes with dots and blanks that say nothing of their depth."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with moments.standing_at(NOW), acting(TELLER, "story.shipped"):
            library.load(("iso-iec-27001-2022", "iec-62443-2-1-2024", "iec-62443-3-3-2013"))

    def year_on(self, code: str) -> Cycle:
        """A cycle on a shipped version, answered with 3 everywhere at KHH1."""
        with acting(TELLER, "story.year"):
            made = self.drafted(code, 2025, framework_version=Version.objects.get(code=code))
        self.opened(made)
        leaves = [line.code for line in rules.outline(made.framework_version).leaves]
        self.answer_all(self.of(self.khh1, cycle=made), "3", leaves)
        return made

    def test_is_explained_by_programs_at_every_branch(self) -> None:
        self.sign_in(self.ada)
        for code in ("iso-iec-27001-2022", "iec-62443-2-1-2024", "iec-62443-3-3-2013"):
            made = self.year_on(code)
            for line in rules.outline(made.framework_version).lines:
                if line.is_leaf:
                    continue
                for way in ("why", "plan/why"):
                    asked = f"/api/cycles/{made.pk}/{way}?unit=KHH1&scope=it&code={quote(line.code)}"
                    with self.subTest(code=line.code, way=way):
                        answer = self.client.get(asked)
                        self.assertEqual((answer.status_code, answer.json().get("exact")), (200, "3"))


class NestedCompanies(Assessed, TestCase):
    """MAT holds MATX, which holds MATY, which holds the site KHH9: one company in another."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with moments.standing_at(NOW), acting(TELLER, "story.nested"):
            cls.upper = unit("MATX", "Assembly Holding", "company", cls.mat)
            cls.lower = unit("MATY", "Assembly South", "company", cls.upper)
            cls.khh9 = unit("KHH9", "Kaohsiung 9", "site", cls.lower)
            cls.cycle.save(links={"it_sites": [cls.khh1, cls.khh9, cls.pen1], "ot_sites": []})
        with moments.standing_at(NOW):
            here = cls()
            here.opened()
            for site, score in ((cls.khh1, "2"), (cls.khh9, "5"), (cls.pen1, "2")):
                here.validated(here.of(site), score)

    def test_stand_in_the_map_as_deep_as_they_lie(self) -> None:
        shown = rules.heat_map(self.cycle, person=self.ada)
        self.assertEqual([(row.unit.code, row.depth, row.cell("it").value) for row in shown.rows],
                         [("MERIDIAN", 0, 3), ("MAT", 1, Fraction(7, 2)), ("KHH1", 2, 2), ("MATX", 2, 5), ("MATY", 3, 5),
                          ("KHH9", 4, 5), ("MSE", 1, 2), ("PEN1", 2, 2)])  # fmt: skip

    def test_weigh_what_lies_below_them(self) -> None:
        told = rules.why(self.cycle, self.group, "it", person=self.ada)
        self.assertIn("3.0 = (3.5 × 2 + 2.0 × 1) / 3", told.sentence)
        told = rules.why(self.cycle, self.mat, "it", person=self.ada)
        self.assertIn("3.5 = (2.0 + 5.0) / 2", told.sentence)

    def test_are_walked_down_step_by_step(self) -> None:
        opened = drill(self.cycle, Wish(spot=Spot("MATX", "it", "PR")), person=self.ada)
        self.assertEqual([(step.spot.unit, step.spot.code) for step in opened.way.steps],
                         [("MATY", "PR"), ("KHH9", "PR"), ("KHH9", "PR.PS")])  # fmt: skip

    def test_have_their_own_trend(self) -> None:
        (point,) = rules.trend(self.cycle, self.upper, person=self.ada, scope="it").points
        self.assertEqual((point.value, point.sites), (5, 1))
