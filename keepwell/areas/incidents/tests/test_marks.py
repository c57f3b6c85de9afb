"""Marks of entries: who may read what is marked how, by every outlet, and who may mark what anew."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, TimelineEntry
from keepwell.areas.incidents.rules.dossier import Dossier
from keepwell.areas.incidents.tests.outlets import Outlets
from keepwell.areas.incidents.tests.test_restricted import Restricted
from keepwell.config.mail import post
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence.rules import Facts, attach
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import seal
from keepwell.platform.notices.abroad import Delivery, Webhook
from keepwell.platform.notices.hooks import payload
from keepwell.platform.people.models import Person
from keepwell.platform.search.indexing import catch_up
from keepwell.platform.todos.owing import owe
from tests.cast import NOW, TELLER, grant

CANARY = "Cinnabar"
FOR_NAMED, FOR_GROUP = f"{CANARY} of the plant head", "Cobalt of the group"


class Widened(Restricted):
    """An incident that was TLP:RED, and that all at its site know again: Ben and Ada are named, Gina and Faye are not."""

    def scene(self) -> None:
        super().scene()
        rules.name_person(self.incident, by=self.ben, person=self.ada, reason="Decides.")
        rules.mark(self.incident, by=self.ben, tlp=Incident.Tlp.RED, reason="Names come.")
        self.red = rules.enter(self.incident, by=self.ben, says=FOR_NAMED)
        rules.mark(self.incident, by=self.ada, tlp=Incident.Tlp.AMBER, reason="The press knows.")
        rules.lift(self.incident, by=self.ada, reason="All may know.")
        self.strict = rules.enter(self.incident, by=self.ben, says=FOR_GROUP, tlp="strict")
        self.plain = rules.enter(self.incident, by=self.gina, says="Line 3 stands")

    def readers(self, entry: TimelineEntry) -> list[str]:
        everybody = (self.ada, self.ben, self.cleo, self.dan, self.eva, self.sam, self.gina, self.faye)
        return [p.name for p in everybody if TimelineEntry.objects.visible_to(p).filter(pk=entry.pk).exists()]


class ReadingEntries(Widened, TestCase):
    def test_is_for_who_is_named_where_they_are_red(self) -> None:
        self.assertEqual(self.readers(self.red), ["Ada Lin", "Ben Tan"])
        self.assertEqual(self.readers(self.strict), ["Ada Lin", "Ben Tan", "Gina Ho"])
        self.assertEqual(self.readers(self.plain), ["Ada Lin", "Ben Tan", "Gina Ho", "Faye Roth"])

    def test_ends_for_who_wrote_them_when_they_are_taken_off(self) -> None:
        rules.take_off(self.incident.named.get(person=self.ben), by=self.ada, reason="Ada goes on alone.")
        self.assertEqual(self.readers(self.red), ["Ada Lin"])

    def test_is_opened_by_naming_somebody(self) -> None:
        rules.name_person(self.incident, by=self.ben, person=self.faye, reason="Counsel.")
        self.assertEqual(self.readers(self.red), ["Ada Lin", "Ben Tan", "Faye Roth"])
        self.assertIn("Faye Roth", self.readers(self.strict))

    def test_of_a_restricted_incident_is_for_who_knows_it(self) -> None:
        rules.restrict(self.incident, by=self.ada, reason="Not over.")
        for entry in (self.red, self.strict, self.plain):
            self.assertEqual(self.readers(entry), ["Ada Lin", "Ben Tan"])

    def test_takes_the_earlier_words_with_it(self) -> None:
        later = rules.correct(self.red, by=self.ben, says=f"{CANARY} of the deputy")
        self.assertEqual((self.readers(self.red), self.readers(later)), (["Ada Lin", "Ben Tan"],) * 2)
        self.assertEqual(Dossier(self.incident, self.gina).earlier, {})

    def test_is_refused_by_every_act_on_them(self) -> None:
        for who in (self.gina, self.faye, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                rules.correct(self.red, by=who, says="Mine now")
            self.sign_in(who)
            for name in ("correct", "mark-entry"):
                address = reverse("timeline-entries-do", args=[self.red.pk, name])
                self.assertEqual(self.client.post(address, {"says": "Mine"}).status_code, 404)

    def test_costs_as_much_for_one_as_for_a_thousand(self) -> None:
        self.sign_in(self.gina)
        room = reverse("incident-room", args=[self.incident.pk])
        self.client.get(room)
        with CaptureQueriesContext(connection) as few:
            self.client.get(room)
        more = [TimelineEntry(incident=self.incident, number=1_000 + n, at=NOW, says=f"{CANARY} {n}", tlp="red")
                for n in range(1_000)]  # fmt: skip
        with acting(TELLER, "story.enter"):
            create_all(more)
        with CaptureQueriesContext(connection) as many:
            page = self.client.get(room)
        self.assertEqual(len(few), len(many))
        self.assertContains(page, "are kept from you by their marks")
        self.assertNotContains(page, CANARY)


class Marking(Widened, TestCase):
    def test_is_for_who_could_read_it_afterwards(self) -> None:
        with self.assertRaisesMessage(Refused, "What is marked TLP:RED here is for who is named"):
            rules.enter(self.incident, by=self.gina, says="For nobody", tlp="red")
        with self.assertRaisesMessage(Refused, "What is marked TLP:AMBER+STRICT here is for who is named"):
            rules.enter(self.incident, by=self.faye, says="Not for me", tlp="strict")
        with self.assertRaisesMessage(Refused, "What is marked TLP:RED here"):
            rules.mark_entry(self.plain, by=self.gina, tlp=Incident.Tlp.RED, reason="Away with it.")
        with self.assertRaisesMessage(Refused, "There is no TLP “pink”"):
            rules.enter(self.incident, by=self.ben, says="What is that", tlp="pink")
        self.assertEqual(rules.enter(self.incident, by=self.ada, says="For few", tlp="red").tlp, "red")

    def test_narrower_is_for_who_works_on_it_and_wider_for_who_decides(self) -> None:
        later = rules.correct(self.plain, by=self.gina, says="Line 3 stood")
        rules.mark_entry(later, by=self.ben, tlp=Incident.Tlp.RED, reason="It names somebody.")
        self.assertEqual(self.readers(later), ["Ada Lin", "Ben Tan"])
        self.assertEqual(self.readers(self.plain), ["Ada Lin", "Ben Tan"])
        with self.assertRaises(PermissionDenied):
            rules.mark_entry(later, by=self.ben, tlp=Incident.Tlp.GREEN, reason="It names nobody.")
        rules.mark_entry(later, by=self.ada, tlp=Incident.Tlp.GREEN, reason="It names nobody.")
        self.assertEqual(self.readers(self.plain), ["Ada Lin", "Ben Tan", "Gina Ho", "Faye Roth"])
        with self.assertRaisesMessage(Refused, "marked so already"):
            rules.mark_entry(later, by=self.ada, tlp=Incident.Tlp.GREEN, reason="Again.")
        told = Change.objects.filter(record_id=later.pk, verb="timelineentry.mark_entry").latest("id")
        self.assertEqual(
            (told.before["tlp"], told.after["tlp"], told.answers["reason"]),
            ("red", "green", "It names nobody."),
        )

    def test_all_as_the_incident_opens_what_was_red(self) -> None:
        for who in (self.ben, self.gina):
            with self.assertRaises(PermissionDenied):
                rules.widen_entries(self.incident, by=who, reason="Open it.")
        rules.widen_entries(self.incident, by=self.ada, reason="The trial is over.")
        for entry in (self.red, self.strict):
            self.assertEqual(self.readers(entry), ["Ada Lin", "Ben Tan", "Gina Ho", "Faye Roth"])
        told = TimelineEntry.objects.filter(incident=self.incident, verb="mark").latest("number")
        narrow = ("entries were marked TLP:AMBER, as the incident is.", "The trial is over.")
        self.assertEqual((re.sub(r"^\d+ ", "", told.told), told.reason), narrow)
        with self.assertRaisesMessage(Refused, "No entry that you may read"):
            rules.widen_entries(self.incident, by=self.ada, reason="Once more.")

    def test_is_offered_where_something_is_narrower(self) -> None:
        address = reverse("incidents-do", args=[self.incident.pk, "widen-entries"])
        self.sign_in(self.ada)
        record = reverse("incidents-record", args=[self.incident.pk])
        self.assertContains(self.client.get(record), address)
        rules.widen_entries(self.incident, by=self.ada, reason="The trial is over.")
        self.assertNotContains(self.client.get(record), address)


class LettingOthersRead(Widened, TestCase):
    """Who may not read an entry becomes nobody who may, by no act of their own."""

    def test_is_for_who_reads_all(self) -> None:
        sentence = "kept from you: only who is named decides who is named"
        for act, more in ((rules.restrict, {}), (rules.name_person, {"person": self.gina})):
            with self.subTest(act.name), self.assertRaisesMessage(Refused, sentence):
                act(self.incident, by=self.gina, reason="Let me see.", **more)
        with self.assertRaisesMessage(Refused, sentence):
            rules.mark(self.incident, by=self.gina, tlp=Incident.Tlp.RED, reason="Let me see.")
        with self.assertRaisesMessage(Refused, sentence):
            rules.take_off(self.incident.named.get(person=self.ben), by=self.gina, reason="Not you.")
        self.incident.refresh_from_db()
        self.assertEqual(
            (self.incident.is_restricted, self.readers(self.red)), (False, ["Ada Lin", "Ben Tan"])
        )
        rules.restrict(self.incident, by=self.ben, reason="Not over.")
        self.assertEqual(self.who_knows(), ["Ada Lin", "Ben Tan"])

    def test_in_an_emergency_is_for_who_decides_for_the_group(self) -> None:
        rules.take_off(self.incident.named.get(person=self.ada), by=self.ben, reason="No more.")
        self.assertEqual(self.readers(self.red), ["Ben Tan"])
        with self.assertRaises(PermissionDenied):
            rules.break_glass(self.incident.number, by=self.gina, reason="Curious.")
        rules.break_glass(self.incident.number, by=self.ada, reason="The authority calls.")
        self.assertEqual(self.readers(self.red), ["Ada Lin", "Ben Tan"])


class EveryOutlet(Outlets, Widened, TestCase):
    """The words of entries by every outlet: they reach whom they may, and nobody else."""

    def setUp(self) -> None:
        super().setUp()
        self.everybody = (self.ada, self.ben, self.gina, self.faye, self.cleo, self.eva, self.sam)
        self.enterContext(override_settings(MAIL=post("smtp://mail.example:25", data=Path(), demo=False)))
        with acting(TELLER, "story.grant"):
            for who in (self.gina, self.faye):
                grant(who, "administrator", self.khh1)
        for entry in (self.red, self.strict):
            facts = Facts(title=f"Log of {entry.says}", unit=self.khh1)
            attach(facts, by=self.ben, files=[], links=["https://logs.example/1"], to=entry)
        with acting(TELLER, "story.hook"):
            for who in self.everybody:
                for entry in (self.red, self.strict):
                    owe(
                        who,
                        "Look at %(record)s: %(words)s",
                        record=entry,
                        words=entry.says,
                        by_day=NOW.date(),
                    )
            self.hook = Webhook(name="siem", unit=self.group, url="https://siem.example/", registers=["timeline-entries"],
                                reader=self.gina)  # fmt: skip
            self.hook.save()
        catch_up()
        seal()

    def test_obeys_the_mark_of_each(self) -> None:
        cells = 0
        for who in self.everybody:
            for entry, readers in (
                (self.red, (self.ada, self.ben)),
                (self.strict, (self.ada, self.ben, self.gina)),
            ):
                outlets = self.outlets(who, entry)
                cells += len(outlets)
                for outlet, text in outlets.items():
                    with self.subTest(who=who.name, entry=entry.says, outlet=outlet):
                        self.assertEqual(entry.says in text, who in readers)
        self.assertEqual(cells, 7 * 2 * 17)

    def outlets(self, who: Person, entry: TimelineEntry) -> dict[str, str]:
        """What each outlet tells `who`."""
        self.sign_in(who)
        change = Change.objects.filter(record_id=entry.pk).earliest("id")
        self.hook.reader = who
        room, program = (
            reverse("incident-room", args=[self.incident.pk]),
            f"/api/incidents/{self.incident.pk}",
        )
        word = entry.says.split()[0].lower()
        return {
            "room": self.read(room),
            "room, drawn anew": self.read(f"{room}newest/?beat=0"),
            "list": self.read("/timeline-entries/"),
            "record": self.read(reverse("timeline-entries-record", args=[entry.pk])),
            "programs": self.read("/api/timeline-entries"),
            "one for programs": self.read(f"/api/timeline-entries/{entry.pk}"),
            "csv": self.read(reverse("timeline-entries-take-out", args=["csv"])),
            "workbook": self.unpacked(reverse("timeline-entries-take-out", args=["xlsx"])),
            "mail": self.letter(who, entry, entry.says),
            "webhook": entry.says if payload(Delivery(webhook=self.hook, change_id=change.pk)) else "",
            "trail": self.read(reverse("trail-row", args=[change.leaf])),
            "what is due": self.read("/due/"),
            "evidence": self.read("/evidence/"),
            "search": re.sub("</?mark>", "", self.read(f"/search/?q={word}")).replace("Log of ", ""),
            "dossier": self.read(f"{program}/dossier"),
            "stix": self.read(
                reverse("incident-take-out", args=[self.incident.pk, "stix"]) + "?audience=red"
            ),
            "stix for programs": self.read(f"{program}/stix?audience=red"),
        }

    def test_counts_what_is_kept(self) -> None:
        kept = self.incident.timeline.standing().filter(tlp="red").count()
        for who, count in ((self.ben, 0), (self.gina, kept), (self.faye, kept + 1)):
            with self.subTest(who.name):
                self.sign_in(who)
                page = self.read(reverse("incident-room", args=[self.incident.pk]))
                shown = self.incident.timeline.standing().count() - count
                self.assertIn(f"{shown} entries, newest first", page)
                self.assertEqual(f"{count} are kept from you by their marks" in page, count > 0)
                self.assertEqual(Dossier(self.incident, who).kept_back, count)
                self.assertEqual('value="red"' in page, who == self.ben)
