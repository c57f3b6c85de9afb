"""The dossier: all of an incident on paper, for who may see it, and nothing of it for anybody else."""

from __future__ import annotations

import io
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdf
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Clock, Incident, IncidentReview, NamedPerson, TimelineEntry
from keepwell.areas.incidents.rules import dossier
from keepwell.areas.incidents.tests.test_restricted import CANARY, Restricted
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.people.models import Person
from keepwell.platform.publishing.writers import WRITERS
from tests.cast import NOW, TELLER
from tests.house import made


class OnPaper(Restricted):
    """The restricted incident of the story with something of everything; Ada is named for it too."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(self.settings(KEEPWELL_DATA=Path(self.enterContext(TemporaryDirectory()))))
        rules.name_person(self.incident, by=self.ben, person=self.ada, reason="Decides.")
        entry = rules.enter(self.incident, by=self.ben, says="Line 3 stand", at="05:00", source="the shift’s log",
                            confidence="likely")  # fmt: skip
        rules.correct(entry, by=self.ben, says="Line 3 stands")
        rules.enter(self.incident, by=self.ben, says="Isolate the zone", kind="decision", reason="It spreads")
        rules.classify(
            self.incident, by=self.ben, facts={"effect": True, "plant": 2}, level=2, reason="Half a line"
        )
        with moments.standing_at(NOW + timedelta(minutes=1)):
            rules.decide_materiality(
                self.incident, by=self.ada, is_material=False, basis="Below the threshold"
            )
        self.incident = Incident.objects.get(pk=self.incident.pk)

    def text(self, who: Person, language: str = "en") -> str:
        """The dossier as text."""
        found = dossier.document(dossier.Dossier(self.incident, who), language)
        return WRITERS["md"].write(found).decode()

    def paper(self, content: bytes) -> str:
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


class ADossier(OnPaper, TestCase):
    def test_tells_all_of_the_incident(self) -> None:
        text = self.text(self.ben)
        for said in (
            self.incident.number, "TLP:AMBER", "for named people alone", f"{CANARY} was sold",
            "not material, decided by Ada Lin", "on: Below the threshold",
            "A line stands.", "The facts give S3 Major; decided otherwise: Half a line", "Nothing is known yet of:",
            "2025-11-13 21:00 | 2025-11-14 05:00 |", "As told, Asia/Taipei", "Source: the shift’s log | Likely | AMBER",
            "Earlier words (1): Line 3 stand", "Reason: It spreads", "Decided by Ben Tan.", "It was not reviewed yet.",
        ):  # fmt: skip
            self.assertIn(said, text)

    def test_holds_tasks_clocks_notices_with_proof_and_the_review(self) -> None:
        notice = made("incident-notices", self.khh1, self.ben)
        incident = notice.clock.incident
        made_task = incident.tasks.model(
            incident=incident, number=1, title="Compare the programs", role="site_officer"
        )
        with acting(TELLER, "story.end"):
            made_task.save()
            notice.state, notice.approved_by, notice.approved_at = "sent", self.ada, NOW
            notice.drafted_by, notice.sent_by, notice.sent_at = self.ben, self.ben, NOW
            notice.channel, notice.proof = "phone", "Ms Wu, 05:31, number 4711"
            notice.save()
            told = {"happened": "A laptop", "causes": "No check", "worked": "The call", "failed": "The list"}
            IncidentReview(incident=incident, person=self.ben, **told).save()
        self.incident = incident
        text = self.text(self.ben)
        for said in ("Compare the programs", "The duty officer", "Ms Wu, 05:31, number 4711", "Two stations are infected.",
                     Clock.objects.get(pk=notice.clock_id).why, "A laptop", "No check", "The call", "The list"):  # fmt: skip
            self.assertIn(said, text)

    def test_speaks_the_readers_language(self) -> None:
        text = self.text(self.ben, "zh-hant")
        for said in ("時間軸", "決定", "S2 中等", "產線停擺。", "原述時間（Asia/Taipei）", "受影響的範圍"):
            self.assertIn(said, text)

    def test_leaves_out_entries_that_are_marked_narrower_than_one_may_read(self) -> None:
        rules.mark(self.incident, by=self.ben, tlp="red", reason="Names come.")
        rules.enter(self.incident, by=self.ben, says="Crimson named", tlp="red")
        rules.mark(self.incident, by=self.ada, tlp="strict", reason="Ours.")
        rules.enter(self.incident, by=self.ben, says="Scarlet within", tlp="strict")
        rules.mark(self.incident, by=self.ada, tlp="amber", reason="Partners help.")
        rules.lift(self.incident, by=self.ada, reason="Over.")
        self.incident = Incident.objects.get(pk=self.incident.pk)
        for who, red, strict in ((self.ben, True, True), (self.gina, False, True), (self.faye, False, False)):
            text = self.text(who)
            self.assertEqual(("Crimson" in text, "Scarlet" in text), (red, strict), who.name)
            self.assertEqual("marked narrower than you may read" in text, not (red and strict))

    def test_of_a_thousand_entries_is_made(self) -> None:
        few = self.asked()
        many = [
            TimelineEntry(incident=self.incident, number=100 + n, at=NOW - timedelta(minutes=n), zone="Asia/Taipei",
                          says=f"Entry {n}: the loader was looked for on a further station.", person=self.ben)
            for n in range(1_000)
        ]  # fmt: skip
        with acting(TELLER, "story.enter"):
            create_all(many)
        self.assertLessEqual(self.asked(), few)
        begun = time.perf_counter()
        content = dossier.write(self.incident, self.ben, "en", "pdf")
        self.assertLess(time.perf_counter() - begun, 60)
        text = self.paper(content)
        self.assertTrue(all(f"Entry {n}:" in text for n in (0, 499, 999)))

    def asked(self) -> int:
        """How many statements the dossier asks."""
        with CaptureQueriesContext(connection) as found:
            dossier.document(dossier.Dossier(self.incident, self.ben), "en")
        return len(found)


class WhoTakesIt(OnPaper, TestCase):
    def test_knows_the_incident(self) -> None:
        for who in (self.gina, self.faye, self.eva, self.cleo, self.sam):
            self.sign_in(who)
            for path in (reverse("incident-dossier-take-out", args=[self.incident.pk, "pdf"]),
                         reverse("incident-out", args=[self.incident.pk])):  # fmt: skip
                self.assertEqual(self.client.get(path).status_code, 404, who.name)
            self.assertEqual(
                self.client.post(f"/api/incidents/{self.incident.pk}/dossier/pdf").status_code, 404
            )
        self.assertFalse(Job.objects.filter(name=dossier.JOB).exists())

    def test_follows_it_until_it_is_made(self) -> None:
        self.sign_in(self.ben)
        followed = self.client.get(reverse("incident-dossier-take-out", args=[self.incident.pk, "pdf"]))[
            "Location"
        ]
        self.assertContains(self.client.get(followed), self.incident.number)
        self.assertTrue(run_one())
        taken = self.client.get(followed, {"take": 1})
        self.assertIn(CANARY, self.paper(taken.content))
        self.assertIn(f"dossier-{self.incident.number}-en.pdf", taken["Content-Disposition"])
        for who in (self.ada, self.sam):
            self.sign_in(who)
            self.assertEqual(
                self.client.get(followed, {"take": 1}).status_code, 404, "somebody else asked for it"
            )

    def test_by_program_as_text(self) -> None:
        self.sign_in(self.ben)
        answer = self.client.get(
            f"/api/incidents/{self.incident.pk}/dossier", headers={"Accept-Language": "zh-hant"}
        )
        self.assertEqual(answer["Content-Type"], WRITERS["md"].content_type)
        self.assertIn(f"{CANARY} was sold", answer.content.decode())

    def test_loses_it_with_the_name(self) -> None:
        self.sign_in(self.ben)
        first = self.client.get(reverse("incident-dossier-take-out", args=[self.incident.pk, "pdf"]))[
            "Location"
        ]
        self.assertTrue(run_one())
        self.client.get(reverse("incident-dossier-take-out", args=[self.incident.pk, "docx"]))
        rules.take_off(
            NamedPerson.objects.get(incident=self.incident, person=self.ben), by=self.ada, reason="Involved."
        )
        self.assertTrue(run_one())
        self.assertEqual(Job.objects.get(state="dead").error, "You may see this incident no longer.")
        self.assertEqual(self.client.get(first, {"take": 1}).status_code, 404)
