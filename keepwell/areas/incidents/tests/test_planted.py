"""R9: a word in every text of a restricted incident, and of all that hangs on it, comes out by no door to anybody who may
not know it, whatever rights they hold: no page, file, search, feed, document, mail, hook, chat or log."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import TestCase, override_settings

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, TimelineEntry
from keepwell.areas.incidents.tests.crawling import Crawling
from keepwell.areas.incidents.tests.planted import JSONS, Planted, behind, columns_of, planted, texts_of
from keepwell.kernel import moments
from keepwell.platform.egress.tests.listeners import hosting, says
from keepwell.platform.history import sequencer
from keepwell.platform.history.acting import acting
from keepwell.platform.history.tests.sealed import with_keys
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.notices import chat, hooks
from keepwell.platform.notices.abroad import Channel, Webhook
from keepwell.platform.notices.tests.post import delivered, office
from keepwell.platform.people.models import Person
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.search.indexing import catch_up
from keepwell.platform.todos.owing import owe
from tests.cast import NOW, TELLER, Cast, account, grant, person
from tests.machine import rounds
from tests.test_canaries import heard

SHOWN = 60
"""How many of the words at least who may know them reads by the same walk."""


@pytest.mark.slow
class Canaries(Crawling, Cast, TestCase):
    """Ben alone knows the incident at KHH1 that touches PEN1. Nia is officer of PEN1; Gina of KHH1, and administers it;
    Hugo audits the group; Faye, from outside, is officer of KHH1 too."""

    planted: Planted

    @classmethod
    def build_people(cls) -> None:
        super().build_people()
        cls.gina = person("A0000007", "Gina Ho", cls.khh1)
        cls.faye = person("X0000008", "Faye Roth", cls.group, kind="external", responsible=cls.ada)
        cls.hugo = person("A0000009", "Hugo Lee", cls.group)
        cls.nia = person("A0000010", "Nia Lim", cls.pen1)
        for who, role, unit in (
            (cls.gina, "site_officer", cls.khh1), (cls.gina, "administrator", cls.khh1), (cls.hugo, "auditor", cls.group),
            (cls.faye, "site_officer", cls.khh1), (cls.nia, "site_officer", cls.pen1),
        ):  # fmt: skip
            if not hasattr(who, "account"):
                account(who, str(who.number))
            grant(who, role, unit)

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.enterContext(with_keys())
        self.log: io.StringIO = heard(self)
        self.host = self.enterContext(hosting(says(204)))
        self.desk, settings = self.enterContext(office())
        self.enterContext(settings)
        self.enterContext(override_settings(KEEPWELL_EGRESS_ALLOW=frozenset({f"127.0.0.1:{self.host.port}"})))
        self.abroad()
        self.planted = planted(self.khh1, knows=self.ben, elsewhere=self.pen1)
        self.settled()

    def abroad(self) -> None:
        """A program and a chat room that read all that Hugo may."""
        slugs = [slug for slug, one in REGISTERS.items() if one.is_tracked()]
        with acting(TELLER, "story.abroad"):
            hook = Webhook(
                name="siem", unit=self.group, url=f"{self.host.url}/hook", reader=self.hugo, registers=slugs
            )
            room = Channel(name="room", unit=self.group, purpose="Talk.", reader=self.hugo)
            hook.save(), room.save()
        hooks.new_secret(hook)
        chat.set_address(room, f"json://127.0.0.1:{self.host.port}/room")
        hooks.gather()

    def settled(self) -> None:
        """All that the house does by itself about it, and for days after."""
        with acting(TELLER, "story.owe"):
            owe(
                self.ben,
                "Look at %(record)s",
                record=self.planted.incident,
                by_day=NOW.date() - timedelta(days=3),
            )
        sequencer.seal()
        hooks.gather()
        hooks.deliver("tester")
        chat.gather(NOW.date())
        chat.say("tester")
        while run_one():
            pass
        delivered()
        catch_up()
        sequencer.seal()

    def found_in(self, told: Any) -> set[str]:
        return {place for word, place in self.planted.words.items() if word in told}

    def read_by(self, who: Person) -> dict[str, set[str]]:
        """By each door through which anything came out to `who`, what."""
        self.sign_in(who)
        return {door: found for door, text in self.walked() if (found := self.found_in(text))}

    def test_stand_in_every_text_of_all_that_hangs_on_it(self) -> None:
        """A new column must be planted, or be told why nobody writes into it."""
        texts = {f"{of.__name__}.{name}" for of in behind() for name in (*texts_of(of), *columns_of(of))}
        self.assertEqual(texts - set(self.planted.words.values()), set())

    def test_stand_in_the_names_of_files_and_in_columns_that_hold_more_than_a_text(self) -> None:
        self.assertLessEqual({"File.name", "ReportFile.name", *JSONS}, set(self.planted.words.values()))

    def test_reach_none_who_may_not_know_it_by_any_page_or_file(self) -> None:
        few = (self.sam, self.hugo, self.gina)
        for who in rounds(few, (*few, self.nia, self.cleo, self.dan, self.faye, self.ada)):
            with self.subTest(who.name):
                self.assertEqual(self.read_by(who), {})

    def test_leave_the_house_to_nobody_else(self) -> None:
        told = [body.decode() for _verb, _path, _headers, body in self.host.asked]
        self.assertEqual([body for body in told if self.found_in(body)], [])
        others = [str(mail) for mail in self.desk.taken if self.ben.mail not in str(mail["To"])]
        self.assertEqual([mail for mail in others if self.found_in(mail)], [])
        # The mail server of the test tells of the letters to Ben in the same log.
        ours = [line for line in self.log.getvalue().splitlines() if '"logger": "mail.log"' not in line]
        self.assertEqual([line for line in ours if self.found_in(line)], [])

    def test_in_an_entry_that_is_marked_narrower_are_found_by_no_search(self) -> None:
        """All know the incident again; what stands in one entry of it is for who is named."""
        self.lifted()
        entry = self.planted.rows[TimelineEntry]
        entry.refresh_from_db()
        with acting(TELLER, "story.mark"):
            entry.tlp = Incident.Tlp.RED
            entry.save()
        self.settled()
        words = {word for word, place in self.planted.words.items() if place.startswith("TimelineEntry.")}
        asked = [path for path in self.paths() if "?q=" in path]
        for who, is_read in ((self.hugo, False), (self.gina, False), (self.sam, False), (self.ben, True)):
            self.sign_in(who)
            found = {
                path for path in asked for text in [self.asked(path)] if any(word in text for word in words)
            }
            self.assertEqual(bool(found), is_read, (who.name, found))

    def lifted(self) -> None:
        """Let everybody know the incident who holds a right where it lies."""
        incident = Incident.objects.get(pk=self.planted.incident.pk)
        rules.name_person(incident, by=self.ben, person=self.ada, reason="To lift it.")
        rules.lift(incident, by=self.ada, reason="Over.")

    def test_would_be_seen_if_they_came_out(self) -> None:
        """The same walk shows who may know it almost every word; and others, where nothing keeps them from it."""
        shown = set().union(*self.read_by(self.ben).values())
        self.assertGreater(len(shown), SHOWN, sorted(set(self.planted.words.values()) - shown))
        self.planted.incident.refresh_from_db()
        self.lifted()
        self.settled()
        doors = self.read_by(self.hugo)
        for door in ("/incidents/", "/api/incidents", "/incidents/take-out.csv", "/incidents/take-out.xlsx"):
            self.assertIn("Incident.title", doors.get(door, set()), door)
        self.assertGreater(len(doors), SHOWN)
