"""A merge drops no evidence that who merges may not see, and tells them of none."""

from __future__ import annotations

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, TimelineEntry
from keepwell.areas.incidents.rules import merging, splitting
from keepwell.areas.incidents.tests.test_evidence_marks import Proven
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Person

Tlp = Incident.Tlp


class Unseen(Proven, TestCase):
    """A piece at the group's seat, which Ben must not see, and a disk for named people alone, which Gina must not."""

    def scene(self) -> None:
        super().scene()
        self.hidden = evidence.attach(
            evidence.Facts("Ledger of the board", self.group), by=self.ada, files=[], links=["https://board.example/1"],
            to=Incident.objects.get(pk=self.incident.pk), reason="It was paid",
        )  # fmt: skip

    def merge(self, by: Person) -> Incident:
        incident = Incident.objects.get(pk=self.incident.pk)
        merging.merge(incident, by=by, number=str(self.other), reason="The same")
        return Incident.objects.get(pk=self.other.pk)

    def proving(self, piece: Piece) -> list[Link]:
        """The links by which a piece proves something about the incident that goes on."""
        return list(Link.objects.current().filter(piece=piece, record_id=self.other.pk))

    def test_goes_over_with_its_words_and_who_linked_it(self) -> None:
        self.assertNotIn("Ben Tan", self.seen(Piece.objects, pk=self.hidden.pk))
        self.merge(self.ben)
        (link,) = self.proving(self.hidden)
        self.assertEqual((link.reason, link.by, link.tlp), ("It was paid", self.ada, ""))
        self.assertIn("Ada Lin", self.seen(Link.objects, pk=link.pk))

    def test_is_told_to_nobody_who_may_not_see_it(self) -> None:
        kept = self.merge(self.ben)
        (link,) = self.proving(self.hidden)
        self.assertNotIn("Ben Tan", self.seen(Link.objects, pk=link.pk))
        said = " ".join(one.told for one in kept.timeline.all())
        self.assertIn("1 piece of evidence", said, "that which Ben sees and the other did not have yet")
        self.assertNotIn("2 pieces of evidence", said)
        self.sign_in(self.ben)
        for page in (f"/incidents/{kept.pk}/", reverse("incident-room", args=[kept.pk]), "/evidence/"):
            self.assertNotContains(self.client.get(page), "Ledger")
        written = Change.objects.get(record_type=Link.type_name(), record_id=link.pk)
        self.assertEqual((written.by, written.verb), (None, "link.carry"))

    def test_marked_for_named_people_goes_over_as_it_is_where_nobody_else_would_learn_of_it(self) -> None:
        self.mark(self.disk, Tlp.RED, self.ben)
        self.merge(self.gina)
        (link,) = self.proving(self.disk)
        self.assertEqual(link.tlp, "red")
        self.assertEqual(self.seen(Link.objects, pk=link.pk), [])

    def test_marked_for_named_people_stays_where_others_would_learn_of_it(self) -> None:
        rules.name_person(
            Incident.objects.get(pk=self.other.pk), by=self.ada, person=self.ada, reason="Decides."
        )
        rules.name_person(
            Incident.objects.get(pk=self.other.pk), by=self.ada, person=self.faye, reason="Counsel."
        )
        self.mark(self.disk, Tlp.RED, self.ben)
        kept = self.merge(self.gina)
        self.assertEqual(self.proving(self.disk), [])
        link = Link.objects.current().get(piece=self.disk)
        self.assertEqual(self.seen(Link.objects, pk=link.pk), ["Ada Lin", "Ben Tan"])
        told = TimelineEntry.objects.get(
            incident=self.incident, verb="merge", facts__piece=self.disk.reference
        )
        self.assertEqual((told.tlp, told.told), (
            "red", f"{self.disk.reference} stays here: not everybody who may know {kept.number} may know of it.",
        ))  # fmt: skip
        self.assertNotIn(self.disk.reference, " ".join(one.told for one in kept.timeline.all()))

    def test_lets_no_merge_be_refused_for_what_one_may_not_see(self) -> None:
        rules.name_person(
            Incident.objects.get(pk=self.other.pk), by=self.ada, person=self.ada, reason="Decides."
        )
        rules.name_person(
            Incident.objects.get(pk=self.other.pk), by=self.ada, person=self.faye, reason="Counsel."
        )
        self.mark(self.disk, Tlp.RED, self.ben)
        with self.assertRaisesMessage(Refused, "What is marked TLP:RED here is for who is named"):
            self.merge(self.ben)
        self.assertIsNone(self.merge(self.gina).retired_at)

    def test_is_taken_back_where_the_merge_is_undone(self) -> None:
        kept = self.merge(self.ben)
        splitting.take_apart(kept, {}, by=self.ben, number=str(self.incident), reason="Two matters")
        self.assertEqual(self.proving(self.hidden), [])
        self.assertEqual(Link.objects.current().get(piece=self.hidden).record_id, self.incident.pk)
