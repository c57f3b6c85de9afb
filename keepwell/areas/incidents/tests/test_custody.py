"""What the custody of evidence tells in the timeline of an incident, and in its room."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, TimelineEntry
from keepwell.areas.incidents.models.timeline import Pulse
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.platform.evidence import custody
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence.models import CustodyEntry, Piece
from keepwell.platform.evidence.rules import Facts
from keepwell.platform.people.models import Person
from tests.cast import NOW

ONE, OTHER = "a" * 64, "b" * 64
LAB = {
    "outside": "Mei Ong",
    "organization": "Forensics Penang Sdn Bhd",
    "whereabouts": "Lab",
    "purpose": "Imaging",
}


class Story(Reported):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(self.settings(KEEPWELL_DATA=Path(self.enterContext(TemporaryDirectory()))))
        what = custody.Circumstances("Safe", "To be imaged", CustodyEntry.Manner.SEIZED, seal="0071")
        facts = Facts("Disk of ENG-3", self.khh1, more={"reference": "EV-ENG-3"})
        holder = custody.Holder(self.ben)
        self.disk = custody.attach_object(
            facts, holder, what, by=self.ben, sha256=ONE, at="04:41", to=self.incident
        )

    def fresh(self) -> Piece:
        return Piece.objects.select_related("unit").get(pk=self.disk.pk)

    def told(self, incident: Incident | None = None) -> list[str]:
        rows = TimelineEntry.objects.filter(incident=incident or self.incident, kind="evidence")
        return [one.told for one in rows.order_by("number")]


class ATimeline(Story, TestCase):
    def test_tells_of_each_step_when_it_was(self) -> None:
        custody.hand_over(self.fresh(), by=self.ben, at="05:00", sha256_after=ONE, **LAB)
        self.assertEqual(self.told(), [
            "Evidence EV-ENG-3 was taken into custody by Ben Tan.",
            "Evidence EV-ENG-3 was handed over to Mei Ong, Forensics Penang Sdn Bhd.",
        ])  # fmt: skip
        first = (
            TimelineEntry.objects.filter(incident=self.incident, kind="evidence").order_by("number").first()
        )
        self.assertEqual(
            (f"{first.local_at:%H:%M}", first.person, first.icon), ("04:41", self.ben, "signature")
        )

    def test_tells_of_a_digest_that_differs_with_a_sign_of_its_own(self) -> None:
        custody.hand_over(self.fresh(), by=self.ben, sha256_after=OTHER, **LAB)
        broken = TimelineEntry.objects.get(incident=self.incident, verb="custody-broken")
        self.assertEqual(broken.icon, "alert-triangle")
        self.assertEqual(
            broken.told,
            "The SHA-256 of evidence EV-ENG-3 differs from what it was: see row 2 of its custody log.",
        )

    def test_tells_of_a_correction_and_of_the_end(self) -> None:
        row = self.disk.custody.get()
        custody.correct(row, by=self.ben, reason="Seal 0072.", seal="0072")
        custody.destroy(
            self.fresh(), by=self.ada, reason="Case closed.", outside="R. Shah", organization="Shred Ltd"
        )
        self.assertEqual(self.told()[1:], [
            "The custody log of evidence EV-ENG-3 was corrected: row 2.",
            "Evidence EV-ENG-3 was destroyed by R. Shah, Shred Ltd.",
        ])  # fmt: skip

    def test_lets_open_rooms_draw_themselves_anew(self) -> None:
        before = Pulse.objects.get(pk=self.incident.pk).beat
        custody.hand_over(self.fresh(), by=self.ben, **LAB)
        self.assertGreater(Pulse.objects.get(pk=self.incident.pk).beat, before)

    def test_of_every_incident_it_proves_something_about_and_of_no_other(self) -> None:
        other, none = self.report("Another", self.khh1), self.report("None of it", self.khh1)
        evidence.link(self.fresh(), by=self.ada, record=f"/incidents/{other.pk}/")
        custody.hand_over(self.fresh(), by=self.ben, **LAB)
        self.assertEqual(
            self.told(other), ["Evidence EV-ENG-3 was handed over to Mei Ong, Forensics Penang Sdn Bhd."]
        )
        self.assertEqual(self.told(none), [])


class ARoom(Story, TestCase):
    def room(self, who: Person) -> str:
        self.sign_in(who)
        return self.client.get(reverse("incident-room", args=[self.incident.pk])).content.decode()

    def test_shows_who_has_each_piece_and_whether_it_is_whole(self) -> None:
        custody.hand_over(self.fresh(), by=self.ben, sha256_after=OTHER, **LAB)
        page = self.room(self.ben)
        for words in (
            "Disk of ENG-3",
            "Mei Ong, Forensics Penang Sdn Bhd",
            "SHA-256 differs",
            "Take an object",
        ):
            self.assertIn(words, page)

    def test_of_a_restricted_incident_shows_its_custody_to_named_people_alone(self) -> None:
        rules.classify(Incident.objects.get(pk=self.incident.pk), by=self.ben, facts={"effect": True})
        rules.restrict(Incident.objects.get(pk=self.incident.pk), by=self.ben, reason="It concerns somebody.")
        for who, seen in ((self.ben, 1), (self.ada, 0), (self.sam, 0)):
            with self.subTest(who.name):
                self.assertEqual(CustodyEntry.objects.visible_to(who).count(), seen)
                self.sign_in(who)
                for address in ("/api/custody-entries", "/custody-entries/", f"/api/evidence/{self.disk.pk}/custody",
                                f"/api/evidence/{self.disk.pk}/custody-record"):  # fmt: skip
                    self.assertEqual("Safe" in self.client.get(address).content.decode(), bool(seen), address)

    def test_is_closed_to_sam(self) -> None:
        self.assertNotIn("Disk of ENG-3", self.room(self.sam))
        self.assertEqual(self.disk.custody.get().recorded_at, NOW)
