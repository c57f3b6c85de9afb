"""All years and all sources of one requirement at one site, across two versions of the framework."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.assessment.models import Source
from keepwell.areas.assessment.tests.stories import OLD_LEAVES, Assessed, given
from keepwell.platform.history.acting import acting
from tests.cast import TELLER

OLD = [leaf for categories in OLD_LEAVES.values() for leaves in categories.values() for leaf in leaves]
PATH = "/maturity/scores/?at=KHH1&scope=it&code=GV.OC-01"


class EveryYear(Assessed, TestCase):
    """2023 on the older version, 2025 on the newer: GV.OC-01 descends from ID.GV-1 and ID.GV-2."""

    def setUp(self) -> None:
        super().setUp()
        with acting(TELLER, "story.before"):
            before = self.drafted("CSF 2023", 2023, framework_version=self.old)
        self.opened(before)
        self.answer_all(self.of(self.khh1, cycle=before), "1", OLD, reason="In the old words.")
        self.opened()
        self.answer(self.of(self.khh1), given("GV.OC-01", "2", "3", reason="Named."), by=self.ben)
        self.answer(self.of(self.khh1), given("GV.OC-01", "4", "5"), source=Source.IMPORTED)
        self.answer(self.of(self.khh2), given("GV.OC-01", "0", "0", reason="Elsewhere."))

    def past(self, path: str = PATH) -> Any:
        return self.client.get(path).context["past"]

    def test_stand_beneath_each_other_with_who_and_why(self) -> None:
        self.sign_in(self.ben)
        found = [
            (one.cycle.year, one.answer.node.code, one.source, one.value, one.is_kin) for one in self.past()
        ]
        self.assertEqual(found, [
            (2025, "GV.OC-01", "Imported", "4.5", False), (2025, "GV.OC-01", "Self", "2.5", False),
            (2023, "ID.GV-1", "Self", "1.0", True), (2023, "ID.GV-2", "Self", "1.0", True),
        ])  # fmt: skip
        answer = self.client.get(PATH)
        for words in ("In the old words.", "Named.", "Ben Tan", "Ada Lin"):
            self.assertContains(answer, words)
        self.assertNotContains(answer, "Elsewhere.")

    def test_are_reached_from_the_figure(self) -> None:
        self.sign_in(self.ada)
        self.assertContains(self.client.get(PATH.replace("/scores/", "/cell/")), "/maturity/scores/?")
        self.assertNotContains(
            self.client.get("/maturity/cell/?at=KHH1&scope=it&code=GV"), "/maturity/scores/"
        )

    def test_are_closed_to_who_may_not_see_the_site(self) -> None:
        other = PATH.replace("KHH1", "KHH2")
        self.sign_in(self.ben)
        self.assertEqual(self.client.get(other).status_code, 404)
        self.sign_in(self.dan)
        self.assertEqual(self.client.get(PATH).status_code, 404)
        self.assertEqual(len(self.past(other)), 1)
        self.sign_in(self.sam)
        self.assertIn(self.client.get(PATH).status_code, (403, 404))
        self.sign_in(self.ada)
        for code in ("GV", "", "XX"):
            self.assertEqual(
                self.client.get(f"/maturity/scores/?at=KHH1&scope=it&code={code}").status_code, 404, code
            )

    def test_cost_the_same_for_one_answer_as_for_many(self) -> None:
        self.sign_in(self.ada)
        costs = []
        for path in (PATH, PATH.replace("GV.OC-01", "PR.PS-02")):
            self.client.get(path)
            with CaptureQueriesContext(connection) as caught:
                self.client.get(path)
            costs.append(len(caught))
        self.assertEqual(costs[0], costs[1])
