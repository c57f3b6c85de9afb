"""Splitting an incident: what goes, what stays readable, whose clocks run, and who knows of it."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, IncidentLink, NamedPerson, TimelineEntry
from keepwell.areas.incidents.rules import links, parts, splitting, tasks
from keepwell.areas.incidents.tests.parting import Given, Story
from keepwell.areas.incidents.tests.ticking import utc
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence.models import Link
from keepwell.platform.history.acting import Conflict, acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Person
from tests.cast import NOW, TELLER, grant, person


class Splitting(Story, TestCase):
    def test_lets_each_part_go_to_an_incident_of_its_own_and_tells_both(self) -> None:
        made = self.split()
        self.assertEqual(
            (made.number, made.unit, made.state, made.level), ("IN-2025-0002", self.khh1, "reported", None)
        )
        self.assertEqual(list(made.reports.all()), [self.other])
        self.assertEqual(list(self.incident.reports.all()), [self.mine])
        self.assertEqual([one.value for one in made.indicators.all()], ["pay@evil.example"])
        self.assertFalse(self.incident.indicators.exists())
        self.assertEqual([(one.title, one.number) for one in made.tasks.all()], [("Ask who got the mail", 1)])
        self.assertFalse(self.incident.tasks.exists())
        self.assertEqual(list(made.systems.all()), [self.system])
        self.assertFalse(self.incident.systems.exists())
        self.assertEqual(
            (list(made.affected_units.all()), list(self.incident.affected_units.all())), ([self.khh2], [])
        )
        proofs = Link.objects.current().filter(piece=self.piece)
        self.assertEqual([(one.record_id, one.reason) for one in proofs], [(made.pk, "Its headers")])
        self.assertIn(
            "Split off to IN-2025-0002: 1 report, 1 entry, 1 indicator, 1 piece of evidence, 1 task, 1 system, 1 site.",
            " ".join(self.told(self.incident)),
        )
        link = IncidentLink.objects.get()
        self.assertEqual((link.first, link.second, link.kind), (made, self.incident, "split"))
        says = {one.incident.number: one.says for one in links.kin(self.incident, self.ben)}
        self.assertEqual(says["IN-2025-0002"], "split off from this one")
        (back,) = [one for one in links.kin(made, self.ben) if one.is_linked]
        self.assertEqual(back.says, "this one was split off from it")

    def test_leaves_entries_readable_where_they_were_with_their_earlier_words_in_both(self) -> None:
        made = self.split()
        self.assertIn("A mail asks for passwords.", self.told(self.incident))
        words = made.timeline.filter(verb="").order_by("revision")
        self.assertEqual(
            [(one.says, one.revision, one.is_latest) for one in words],
            [("A mail asks for passwrods.", 1, False), ("A mail asks for passwords.", 2, True)],
        )
        copy = words[1]
        kept = ("at", "zone", "person_id", "source", "tlp", "recorded_at", "confidence", "kind")
        self.assertEqual([getattr(copy, name) for name in kept], [getattr(self.mail, name) for name in kept])
        self.assertEqual(copy.root, words[0])
        self.assertNotIn("Line 3 stands.", self.told(made))
        self.assertEqual(Change.objects.filter(verb="incident.split", record_id=copy.pk).count(), 1)
        self.assertEqual(made.pulse.entries, len(self.told(made)))

    def test_takes_the_site_as_aware_since_the_first_part_was_known(self) -> None:
        """The report came at 19:10, the entry tells of 19:40; of what is told of the time before anybody knew of the
        whole, 18:00 UTC here, that moment counts."""
        self.assertEqual(self.split().aware_at, utc(13, 19, 10))
        with moments.standing_at(utc(13, 21)):
            late = rules.enter(
                self.incident, by=self.ben, says="It began a week before.", at="2025-11-06 03:00"
            )
            later = rules.enter(self.incident, by=self.ben, says="Somebody calls.")
        floor = min(self.incident.awareness, self.incident.reported_at)
        self.assertEqual(self.split({"entries": [str(late.pk), str(later.pk)]}).aware_at, floor)
        site = {"sites": [str(self.khh2.pk)]}
        with acting(TELLER, "story.touch"):
            self.incident.refresh_from_db()
            self.incident.save(links={"affected_units": [self.khh2]})
        self.assertEqual(self.split(site).aware_at, self.incident.awareness)

    def test_takes_over_who_leads_where_somebody_took_it_up(self) -> None:
        self.assertIsNone(self.split({"entries": [str(self.first.pk)]}).lead)
        self.incident.refresh_from_db()
        rules.acknowledge(self.incident, by=self.ben)
        made = self.split({"entries": [str(self.mail.pk)]})
        self.assertEqual((made.lead, made.acknowledged_at), (self.ben, NOW))

    def test_may_lie_at_a_site_that_it_touches(self) -> None:
        made = self.split({"sites": [str(self.khh2.pk)]}, at="khh2", by=self.ada)
        self.assertEqual((made.unit, list(made.affected_units.all())), (self.khh2, []))
        with self.assertRaisesMessage(Refused, "“PEN1” is no unit that IN-2025-0001 touches"):
            self.split({"entries": [str(self.mail.pk)]}, at="PEN1", by=self.ada)

    def test_leaves_evidence_under_a_legal_hold_at_both(self) -> None:
        with acting(TELLER, "story.hold"):
            self.piece.held_at, self.piece.held_reason = NOW, "Court"
            self.piece.save()
        made = self.split({"evidence": [str(self.proof.pk)]})
        at = set(Link.objects.current().filter(piece=self.piece).values_list("record_id", flat=True))
        self.assertEqual(at, {made.pk, self.incident.pk})


class Clocks(Story, TestCase):
    def scene(self) -> None:
        super().scene()
        self.confirm("gdpr-33")

    def test_of_both_are_reckoned_each_from_its_own_facts(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        self.classify(personal_data=True)
        made = self.split()
        # Aware at 18:31, 72 hours; the new one at 19:10, once it is classified.
        self.assertEqual(self.clocks()["gdpr-33"].due_at, utc(16, 18, 31))
        self.assertEqual(self.clocks()["gdpr-33"].state, "running")
        self.assertNotIn("gdpr-33", self.clocks(made))
        self.classify(made, personal_data=True)
        self.assertEqual(self.clocks(made)["gdpr-33"].due_at, utc(16, 19, 10))

    def test_that_run_for_a_site_keep_the_site_and_say_so(self) -> None:
        """KHH2's own entity must tell: if the site went, its clock would end with nobody having told."""
        self.is_a("gdpr_controller", self.khh2)
        self.classify(personal_data=True)
        self.assertEqual(self.clocks()["gdpr-33"].unit, self.khh2)
        made = self.split()
        clock = self.clocks()["gdpr-33"]
        self.assertEqual((clock.state, clock.due_at), ("running", utc(16, 18, 31)))
        self.assertEqual(list(self.incident.affected_units.all()), [self.khh2])
        self.assertEqual(list(made.affected_units.all()), [self.khh2])
        self.assertIn(
            "KHH2 stays touched here too: only their own end ends the clocks that run for it (1).",
            self.told(self.incident),
        )

    def test_of_an_entity_above_both_sites_keep_no_site(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        self.classify(personal_data=True)
        self.split()
        self.assertFalse(self.incident.affected_units.exists())
        self.assertEqual(self.clocks()["gdpr-33"].state, "running")


class Refusals(Story, TestCase):
    def scene(self) -> None:
        super().scene()
        self.far = self.report("Far away", self.pen1)
        self.theirs = rules.enter(self.far, by=self.ada, says="Secret of Penang")

    def test_take_no_part_of_another_incident_and_write_nothing(self) -> None:
        before = (Incident.objects.count(), TimelineEntry.objects.count(), Change.objects.count())
        hostile: tuple[tuple[Given, str], ...] = (
            (
                {"entries": [str(self.mail.pk), str(self.theirs.pk)]},
                "1 of what was chosen is no part of IN-2025-0001",
            ),
            ({"entries": ["' OR 1=1", str(self.mail.pk)]}, "1 of what was chosen is no part of IN-2025-0001"),
            ({"reports": [str(self.mail.pk)]}, "is no part of IN-2025-0001"),
            ({"sites": [str(self.pen1.pk)]}, "is no part of IN-2025-0001"),
            ({"sites": [str(self.khh1.pk)]}, "is no part of IN-2025-0001"),
            ({"people": [str(self.ben.pk)]}, "“people” is no kind of part"),
            ({"entries": [str(self.mail.pk)] * 201}, "At most 200 parts go at once."),
            ({}, "Choose at least one part that goes."),
        )
        for given, wrong in hostile:
            with self.subTest(wrong), self.assertRaisesMessage(Refused, wrong):
                self.split(given)
        with self.assertRaisesMessage(Refused, "Say why it is another matter."):
            self.split(reason=" ")
        with self.assertRaisesMessage(Refused, "Give the new incident a title."):
            self.split(title=" ")
        after = (Incident.objects.count(), TimelineEntry.objects.count(), Change.objects.count())
        self.assertEqual(after, before)

    def test_let_nobody_split_without_the_right(self) -> None:
        for who in (self.sam, self.dan):
            with self.subTest(str(who)), self.assertRaises(PermissionDenied):
                self.split(by=who)

    def test_let_an_entry_go_once(self) -> None:
        self.split({"entries": [str(self.mail.pk)]})
        with self.assertRaisesMessage(Refused, "is no part of IN-2025-0001 that may go"):
            self.split({"entries": [str(self.mail.pk)]})

    def test_let_one_of_two_who_split_at_once_look_again(self) -> None:
        seen = Incident.objects.get(pk=self.incident.pk)
        self.split()
        given = self.given() | {"entries": [], "systems": [], "sites": []}
        with self.assertRaises(Conflict):
            splitting.split(seen, given, by=self.ada, title="Twice", reason="Me too")
        with self.assertRaisesMessage(Refused, "of what was chosen are no parts of IN-2025-0001"):
            self.split(given, by=self.ada)
        self.assertEqual(Incident.objects.filter(unit=self.khh1).count(), 2)


class Restricted(Story, TestCase):
    def scene(self) -> None:
        super().scene()
        self.incident.refresh_from_db()
        rules.mark(self.incident, by=self.ben, tlp=Incident.Tlp.RED, reason="Names in it")
        self.incident.refresh_from_db()
        rules.name_person(
            self.incident, by=self.ben, person=self.ada, reason="Decides", until=NOW + timedelta(days=3)
        )
        self.red = rules.enter(self.incident, by=self.ben, says="It was Eve.")
        self.kept = tasks.add_task(
            self.incident, by=self.ben, what="Ask Eve", until="06:00", tlp=Incident.Tlp.RED
        )

    def officer(self) -> Person:
        """One more officer of KHH1, whom nobody named."""
        with acting(TELLER, "story.officer"):
            made = person("A0000077", "Another officer", self.khh1)
            grant(made, "site_officer", self.khh1)
        return made

    def test_stays_for_the_same_people_with_the_same_marks(self) -> None:
        made = self.split({"entries": [str(self.red.pk)], "indicators": [str(self.sender.pk)]})
        self.assertEqual((made.is_restricted, made.tlp), (True, "red"))
        named = {one.person: one.until for one in NamedPerson.objects.filter(incident=made)}
        self.assertEqual(named, {self.ben: None, self.ada: NOW + timedelta(days=3)})
        (copy,) = made.timeline.filter(verb="")
        self.assertEqual((copy.tlp, made.indicators.get().tlp), ("red", self.sender.tlp))
        officer = self.officer()
        self.assertFalse(Incident.objects.visible_to(officer).filter(pk=made.pk).exists())
        self.assertFalse(TimelineEntry.objects.visible_to(officer).filter(incident=made).exists())
        for incident in (made, self.incident):
            self.assertNotIn("IN-2025", " ".join(self.told(incident)))

    def test_lets_nothing_go_that_one_may_not_read(self) -> None:
        officer = self.officer()
        rules.mark(self.incident, by=self.ada, tlp=Incident.Tlp.AMBER, reason="Over")
        self.incident.refresh_from_db()
        rules.lift(self.incident, by=self.ada, reason="Over")
        self.assertIn(self.kept, parts.offered(self.incident, self.ben)["tasks"])
        for kind, one in (("entries", self.red), ("tasks", self.kept)):
            with self.subTest(kind):
                self.assertNotIn(one, parts.offered(self.incident, officer)[kind])
                with self.assertRaisesMessage(Refused, "is no part of IN-2025-0001 that may go"):
                    self.split({kind: [str(one.pk)]}, by=officer)
