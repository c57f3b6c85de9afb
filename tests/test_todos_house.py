"""Every kind of todo in the house is told, passed on, escalated and handed on when somebody leaves, under one name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.test import TestCase, override_settings
from django.utils import timezone
from icalendar import Calendar

from keepwell.areas.administration.tests.samples import group_rules
from keepwell.areas.assurance.tests.samples import certificates
from keepwell.areas.incidents.models import IncidentNotice, NoticeFact
from keepwell.areas.incidents.rules import notices
from keepwell.areas.incidents.tests.test_notices import Noticing
from keepwell.kernel import moments
from keepwell.platform.evidence.models import Finding
from keepwell.platform.exchange.models import Batch
from keepwell.platform.history.acting import acting
from keepwell.platform.history.noting import note
from keepwell.platform.identity.alarm import USED
from keepwell.platform.identity.models import Stranger
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.notices import chat, feeds
from keepwell.platform.notices.abroad import Channel, ChatMessage
from keepwell.platform.notices.due import escalate, next_level, remind
from keepwell.platform.notices.models import Notice
from keepwell.platform.people.models import Outsider, Person, Service
from keepwell.platform.todos import rules
from keepwell.platform.todos.duties import DUTIES, who_owe
from keepwell.platform.todos.keeping import reckon
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.owing import heard, settled
from keepwell.platform.todos.todo import due_from, lent
from tests.cast import TELLER, account, grant, person

LATER = timedelta(days=60)


def kept() -> set[str]:
    """The kinds of which rows are kept; those of what is told without a name have tests of their own."""
    traceless = {name for name, duty in DUTIES.items() if duty.leaves_no_trace}
    assert traceless == {"disclosures.unread", "disclosures.unheard"}
    return set(DUTIES) - traceless


@override_settings(KEEPWELL_BACKUP_FOLDER="/backup", KEEPWELL_SCAN="")
class EveryTodo(Noticing, TestCase):
    """One of each kind that follows from how records stand stands, at KHH1 where it lies at a site."""

    def setUp(self) -> None:
        super().setUp()
        with acting(TELLER, "story.begin"):
            self.people()
            self.access()
            self.work()
        self.certificate()
        # Of another one nobody knows whether the customer's clause, which names no facts, asks for a notice.
        other = self.report("Masks copied", self.khh1)
        self.classify(other, effect=True, customer_data=False, supply_interrupted=False)
        self.save(NoticeFact(incident=self.incident, factor="significant_incident", holds=True))
        notice = notices.draft(
            self.clocks()["nis2-notification"], by=self.ben, language=IncidentNotice.Language.ENGLISH
        )
        notices.write(notice, by=self.ben, recipient="CSIRT", subject="Notice", contents={})
        self.today = moments.today("Asia/Taipei")
        self.debts = reckon(self.today)

    def people(self) -> None:
        """Fay stands beside Ada over the group, Gil runs the platform at the site, Hal was here until yesterday."""
        self.fay, self.gil = (
            person("A0000007", "Fay Wu", self.group),
            person("A0000008", "Gil Lee", self.khh1),
        )
        self.hal = person("A0000009", "Hal Ng", self.khh1, employed_until=date(2025, 11, 12))
        for who, name in ((self.fay, "fay"), (self.gil, "gil")):
            account(who, name)
        grant(self.fay, "group_ciso", self.group)
        grant(self.fay, "administrator", self.group)
        grant(self.gil, "administrator", self.khh1)

    def access(self) -> None:
        """A guest whose stay ends, a guest and a machine for whom nobody answers, and what waits for a second person."""
        facts = {"unit": self.khh1, "unit_since": date(2025, 1, 1), "employed_from": date(2025, 1, 1)}
        soon = date(2025, 11, 20)
        stays = Outsider(
            number="X1", name="Ida Roth", kind="external", responsible=self.eva, employed_until=soon, **facts
        )
        lost = Outsider(number="X2", name="Jon Oke", kind="external", responsible=self.hal, **facts)
        machine = Service(number="M1", name="Tickets", kind="machine", responsible=self.hal, **facts)
        for one in (stays, lost, machine):
            one.save()
            grant(Person.objects.get(pk=one.pk), "employee", self.khh1)
        waiting = {"standing": "proposed", "proposed_by": self.cleo, "proposed_on": date(2025, 11, 13)}
        grant(self.eva, "site_officer", self.khh1, **waiting)
        rule = group_rules(self.khh1, self.eva)
        for name, value in waiting.items():
            setattr(rule, name, value)
        rule.save()

    def work(self) -> None:
        """What the machine itself asks for: glass broken, a stranger, a damaged file, rows and a job left over."""
        note(self.ben, USED, kind="event")
        Stranger.objects.create(provider="idp", issuer="i", subject="s", last_at=timezone.now())
        Finding.objects.create(kind=Finding.Kind.values[0], name="a" * 64, found_at=moments.now())
        self.strange("lms")
        Job.objects.create(name="x.y", state="dead", finished_at=moments.now(), person_id=self.eva.pk)

    def certificate(self) -> None:
        with acting(TELLER, "story.certify"):
            found: Any = certificates(self.khh1, self.eva)
            found.valid_until = moments.today() + timedelta(days=20)
            found.save(links={"sites": [self.khh1]})
        self.certified = found

    def each(self) -> Iterator[tuple[Debt, Person]]:
        """Every todo with the first to whom it falls."""
        falling = who_owe(self.debts)
        for debt in self.debts:
            self.assertTrue(falling[debt.pk], f"{debt.what} falls to nobody")
            yield debt, falling[debt.pk][0]

    def due(self, who: Person) -> set[UUID]:
        return {todo.debt for todo in due_from(who, self.today)}

    def test_is_of_a_kind_that_stands_here(self) -> None:
        self.assertEqual({debt.duty for debt in self.debts}, kept())
        self.assertEqual(len({debt.pk for debt in self.debts}), len(self.debts))
        for who in (self.sam, self.dan):
            self.assertTrue(self.due(who).isdisjoint(debt.pk for debt in self.debts))

    def test_is_kept_once_and_ends_with_its_cause(self) -> None:
        self.assertEqual(reckon(self.today), [])
        Stranger.objects.all().delete()
        reckon(self.today)
        stranger = Debt.objects.get(duty="identity.strangers")
        self.assertFalse(stranger.is_open)
        Stranger.objects.create(provider="idp", issuer="i", subject="s", last_at=timezone.now())
        self.assertEqual([debt.pk for debt in reckon(self.today)], [stranger.pk])
        self.assertTrue(Debt.objects.get(pk=stranger.pk).is_open)

    def test_is_passed_on_and_taken_back(self) -> None:
        for debt, who in self.each():
            to = self.ada if who == self.fay else self.fay
            with self.subTest(debt.what):
                rules.delegate(debt, by=who, to=to, note="I am away")
                self.assertNotIn(debt.pk, self.due(who))
                self.assertIn(debt.pk, self.due(to))
                self.assertIn(debt.pk, {one.pk for one, _todo in lent(who)})
                rules.take_back(debt, by=who)
                self.assertIn(debt.pk, self.due(who))

    def test_is_passed_on_before_it_is_kept(self) -> None:
        debt, who = next((one, first) for one, first in self.each() if one.duty == "assurance.ending")
        with acting(TELLER, "story.settle"):
            self.assertEqual(settled(self.certified), 1)
        self.sign_in(who)
        self.assertContains(self.client.get("/due/"), f"/due/{debt.pk}/pass-on/")
        self.client.post(f"/due/{debt.pk}/pass-on/", {"to": self.fay.number, "how": "now"})
        self.assertEqual(Debt.objects.open().get(pk=debt.pk).delegate, self.fay)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(f"/due/{debt.pk}/pass-on/").status_code, 404)

    def test_is_in_the_calendar_under_a_name_of_its_own(self) -> None:
        for who in {who.pk: who for _debt, who in self.each()}.values():
            named = [
                str(one["UID"]).partition("@")[0]
                for one in Calendar.from_ical(feeds.calendar(who)).walk("VEVENT")
            ]
            self.assertEqual(len(named), len(set(named)))
            mine = {str(debt.pk) for debt, first in self.each() if first == who and debt.by_day}
            self.assertLessEqual(mine, set(named))

    def test_is_told_when_it_is_new_or_near_or_late(self) -> None:
        heard(*(debt for debt in self.debts if not DUTIES[debt.duty].is_told_elsewhere))
        remind(self.today)
        remind(self.today + timedelta(days=30))
        told = set(Notice.objects.exclude(debt_id=None).values_list("debt_id", "person"))
        for debt, who in self.each():
            self.assertIn((debt.pk, who.pk), told, debt.what)

    def test_is_said_in_the_room_when_it_is_late(self) -> None:
        with acting(TELLER, "story.room"):
            channel = Channel(name="room", unit=self.group, reader=self.fay)
            channel.save()
        chat.set_address(channel, "json://127.0.0.1:9/room")
        day = self.today + LATER
        chat.gather(day)
        said = {
            one.debt_id: chat.text_of(one) or ""
            for one in ChatMessage.objects.select_related("channel__reader")
        }
        for debt, _who in self.each():
            if debt.by_day:
                self.assertIn("Overdue since", said.get(debt.pk, ""), debt.what)

    def test_is_told_to_the_next_level_up_when_it_was_left(self) -> None:
        escalate(self.today + LATER)
        told = set(Notice.objects.filter(kind="todo.escalated").values_list("debt_id", flat=True))
        for debt, _who in self.each():
            above = next_level(debt)
            self.assertTrue(above or debt.unit == self.group, f"nobody stands above {debt.what}")
            self.assertEqual(debt.pk in told, bool(above and debt.by_day), debt.what)

    def test_is_owed_by_who_comes_next_when_somebody_leaves(self) -> None:
        for debt, who in self.each():
            rules.delegate(debt, by=who, to=self.fay if who != self.fay else self.ada)
        gone = [self.ben, self.eva, self.gil, self.fay]
        for who in gone:
            with acting(TELLER, "story.leave"):
                who.refresh_from_db()
                who.employed_until = date(2025, 11, 12)
                who.save()
        rules.hand_over_orphans(self.today)
        reckon(self.today)
        open_ = Debt.objects.open().filter(record_id__in=[debt.record_id for debt in self.debts])
        ada = self.due(self.ada)
        for debt in self.debts:
            # What somebody answered for in person is from then on to be handed over; of jobs the group's todo tells.
            same = {one.pk for one in open_ if one.record_id == debt.record_id}
            jobs = {one.pk for one in self.debts if one.duty == debt.duty == "administration.dead"}
            self.assertTrue(ada & (same | jobs), debt.what)

    def test_that_is_new_is_told_by_the_round_but_not_by_the_first(self) -> None:
        self.strange("first")
        self.round()
        self.assertEqual(self.told("first.csv"), set())
        self.strange("second")
        self.round()
        self.assertEqual(self.told("second.csv"), {self.ada.pk, self.fay.pk, self.gil.pk})

    def strange(self, name: str) -> None:
        """A delivery with a row that meets nothing known."""
        Batch.objects.create(
            register="completions", unit=self.khh1, file_name=f"{name}.csv", sha256=name.ljust(64, "0"), size_bytes=1,
            at=moments.now(), state="applied", unmatched=1,
        )  # fmt: skip

    def told(self, words: str) -> set[UUID]:
        """Who was told of something new with `words`."""
        told = Notice.objects.filter(kind="todo.new")
        return {one.person_id for one in told if words in one.facts["what"]["en"]}

    def round(self) -> None:
        enqueue("todos.keep")
        while run_one():
            pass
