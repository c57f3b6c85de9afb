"""R9: a word in every text of a restricted incident, and of all that hangs on it, comes out by no door to anybody who may
not know it, whatever rights they hold: no page, file, search, feed, document, mail, hook, chat or log."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import TestCase, override_settings

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import (
    ExposureAnswer,
    ImplicatedPerson,
    Incident,
    IncidentCost,
    IncidentNotice,
    IncidentReview,
    IncidentTask,
    Indicator,
    NamedPerson,
    Report,
    ResponseMeeting,
    TimelineEntry,
)
from keepwell.areas.incidents.rules import proving
from keepwell.areas.incidents.tests.crawling import ALL, Crawling
from keepwell.areas.incidents.tests.planted import JSONS, Planted, behind, columns_of, planted, texts_of
from keepwell.kernel import moments
from keepwell.platform.egress.tests.listeners import hosting, says
from keepwell.platform.evidence.models import Link
from keepwell.platform.history import sequencer
from keepwell.platform.history.acting import acting
from keepwell.platform.history.tests.sealed import with_keys
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.notices import chat, hooks
from keepwell.platform.notices.abroad import Channel, Webhook
from keepwell.platform.notices.tests.post import delivered, office
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.people.tokens import Narrowness, issue
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.search.indexing import catch_up
from keepwell.platform.todos.owing import owe
from tests.cast import NOW, TELLER, Cast, account, grant, person
from tests.machine import rounds
from tests.test_canaries import heard

OWN = (
    TimelineEntry,
    Indicator,
    IncidentTask,
    IncidentCost,
    ResponseMeeting,
    IncidentNotice,
    IncidentReview,
    ExposureAnswer,
)
"""What belongs to the incident and has a mark of its own, beside reports and what proves something."""
WITH_THEM = (
    "Report", "ReportWord", "ReportFile", "ReportPicture", "ReceivedMail", "AnswerMail", "ReceiptMail", "Piece", "Version",
    "File", "CustodyEntry", "Link", "MeetingMail", "NoticeMail", "content",
)  # fmt: skip
MARKED = rf"({'|'.join((*(one.__name__ for one in OWN), *WITH_THEM))})\b"
"""What of the words stands in what has a mark of its own, or is kept with it."""
OF_MARKED = (
    "(/api)?/(incidents|incident-reviews|reports|report-words|files-of-reports|evidence|custody-entries|search|indicators"
    "|timeline-entries|incident-tasks|incident-costs|response-meetings|incident-notices|exposure-answers|received-mails)"
)
NONE = slice(0)
FEW = rounds(slice(0, None, 16), ALL)
QUARTER = rounds(slice(0, None, 4), ALL)
of_the_walk: Callable[[Any], Any] = rounds(pytest.mark.sqlite, lambda test: test)
"""What says something about the walk, not about a database: gone on both in a long test alone."""
SHOWN = 60
"""How many of the words at least who may know them reads by the same walk, and by how many doors others would."""


@pytest.mark.slow
class Canaries(Crawling, Cast, TestCase):
    """Ben alone knows the incident at KHH1 that touches PEN1. Nia is officer of PEN1; Gina of KHH1, and administers it;
    Hugo audits the group; Faye, from outside, is officer of KHH1 too. So are Olga, who was named for it until yesterday,
    and Ines, who is named, and whom it concerns. A service account reads incidents of the group by a narrow token."""

    planted: Planted

    @classmethod
    def build_people(cls) -> None:
        super().build_people()
        cls.gina = person("A0000007", "Gina Ho", cls.khh1)
        cls.faye = person("X0000008", "Faye Roth", cls.group, kind="external", responsible=cls.ada)
        cls.hugo = person("A0000009", "Hugo Lee", cls.group)
        cls.nia = person("A0000010", "Nia Lim", cls.pen1)
        cls.olga = person("A0000011", "Olga Ong", cls.khh1)
        cls.ines = person("A0000012", "Ines Ma", cls.khh1)
        cls.siem = person("siem", "Reader of the SIEM", cls.group, kind="machine", mail="")
        grant(cls.siem, "auditor", cls.group)
        cls.secret = issue(cls.siem, less=Narrowness(scopes={"incidents": Level.VIEW}, read_only=True))
        for who, role, unit in (
            (cls.gina, "site_officer", cls.khh1), (cls.gina, "administrator", cls.khh1), (cls.hugo, "auditor", cls.group),
            (cls.faye, "site_officer", cls.khh1), (cls.nia, "site_officer", cls.pen1),
            (cls.olga, "site_officer", cls.khh1), (cls.ines, "site_officer", cls.khh1),
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
        self.named_besides()

    def named_besides(self) -> None:
        """Name Olga until yesterday, and Ines, out of which she is kept."""
        incident = self.planted.incident
        concerning = self.planted.rows[ImplicatedPerson]
        with acting(TELLER, "story.name"):
            NamedPerson(incident=incident, person=self.olga, by=self.ben, reason="Once.", since=NOW - timedelta(days=9),
                        until=NOW - timedelta(days=1)).save()  # fmt: skip
            NamedPerson(incident=incident, person=self.ines, by=self.ben, reason="Too early.").save()
            concerning.person = self.ines
            concerning.save()

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

    def read_by(self, who: Person, share: slice = ALL) -> dict[str, set[str]]:
        """By each door through which anything came out to `who`, what."""
        if who.kind != Person.Kind.MACHINE:
            self.sign_in(who)
            return self.told_by(share)
        self.client.logout()
        self.token = self.secret
        try:
            return self.told_by(share)
        finally:
            self.token = ""

    def told_by(self, share: slice) -> dict[str, set[str]]:
        return {door: found for door, text in self.walked(share) if (found := self.found_in(text))}

    def test_stand_in_every_text_of_all_that_hangs_on_it(self) -> None:
        """A new column must be planted, or be told why nobody writes into it."""
        texts = {f"{of.__name__}.{name}" for of in behind() for name in (*texts_of(of), *columns_of(of))}
        self.assertEqual(texts - set(self.planted.words.values()), set())

    def test_stand_in_the_names_of_files_and_in_columns_that_hold_more_than_a_text(self) -> None:
        self.assertLessEqual({"File.name", "ReportFile.name", *JSONS}, set(self.planted.words.values()))

    def test_reach_none_who_may_not_know_it_by_any_page_or_file(self) -> None:
        """Each asks for all of the incident itself and of the rest for a share, in a long test for everything."""
        self.settled()
        everybody = (self.sam, self.hugo, self.gina, self.olga, self.ines, self.nia, self.faye, self.siem)
        more = rounds((), (self.cleo, self.dan, self.eva, self.ada))
        for number, who in enumerate((*everybody, *more)):
            with self.subTest(who.name):
                share = rounds(slice(number, None, len(everybody)), ALL)
                self.assertEqual(self.read_by(who, share), {})

    def test_leave_the_house_to_nobody_else(self) -> None:
        self.settled()
        told = [body.decode() for _verb, _path, _headers, body in self.host.asked]
        self.assertEqual([body for body in told if self.found_in(body)], [])
        others = [str(mail) for mail in self.desk.taken if self.ben.mail not in str(mail["To"])]
        self.assertEqual([mail for mail in others if self.found_in(mail)], [])
        # The mail server of the test tells of the letters to Ben in the same log.
        ours = [line for line in self.log.getvalue().splitlines() if '"logger": "mail.log"' not in line]
        self.assertEqual([line for line in ours if self.found_in(line)], [])

    def test_in_an_entry_that_is_marked_narrower_are_found_by_no_search(self) -> None:
        """All know the incident again; what stands in one entry of it is for who is named."""
        self.settled()
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

    def test_stand_in_all_that_has_a_mark_of_its_own(self) -> None:
        """A new record with a mark must be marked here too."""
        marked = {of for of in behind() if any(one.name == "tlp" for one in of._meta.concrete_fields)}
        self.assertEqual(marked - {Incident, Report, Link}, set(OWN))
        self.assertEqual({of for of in OWN if of not in self.planted.rows}, set())

    def test_in_what_is_marked_narrower_reach_none_from_whom_it_is_kept(self) -> None:
        """All know the incident again; all that may be marked in it is for nobody from outside, then for who is named."""
        self.lifted()
        kept = {place for place in self.planted.words.values() if re.match(MARKED, place)}
        self.assertGreater(len(kept), 40)
        self.nearest = OF_MARKED
        mark_all(self.planted, Incident.Tlp.STRICT, self.ben)
        self.settled()
        self.assert_kept(kept, (self.faye,))
        # The same walk shows something of each kind to whom none of it is kept back.
        shown = set().union(*self.read_by(self.hugo, NONE).values())
        every, those = ({place.partition(".")[0] for place in places} for places in (kept, shown & kept))
        self.assertEqual((every - those) & {one.__name__ for one in OWN}, set())
        mark_all(self.planted, Incident.Tlp.RED, self.ben)
        self.settled()
        self.assert_kept(kept, (self.hugo, self.siem, *rounds((), (self.faye, self.gina))))

    def assert_kept(self, kept: set[str], strangers: tuple[Person, ...]) -> None:
        for who in strangers:
            with self.subTest(who.name):
                found = {door: told & kept for door, told in self.read_by(who, FEW).items() if told & kept}
                self.assertEqual(found, {})

    def lifted(self) -> None:
        """Let everybody know the incident who holds a right where it lies."""
        incident = Incident.objects.get(pk=self.planted.incident.pk)
        rules.name_person(incident, by=self.ben, person=self.ada, reason="To lift it.")
        rules.lift(incident, by=self.ada, reason="Over.")

    @of_the_walk
    def test_would_be_seen_if_they_came_out(self) -> None:
        """The same walk shows who may know it almost every word; and others, where nothing keeps them from it."""
        self.settled()
        shown = set().union(*self.read_by(self.ben, QUARTER).values())
        self.assertGreater(len(shown), SHOWN, sorted(set(self.planted.words.values()) - shown))
        self.planted.incident.refresh_from_db()
        self.lifted()
        self.settled()
        doors = self.read_by(self.hugo, QUARTER)
        for door in ("/incidents/", "/api/incidents", "/incidents/take-out.csv", "/incidents/take-out.xlsx"):
            self.assertIn("Incident.title", doors.get(door, set()), door)
        self.assertGreater(len(doors), SHOWN)


def mark_all(planted: Planted, tlp: Incident.Tlp, by: Person) -> None:
    """Let `by` mark a report, both pieces of evidence and all else in the incident that has a mark."""
    rows = planted.rows
    incident = Incident.objects.get(pk=planted.incident.pk)
    rules.mark_report(Report.objects.get(pk=rows[Report].pk), by=by, tlp=tlp, reason="Names.")
    for link in Link.objects.current().filter(record_id=incident.pk).select_related("piece"):
        proving.mark_evidence(incident, by=by, evidence=str(link.piece.reference), tlp=tlp, reason="Names.")
    with acting(TELLER, "story.mark"):
        for of in OWN:
            for row in of.objects.filter(**{of.way_to_incident: incident}):
                row.tlp = tlp
                row.save()
