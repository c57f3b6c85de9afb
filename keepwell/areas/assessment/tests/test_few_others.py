"""What is told of few others: a median from five on, quartiles from nine on, so that no single answer shows."""

from __future__ import annotations

import csv
import io
import json

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.rules import sharing
from keepwell.areas.assessment.tests.stories import CODES, Assessed
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from tests.cast import NOW, TELLER, unit


class TenSites(Assessed):
    """Ten sites in IT that have not answered yet: KHH1, KHH2, PEN1 and seven more."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with moments.standing_at(NOW), acting(TELLER, "story.sites"):
            more = [unit(f"X{n}", f"Another plant {n}", "site", cls.mse) for n in range(7)]
            cls.sites = [cls.khh1, cls.khh2, cls.pen1, *more]
            cls.cycle.save(links={"it_sites": cls.sites, "ot_sites": []})
        with moments.standing_at(NOW):
            rules.open_cycle(cls.cycle, by=cls.ada)

    def answered_by(self, count: int) -> None:
        """The first of the other sites score everything 0.5, 1.0, 1.5 and so on."""
        for place, site in enumerate(self.sites[1 : count + 1], 1):
            self.answer_all(self.of(site), str(place / 2), CODES)


class BesideAnAnswer(TenSites, TestCase):
    def told(self) -> str:
        """What Ben reads beside his answer at KHH1."""
        self.sign_in(self.ben)
        page = self.client.get(reverse("answering", args=[self.of(self.khh1).pk]), {"at": "PR.PS-01"})
        return page.content.decode()

    def test_nothing_is_told_of_four_others(self) -> None:
        self.answered_by(4)
        self.assertIn("median shows from 5 other sites on", self.told())

    def test_the_median_alone_is_told_of_five_and_of_eight(self) -> None:
        for count, median in ((5, "1.5"), (8, "2.3")):  # 2.25
            self.answered_by(count)
            page = self.told()
            self.assertIn("Group median</th>", page)
            self.assertIn(f">{median}</td>", page)
            self.assertNotIn("middle half", page)
            found = rules.beside(self.of(self.khh1), "PR.PS-01", person=self.ben)["policy"].peers
            self.assertEqual((found.first_quartile, found.third_quartile), (None, None))

    def test_the_middle_half_is_told_of_nine(self) -> None:
        self.answered_by(9)
        self.assertIn("Group median, middle half 1.5–3.5</th>", self.told())


class ForOthers(TenSites, TestCase):
    def last(self) -> dict[str, str]:
        text = sharing.quartiles_file(self.cycle, "csv", person=self.ada).decode()
        return list(csv.DictReader(io.StringIO(text)))[-1]

    def test_quartiles_are_given_of_nine_sites_and_of_no_fewer(self) -> None:
        self.answered_by(8)
        last = self.last()
        self.assertEqual((last["first_quartile"], last["median"], last["third_quartile"]), ("", "2.3", ""))
        told = json.loads(sharing.quartiles_file(self.cycle, "json", person=self.ada))
        self.assertEqual((told["least_sites"], told["least_for_quartiles"]), (5, 9))
        self.answer_all(self.of(self.sites[9]), "4.5")
        last = self.last()
        self.assertEqual(
            (last["first_quartile"], last["median"], last["third_quartile"]), ("1.5", "2.5", "3.5")
        )
