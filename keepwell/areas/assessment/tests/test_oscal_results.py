"""A cycle as OSCAL assessment results: compliance-trestle reads it, and it says what was answered."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.test import TestCase
from trestle.oscal.assessment_results import AssessmentResults

from keepwell.areas.assessment.models import Source
from keepwell.areas.assessment.rules.oscal import assessment_results
from keepwell.areas.assessment.tests.stories import CODES, Open, given
from keepwell.areas.frameworks.rules.oscal import reading
from keepwell.areas.frameworks.tests.test_trestle import told_alike
from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Person
from tests.cast import NOW, TELLER


class Results(Open, TestCase):
    """KHH1 in IT: GV.OC-01 below its target, GV.OC-02 just at it, PR.PS-01 without a target, PR.PS-02 not applicable;
    KHH2 scored by its consultant."""

    def setUp(self) -> None:
        super().setUp()
        self.target("GV", "3")
        self.answer(
            self.mine, given("GV.OC-01", "2", "3.8", reason="Named *twice* <b>\n# not a heading"), given("GV.OC-02", "3", "3"),
            given("PR.PS-01", "1", "1"), given("PR.PS-02", not_applicable=True, reason="No software."), by=self.ben,
        )  # fmt: skip
        self.answer(self.theirs, given("GV.OC-01", "1", "2"), by=self.ada)
        self.answer(self.theirs, given("GV.OC-01", "0.5", "1"), by=self.dan, source=Source.CONSULTANT)

    def told(self, who: Person | None = None) -> dict[str, Any]:
        content = assessment_results(self.cycle, self.group, "json", person=who or self.ada)
        document: dict[str, Any] = json.loads(content)["assessment-results"]
        return document

    def of_mine(self, document: dict[str, Any]) -> dict[str, Any]:
        return next(one for one in document["results"] if one["uuid"] == str(self.mine.pk))

    def test_load_in_trestles_model_and_come_out_alike(self) -> None:
        content = assessment_results(self.cycle, self.group, "json", person=self.ada)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "assessment-results.json"
            path.write_bytes(content)
            loaded = AssessmentResults.oscal_read(path)
        again = json.loads(loaded.oscal_serialize_json())
        self.assertEqual(told_alike(again), told_alike(json.loads(content)))

    def test_say_the_same_as_xml(self) -> None:
        content = assessment_results(self.cycle, self.group, "xml", person=self.ada)
        kind, again = reading.read(content)
        self.assertEqual(kind, "assessment-results")
        self.assertEqual(told_alike(again), told_alike(self.told()))

    def test_tell_each_source_by_itself(self) -> None:
        theirs = next(one for one in self.told()["results"] if one["uuid"] == str(self.theirs.pk))
        found = [{p["name"]: p["value"] for p in one["props"]} for one in theirs["observations"]]
        self.assertEqual(
            found,
            [{"source": "consultant", "policy": "0.5", "practice": "1"}, {"source": "self", "policy": "1", "practice": "2"}],
        )  # fmt: skip

    def test_find_what_reaches_its_target_and_what_does_not(self) -> None:
        result = self.of_mine(self.told())
        found = {
            one["target"]["target-id"]: (one["target"]["status"]["state"], one["description"])
            for one in result["findings"]
        }
        self.assertEqual(found, {"GV.OC-01": ("not-satisfied", "Score 2.9, target 3."),
                                 "GV.OC-02": ("satisfied", "Score 3, target 3.")})  # fmt: skip
        exact = {p["name"]: p["value"] for p in result["findings"][0]["props"]}
        self.assertEqual(exact["exact"], "29/10")
        related = result["findings"][0]["related-observations"]
        self.assertEqual(related, [{"observation-uuid": result["observations"][0]["uuid"]}])
        self.assertEqual(len(result["observations"]), 4)
        off = {p["name"]: p["value"] for p in result["observations"][3]["props"]}
        self.assertEqual(off, {"source": "self", "not-applicable": "yes"})
        asked = result["reviewed-controls"]["control-selections"][0]["include-controls"]
        self.assertEqual([one["control-id"] for one in asked], CODES)

    def test_name_the_evidence_that_the_reader_sees(self) -> None:
        answer = self.mine.answers.get(node__code="GV.OC-01")
        with acting(self.ada, "story.evidence"):
            piece = Piece(
                title="Appointment of deputies", unit=self.khh1, owner=self.ada, received_on=NOW.date()
            )
            piece.save()
            Link(piece=piece, kind=answer.type_name(), record_id=answer.pk, by=self.ada, at=NOW).save()
        one = self.of_mine(self.told())["observations"][0]
        self.assertEqual(one["relevant-evidence"][0]["description"], "Appointment of deputies")
        self.assertEqual(one["methods"], ["EXAMINE"])
        self.assertEqual(self.of_mine(self.told())["observations"][1]["methods"], ["INTERVIEW"])
        self.assertNotIn("relevant-evidence", self.of_mine(self.told(self.cleo))["observations"][0])

    def test_name_nobody(self) -> None:
        content = assessment_results(self.cycle, self.group, "json", person=self.ada).decode()
        for who in (self.ada, self.ben, self.dan):
            self.assertNotIn(who.name, content)
            self.assertNotIn(who.number, content)

    def test_hold_what_the_reader_may_see(self) -> None:
        counts = {
            who.number: len(self.told(who)["results"]) for who in (self.ada, self.cleo, self.ben, self.dan)
        }
        self.assertEqual(
            counts, {self.ada.number: 4, self.cleo.number: 4, self.ben.number: 2, self.dan.number: 2}
        )
        with self.assertRaisesMessage(Refused, "There is no assessment here that you may see."):
            self.told(self.sam)
        with self.assertRaisesMessage(
            Refused, "A file holds 3 assessments at most; choose a company or a site."
        ):
            assessment_results(self.cycle, self.group, "json", person=self.ada, most=3)
        self.assertTrue(assessment_results(self.cycle, self.group, "json", person=self.ada, most=4))

    def test_leave_the_house_by_page_and_by_program_and_are_noted(self) -> None:
        for form, kind in (("json", "application/json"), ("xml", "application/xml")):
            for address in (f"/cycles/{self.cycle.pk}/assessment-results.{form}",
                            f"/api/cycles/{self.cycle.pk}/assessment-results.{form}"):  # fmt: skip
                self.sign_in(self.ben)
                before = Change.objects.filter(kind="read").count()
                answer = self.client.get(address)
                self.assertEqual((answer.status_code, answer["Content-Type"]), (200, kind), address)
                self.assertIn(str(self.mine.pk).encode(), answer.content)
                self.assertNotIn(str(self.theirs.pk).encode(), answer.content)
                self.assertEqual(Change.objects.filter(kind="read").count(), before + 1)
                self.sign_in(self.sam)
                self.assertEqual(self.client.get(address).status_code, 404, address)
        self.sign_in(self.ada)
        only = self.client.get(f"/api/cycles/{self.cycle.pk}/assessment-results.json?unit=KHH2").json()
        self.assertEqual(
            [one["uuid"] for one in only["assessment-results"]["results"]], [str(self.theirs.pk)]
        )
        self.assertContains(self.client.get(f"/cycles/{self.cycle.pk}/board/"), "assessment-results.xml")
        self.assertEqual(self.client.get(f"/cycles/{self.cycle.pk}/assessment-results.yaml").status_code, 404)

    def test_of_an_unopened_cycle_are_refused(self) -> None:
        draft = self.draft()
        with self.assertRaises(Refused):
            assessment_results(draft, self.group, "json", person=self.ada)

    def draft(self) -> Any:
        with acting(TELLER, "story.draft"):
            return self.drafted("CSF 2026", 2026, answers_due_on=date(2026, 10, 31))

    def test_show_the_rules_of_the_cycle(self) -> None:
        document = self.told()
        first = document["back-matter"]["resources"][0]
        self.assertEqual(document["import-ap"]["href"], f"#{first['uuid']}")
        values = {p["name"]: p["value"] for p in first["props"]}
        self.assertEqual((values["method"], values["highest"]), ("mean_of_means", "5"))
