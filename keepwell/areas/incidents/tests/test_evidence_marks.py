"""Marks of links of evidence: who must not know that a piece proves something about an incident learns it by no outlet."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents.models import Incident, Report, TimelineEntry
from keepwell.areas.incidents.rules import merging, photos, proving
from keepwell.areas.incidents.tests.outlets import Outlets
from keepwell.areas.incidents.tests.test_marks import Widened
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence import custody
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence.marks import TLP
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import seal
from keepwell.platform.people.auditing import trail_seen
from keepwell.platform.people.models import Person
from keepwell.platform.people.proofs import PROVED
from tests.cast import NOW, TELLER, grant

Tlp = Incident.Tlp
TITLE, REASON, WHY = "Celadon disk", "Celadon was copied", "It names somebody."


class Proven(Widened):
    """A disk in custody that proves something about the incident, and a log that proves something about another too."""

    def scene(self) -> None:
        super().scene()
        self.incident = Incident.objects.get(pk=self.incident.pk)
        told = custody.Circumstances("Safe", "To be imaged", "seized")
        self.disk = custody.attach_object(
            evidence.Facts(TITLE, self.khh1), custody.Holder(self.ben), told, by=self.ben, sha256="a" * 64,
            to=self.incident, serial="S-1", reason=REASON,
        )  # fmt: skip
        self.other = self.report("Another matter", self.khh1)
        self.log = evidence.attach(
            evidence.Facts("Log of the gate", self.khh1), by=self.ben, files=[], links=["https://logs.example/1"],
            to=self.incident, reason=REASON,
        )  # fmt: skip
        evidence.link(self.log, by=self.ben, record=f"incidents:{self.other.pk}", reason="Seen there")

    def mark(self, piece: Piece, tlp: Tlp, by: Person) -> None:
        incident = Incident.objects.get(pk=self.incident.pk)
        proving.mark_evidence(incident, by=by, evidence=str(piece.reference), tlp=tlp, reason=WHY)

    def seen(self, rows: Any, **which: Any) -> list[str]:
        everybody = (self.ada, self.ben, self.sam, self.gina, self.faye)
        return [one.name for one in everybody if rows.visible_to(one).filter(**which).exists()]


class ALink(Proven, TestCase):
    def test_is_marked_by_who_may_read_it_then(self) -> None:
        self.assertEqual(list(map(tuple, Tlp.choices)), TLP)
        for who in (self.sam, self.eva):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                self.mark(self.disk, Tlp.STRICT, who)
        with self.assertRaisesMessage(Refused, "What is marked TLP:RED here"):
            self.mark(self.disk, Tlp.RED, self.gina)
        with self.assertRaisesMessage(Refused, "marked so already"):
            self.mark(self.disk, Tlp.AMBER, self.ben)
        self.mark(self.disk, Tlp.RED, self.ben)
        with self.assertRaisesMessage(Refused, "that you may see is called"):
            self.mark(self.disk, Tlp.STRICT, self.gina)
        with self.assertRaises(PermissionDenied):
            self.mark(self.disk, Tlp.AMBER, self.ben)
        self.mark(self.disk, Tlp.AMBER, self.ada)
        self.assertEqual(self.disk.proves.get().tlp, "amber")

    def test_keeps_the_piece_itself_where_it_proves_nothing_else(self) -> None:
        for tlp, readers in (
            (Tlp.STRICT, ["Ada Lin", "Ben Tan", "Gina Ho"]), (Tlp.RED, ["Ada Lin", "Ben Tan"]),
        ):  # fmt: skip
            for piece in (self.disk, self.log):
                self.mark(piece, tlp, self.ben)
                self.assertEqual(self.seen(Link.objects, piece=piece, record_id=self.incident.pk), readers)
            self.assertEqual(self.seen(Piece.objects, pk=self.disk.pk), readers)
            self.assertIn("Faye Roth", self.seen(Piece.objects, pk=self.log.pk))

    def test_narrows_what_custody_told_and_tells_of_it(self) -> None:
        self.mark(self.disk, Tlp.RED, self.ben)
        custody.hand_over(
            Piece.objects.select_related("unit").get(pk=self.disk.pk), by=self.ben, sha256_after="a" * 64,
            outside="Wu", organization="Laboratory", whereabouts="Laboratory", purpose="Imaging",
        )  # fmt: skip
        told = TimelineEntry.objects.filter(incident=self.incident, facts__piece=self.disk.reference)
        self.assertEqual([one.tlp for one in told], ["red", "red"])

    def test_is_opened_from_red_by_a_fresh_proof(self) -> None:
        self.mark(self.disk, Tlp.RED, self.ben)
        path = f"/incidents/{self.incident.pk}/mark-evidence/"
        told = {"evidence": self.disk.reference, "tlp": "amber", "reason": WHY}
        self.sign_in(self.ada)
        session = self.client.session
        session[PROVED] -= 11 * 60
        session.save()
        self.assertContains(self.client.post(path, told), "Is it you?", status_code=403)
        self.assertEqual(self.disk.proves.get().tlp, "red")
        session[PROVED] += 11 * 60
        session.save()
        self.assertEqual(self.client.post(path, told).status_code, 302)
        self.assertEqual(self.disk.proves.get().tlp, "amber")

    def test_is_marked_by_programs(self) -> None:
        self.sign_in(self.ben)
        body = json.dumps({"evidence": self.disk.reference, "tlp": "strict", "reason": WHY})
        path = f"/api/incidents/{self.incident.pk}/mark-evidence"
        self.assertEqual(self.client.post(path, body, content_type="application/json").status_code, 200)
        self.assertEqual(self.disk.proves.get().tlp, "strict")
        self.sign_in(self.sam)
        self.assertEqual(self.client.post(path, body, content_type="application/json").status_code, 404)

    def test_goes_over_as_it_is_where_all_may_read_it(self) -> None:
        self.mark(self.disk, Tlp.STRICT, self.ben)
        merging.merge(
            Incident.objects.get(pk=self.incident.pk), by=self.ben, number=str(self.other), reason="The same"
        )
        self.assertEqual([one.tlp for one in self.disk.proves.order_by("at")], ["strict", "strict"])

    def test_takes_the_mark_of_the_report_with_which_it_came(self) -> None:
        report = Report(unit=self.khh1, says="x", tlp="strict", channel="page", incident=self.incident)
        with acting(TELLER, "story.report"):
            report.save()
            photos.keep(report, [PNG], [])
        photos.prove(report, self.incident, by=self.ben)
        made = Link.objects.get(piece__title__startswith="Photos of report")
        self.assertEqual((made.tlp, made.record_id), ("strict", self.incident.pk))
        told = TimelineEntry.objects.get(incident=self.incident, facts__piece=made.piece.reference)
        self.assertEqual(told.tlp, "strict")


class EveryOutlet(Outlets, Proven, TestCase):
    def test_keeps_it_from_whom_it_must(self) -> None:
        with acting(TELLER, "story.grant"):
            for who in (self.ben, self.gina, self.faye):
                grant(who, "administrator", self.khh1)
        self.told = self.once()
        for who in (self.ben, self.gina):
            for outlet, text in self.outlets(who).items():
                self.assertIn("Celadon", text, f"{outlet} {who}")
        self.mark(self.disk, Tlp.RED, self.ben)
        self.mark(self.log, Tlp.RED, self.ben)
        for who, reads in ((self.ben, True), (self.gina, False), (self.faye, False), (self.sam, False)):
            for outlet, text in self.outlets(who).items():
                with self.subTest(who=who.name, outlet=outlet):
                    self.assertEqual("Celadon" in text, reads)

    def once(self) -> Change:
        """As the trail kept it of the log before what it proves was told by the link alone."""
        return Change.objects.create(
            record_type=Piece.type_name(), record_id=self.log.pk, unit_id=self.khh1.pk, at=NOW, verb="piece.attach",
            by=self.ben.pk, by_name="Ben Tan", version=9, answers={"reason": REASON},
        )  # fmt: skip

    def outlets(self, who: Person) -> dict[str, str]:
        self.sign_in(who)
        seal()
        pk, link = self.incident.pk, self.disk.proves.first()
        self.told.refresh_from_db()
        told = str(self.disk.reference), "Celadon"
        rows = trail_seen(who) if who != self.sam else None
        return {
            "record": self.read(f"/incidents/{pk}/"), "room": self.read(reverse("incident-room", args=[pk])),
            "timeline": self.read("/api/timeline-entries").replace(*told),
            "evidence": self.read("/evidence/"), "programs": self.read("/api/evidence"),
            "csv": self.read(reverse("evidence-take-out", args=["csv"])), "piece": self.read(f"/evidence/{self.disk.pk}/"),
            "custody": self.read("/custody-entries/").replace(TITLE, "Celadon").replace(*told),
            "dossier": self.read(f"/api/incidents/{pk}/dossier"),
            "what the log proves": self.read(f"/evidence/{self.log.pk}/").replace(str(self.incident), "Celadon"),
            "trail of links": str(list(rows.filter(record_id=link.pk).values_list("after"))) if rows is not None and link else "",
            "trail of the log": str(list(rows.filter(record_id=self.log.pk).values_list("answers"))) if rows is not None else "",
            "row about the log": self.read(reverse("trail-row", args=[self.told.leaf])),
        }  # fmt: skip


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001"
    "e221bc330000000049454e44ae426082"
)
