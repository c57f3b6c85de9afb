"""The figures of maturity among the outcomes of a year."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django.test import TestCase

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Cycle
from keepwell.areas.assessment.tests.stories import CODES, Open, given
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.models import Reading
from keepwell.platform.metrics.reading import read, records_of
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER


class Figures(Open, TestCase):
    """KHH1 (IT 2.5, OT 1.0) weighs 3, KHH2 (IT 4.0) weighs 1; PEN1 has not answered."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        here = cls()
        with acting(TELLER, "story.weights"):
            held = here.of(cls.khh1)
            held.weight = Decimal(3)
            held.save()
        here.validated(here.of(cls.khh1), "2.5")
        here.validated(here.of(cls.khh1, "ot"), "1")
        here.validated(here.of(cls.khh2), "4")

    def figure(self, name: str, at: Unit | None = None, year: int = 2025) -> Reading:
        return read(name, Scope.of_year(year))[(at or self.group).pk]

    def test_count_sites_that_are_validated(self) -> None:
        self.assertEqual((self.figure("maturity.sites").value, self.figure("ot.sites").value), (2, 1))
        self.assertEqual(self.figure("maturity.sites", self.mse).value, 0)
        opened = records_of("maturity.sites", self.group, Scope.of_year(2025))
        self.assertEqual(sorted(unit.code for unit in opened), ["KHH1", "KHH2"])

    def test_are_the_mean_by_weight_exactly(self) -> None:
        reading = self.figure("maturity.score")
        self.assertEqual((reading.value, reading.numerator, reading.records), (2.9, 2_875_000_000_000, 2))
        self.assertEqual(self.figure("maturity.score", self.khh2).value, 4.0)
        self.assertFalse(self.figure("maturity.score", self.pen1).has_data)

    def test_follow_an_answer_at_once(self) -> None:
        before = self.figure("maturity.score").digest
        rules.send_back(self.of(self.khh2), by=self.ada, requirements=", ".join(CODES), reason="Again.")
        self.assertNotEqual(self.figure("maturity.score").digest, before)
        self.assertEqual(self.figure("maturity.score").value, 2.5)

    def test_of_a_year_without_a_cycle_are_no_data(self) -> None:
        for name in ("maturity.sites", "maturity.score", "ot.sites"):
            self.assertFalse(self.figure(name, year=2019).has_data, name)


class ByEachMethod(Open, TestCase):
    """KHH1 weighs 3 and has 1, 2 | 3 in GV and 4, 5 in PR; KHH2 weighs 1 and has 2 everywhere. Targets: GV 2, PR 3.

    Means of means are 3.375 and 2, flat means 3 and 2; cut back, KHH1 has 1.5 | 2 and 3: 2.375.
    """

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        here = cls()
        here.target("GV", "2")
        here.target("PR", "3")
        with acting(TELLER, "story.weights"):
            held = here.of(cls.khh1)
            held.weight = Decimal(3)
            held.save()
        here.answer(here.of(cls.khh1), *(given(code, str(n), str(n)) for n, code in enumerate(CODES, 1)))
        here.answer_all(here.of(cls.khh2), "2")
        for site in (cls.khh1, cls.khh2):
            rules.submit(here.of(site), by=cls.ada)
            rules.validate(here.of(site), by=cls.ada)

    def published(self, method: Cycle.Counts) -> Fraction:
        """The figure of the group in IT, which is what its cell of the map says."""
        cycle = Cycle.objects.select_related("unit", "framework_version", "scale").get(pk=self.cycle.pk)
        counting = Cycle.Counting.VALIDATED_SELF
        rules.change_method(cycle, by=self.ada, method=method, counting=counting, coverage=Decimal("0.5"))
        reading = read("maturity.score", Scope.of_year(2025))[self.group.pk]
        assert reading.denominator
        value = Fraction(reading.numerator, reading.denominator)
        cell = rules.heat_map(cycle, person=self.ada).row(self.group).cell("it")
        of = 100 if method is Cycle.Counts.SHARE_AT_TARGET else 1
        self.assertEqual(value, cell.value * of)
        return value

    def test_is_the_mean_of_means(self) -> None:
        self.assertEqual(
            self.published(Cycle.Counts.MEAN_OF_MEANS), Fraction("3.03125")
        )  # (3.375 × 3 + 2) / 4

    def test_is_the_flat_mean(self) -> None:
        self.assertEqual(self.published(Cycle.Counts.FLAT_MEAN), Fraction("2.75"))  # (3 × 3 + 2) / 4

    def test_is_cut_back_to_targets(self) -> None:
        self.assertEqual(self.published(Cycle.Counts.CUTBACK), Fraction("2.28125"))  # (2.375 × 3 + 2) / 4

    def test_is_the_lowest_of_the_sites(self) -> None:
        self.assertEqual(self.published(Cycle.Counts.MINIMUM), 1)

    def test_is_the_share_of_all_answers_at_target_in_percent(self) -> None:
        self.assertEqual(self.published(Cycle.Counts.SHARE_AT_TARGET), 70)  # 4 of 5 and 3 of 5

    def test_leaves_out_a_site_that_weighs_nothing(self) -> None:
        with acting(TELLER, "story.nothing"):
            held = self.of(self.khh1)
            held.weight = Decimal(0)
            held.save()
        self.assertEqual(self.published(Cycle.Counts.MINIMUM), 2)
