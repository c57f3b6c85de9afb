"""The figures of maturity among the outcomes of a year."""

from __future__ import annotations

from decimal import Decimal

from django.test import TestCase

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.tests.stories import CODES, Open
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
