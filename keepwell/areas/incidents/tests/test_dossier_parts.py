"""What the dossier tells beside timeline, clocks and notices: what was touched, proofs, meetings, sites, costs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, Indicator
from keepwell.areas.incidents.rules import costs, exposure, indicators, meeting
from keepwell.areas.incidents.tests.test_dossier import OnPaper
from keepwell.config.mail import post
from keepwell.kernel import moments
from keepwell.platform.evidence import custody
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence.intake import Incoming, taken
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.evidence.rules import Facts
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Tracked
from keepwell.platform.jobs.worker import run_one
from tests.cast import NOW, TELLER, grant
from tests.house import made

LOG = b"07:12 loader.bin came by the service laptop"


class Open(OnPaper):
    """The incident of the story is known to all at its site, and Ben keeps evidence there."""

    def setUp(self) -> None:
        super().setUp()
        rules.lift(self.incident, by=self.ada, reason="To begin with.")
        self.incident = Incident.objects.get(pk=self.incident.pk)

    def proof(self, title: str, to: Tracked, **more: str) -> Piece:
        """A piece of evidence with a log, which proves something about `to`."""
        facts = evidence.Facts(title=title, unit=self.khh1, more={"received_from": "Shift lead", **more})
        with taken([Incoming("loader.log", [LOG])]) as files:
            return evidence.attach(facts, by=self.ben, files=files, links=["https://logs.example/7"], to=to)


class Evidence(Open, TestCase):
    def test_is_named_with_size_digest_and_what_it_proves_and_never_told(self) -> None:
        piece = self.proof("Log of the loader", self.incident)
        evidence.hold(piece, by=self.ada, reason="Case 4711")
        text = self.text(self.ben)
        digest = sha256(LOG).hexdigest()
        fours = " ".join(digest[place : place + 4] for place in range(0, 64, 4))
        for said in (piece.reference, "Log of the loader", "Shift lead", "loader.log", fours, f"| {len(LOG)} |", "Ben Tan",
                     f"incident: {self.incident.number}", "On legal hold: Case 4711", "https://logs.example/7"):  # fmt: skip
            self.assertIn(said, text)
        self.assertNotIn("service laptop", text)

    def test_is_told_of_whatever_belongs_to_the_incident(self) -> None:
        entry = rules.enter(self.incident, by=self.ben, says="Image taken", kind="evidence")
        task = made("incident-tasks", self.khh1, self.ben)
        with acting(TELLER, "story.give"):
            task.incident = self.incident
            task.save()
        for title, to in (("Image of ENG-3", entry), ("Photo of the cut", task)):
            self.proof(title, to)
        self.proof("Somebody else's", self.report("Another one", self.khh1))
        text = self.text(self.ben)
        self.assertTrue("Image of ENG-3" in text and "Photo of the cut" in text)
        self.assertNotIn("Somebody else's", text)

    def test_of_an_entry_that_is_kept_from_one_is_kept_too(self) -> None:
        red = rules.enter(self.incident, by=self.ben, says="Crimson named", tlp="red")
        self.proof("Crimson log", red)
        for who, reads in ((self.ben, True), (self.ada, True), (self.gina, False), (self.faye, False)):
            self.assertEqual("Crimson" in self.text(who), reads, who.name)

    def test_is_left_out_for_who_may_see_none(self) -> None:
        self.proof("Log of the loader", self.incident)
        with acting(TELLER, "story.grant"):
            grant(
                self.sam,
                "site_officer",
                self.khh1,
                only_register="incidents.incident",
                only_id=self.incident.pk,
            )
        text = self.text(self.sam)
        self.assertIn("None that you may see.", text)
        self.assertNotIn("loader", text)


class Custody(Open, TestCase):
    def test_of_each_piece_is_told_step_by_step_with_its_digests(self) -> None:
        safe = custody.Circumstances("Safe", "To be imaged", CustodyEntry.Manner.SEIZED, seal="0071")
        facts, before, after = (
            Facts("Disk of ENG-3", self.khh1, more={"reference": "EV-ENG-3"}),
            "a" * 64,
            "b" * 64,
        )
        disk = custody.attach_object(
            facts, custody.Holder(self.ben), safe, by=self.ben, sha256=before, at="04:41", to=self.incident
        )
        custody.hand_over(
            Piece.objects.select_related("unit").get(pk=disk.pk), by=self.ben, at="05:00", sha256_after=after, outside="Mei Ong",
            organization="Forensics Penang Sdn Bhd", whereabouts="Lab", purpose="Imaging",
        )  # fmt: skip
        text = self.text(self.ben)
        for said in ("Chain of custody", "EV-ENG-3 · Disk of ENG-3", "Mei Ong, Forensics Penang Sdn Bhd", "0071", "Safe",
                     "aaaa aaaa", "→ bbbb bbbb", "SHA-256 differs"):  # fmt: skip
            self.assertIn(said, text)

    def test_is_not_told_where_nothing_was_taken(self) -> None:
        self.proof("Log of the loader", self.incident)
        self.assertNotIn("Chain of custody", self.text(self.ben))


class Traces(Open, TestCase):
    def test_are_told_without_fangs_with_those_that_were_none(self) -> None:
        found = {
            "role": Indicator.Role.TOOL,
            "tlp": Incident.Tlp.GREEN,
            "first_seen": "04:00",
            "source": "Proxy log",
        }
        indicators.add_indicator(
            self.incident, by=self.ben, kind=Indicator.Kind.DOMAIN, value="c2.evil.example", **found
        )
        indicators.add_indicator(
            self.incident, by=self.ben, kind=Indicator.Kind.SHA256, value="a" * 64, file_name="x.exe"
        )
        gone = Indicator.objects.get(kind="sha256")
        indicators.retract(gone, by=self.ben, reason="A driver of ours.")
        text = self.text(self.ben).replace("\\", "")
        for said in ("c2[.]evil[.]example", "Attacker’s tool", "TLP:GREEN", "Proxy log", "x.exe · aaaa aaaa", "Retracted",
                     "A driver of ours."):  # fmt: skip
            self.assertIn(said, text)
        self.assertNotIn("c2.evil.example", text)

    def test_that_are_kept_from_one_are_counted(self) -> None:
        indicators.add_indicator(
            self.incident,
            by=self.ben,
            kind=Indicator.Kind.DOMAIN,
            value="crimson.example",
            tlp=Incident.Tlp.RED,
        )
        for who, reads in ((self.ben, True), (self.ada, True), (self.gina, False)):
            text = self.text(who).replace("\\", "")
            self.assertEqual("crimson[.]example" in text, reads, who.name)
            self.assertEqual(
                "Marked narrower than you may read, and not here: 1." in text, not reads, who.name
            )


class Meetings(Open, TestCase):
    def test_are_told_with_who_was_invited_and_what_was_decided_meanwhile(self) -> None:
        self.enterContext(override_settings(MAIL=post("smtp://mail.example:25", data=Path(), demo=False)))
        called = meeting.call_meeting(self.incident, by=self.ben, bridge="https://meet.example/7", about="Line 3",
                                      invite=f"{self.ada.number} maker@supplier.example")  # fmt: skip
        with moments.standing_at(NOW + timedelta(minutes=10)):
            rules.enter(
                self.incident, by=self.ben, says="Cut the zone", kind="decision", reason="It spreads on"
            )
        with moments.standing_at(NOW + timedelta(hours=2)):
            rules.enter(self.incident, by=self.ben, says="Run again", kind="decision", reason="Clean")
        (row,) = [line for line in self.text(self.ben).splitlines() if called.bridge in line]
        for said in ("| 30 | Under way |", "Line 3", "Ben Tan", "maker@supplier.example", "Cut the zone"):
            self.assertIn(said, row)
        self.assertNotIn("Run again", row)
        meeting.call_off(called, by=self.ben, reason="The maker is here.")
        (row,) = [line for line in self.text(self.ben).splitlines() if called.bridge in line]
        self.assertTrue("| Called off |" in row and "The maker is here." in row)
        self.assertNotIn("Cut the zone", row)


class Sites(Open, TestCase):
    def test_are_told_with_question_and_answer(self) -> None:
        asked = exposure.ask_sites(
            self.incident, by=self.ada, says="Is loader.bin there?", until="09:00", sites="KHH2 PEN1"
        )
        exposure.answer(asked[0], by=self.ada, exposed="exposed", reason="On two stations")
        text = self.text(self.ben)
        for said in (
            "Is loader.bin there?",
            "KHH2 Kaohsiung Assembly 2",
            "Exposed | On two stations",
            "No answer yet",
        ):
            self.assertIn(said, text)


class WhatItTouchedAndCost(Open, TestCase):
    def test_is_told_in_tables(self) -> None:
        system = made("critical-systems", self.khh1, self.ben)
        self.incident.systems.add(system)
        self.incident.affected_units.add(self.khh2)
        self.incident.lines, self.incident.customers = "line 3 stands", "C-0148: lots held"
        self.incident.suppliers = "S-0712: remote access cut"
        with acting(TELLER, "story.tell"):
            self.incident.save()
        for what, amount, currency in (
            ("Line 3", "184000", "USD"),
            ("Responders", "70000", "TWD"),
            ("Twice", "1", "USD"),
        ):
            cost = rules.record_cost(
                self.incident, by=self.ben, what=what, amount=Decimal(amount), currency=currency
            )
        costs.strike(cost, by=self.ben, reason="Twice.")
        text = self.text(self.ben)
        for said in ("KHH1 Kaohsiung Assembly 1", "KHH2 Kaohsiung Assembly 2", system.code, "line 3 stands",
                     "C-0148: lots held", "Suppliers | S-0712: remote access cut",
                     "| Line 3 | Other | USD | 184,000.00 |", "| Sum |  | USD | 184,000.00 |"):  # fmt: skip
            self.assertIn(said, text)
        self.assertNotIn("Twice", text)


class AFileThatWasMade(Open, TestCase):
    def test_is_lost_with_what_may_be_read(self) -> None:
        rules.enter(self.incident, by=self.ben, says="Crimson named", tlp="red")
        self.sign_in(self.ben)
        asked = reverse("incident-dossier-take-out", args=[self.incident.pk, "docx"])
        followed = self.client.get(asked)["Location"]
        self.assertTrue(run_one())
        self.assertEqual(self.client.get(followed, {"take": 1}).status_code, 200)
        rules.take_off(self.incident.named.get(person=self.ben), by=self.ada, reason="Involved.")
        self.assertEqual(self.client.get(followed, {"take": 1}).status_code, 404)
        self.assertEqual(self.client.get(reverse("incident-room", args=[self.incident.pk])).status_code, 200)
