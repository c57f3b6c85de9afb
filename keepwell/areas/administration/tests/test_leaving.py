"""Days of a grant are days where its unit is, and what somebody may do ends with their last day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.test import TestCase

from keepwell.areas.administration.jobs import end_leavers
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.leaving import has_left
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.people.tokens import issue, person_of
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, Cast, grant, unit

LAST = date(2025, 6, 30)
ZONES = {"Asia/Taipei": 8, "America/Los_Angeles": -7, "Pacific/Kiritimati": 14}


class Task:
    """What a job sees, without a row."""

    def progress(self, *_args: object, **_more: object) -> None:
        """Nobody looks."""


class DaysOfAGrant(Cast, TestCase):
    def holds(self, at: Unit, moment: datetime) -> tuple[bool, bool]:
        """Whether Sam may view training at `at` at that moment, by the database and by the row itself."""
        with moments.standing_at(moment):
            own = Grant.objects.select_related("unit", "person__unit").get(person=self.sam, unit=at)
            return may(self.sam, "awareness", Level.VIEW, at), own.is_in_force

    def test_begin_and_end_at_midnight_where_the_unit_is(self) -> None:
        for zone, offset in ZONES.items():
            with self.subTest(zone):
                with acting(TELLER, "cast.enter"):
                    at = unit(f"Z{offset + 20}", zone, "site", self.mat, time_zone=zone)
                    grant(self.sam, "auditor", at, since=LAST, until=LAST)
                begins = datetime(2025, 6, 30, tzinfo=UTC) - timedelta(hours=offset)
                ends, second = begins + timedelta(days=1), timedelta(seconds=1)
                found = [self.holds(at, m) for m in (begins - second, begins, ends - second, ends)]
                self.assertEqual(found, [(False, False), (True, True), (True, True), (False, False)])


class Leaving(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "hr.import"):
            ben = Person.objects.get(pk=cls.ben.pk)
            ben.employed_until = LAST
            ben.save()

    def setUp(self) -> None:
        self.secret = issue(self.ben)

    def at(self, hours: float) -> datetime:
        """So long after the end of the last day in Kaohsiung."""
        return datetime(2025, 6, 30, 16, tzinfo=UTC) + timedelta(hours=hours)

    def test_ends_rights_and_tokens_with_the_last_day_where_the_person_works(self) -> None:
        for hours, holds in ((-0.1, True), (0.1, False)):
            with moments.standing_at(self.at(hours)):
                ben = Person.objects.get(pk=self.ben.pk)
                found = (may(ben, "assurance", Level.EDIT, self.khh1), person_of(self.secret) is not None)
                self.assertEqual((*found, not has_left(ben)), (holds, holds, holds))

    def test_sends_an_open_session_away_with_the_next_request(self) -> None:
        self.sign_in(self.ben)
        with moments.standing_at(self.at(-1)):
            self.assertEqual(self.client.get("/").status_code, 200)
        with moments.standing_at(self.at(1)):
            self.assertEqual(self.client.get("/").status_code, 302)

    def test_is_written_down_by_a_job_with_its_reason(self) -> None:
        with moments.standing_at(self.at(-1)):
            self.assertEqual(end_leavers(Task()), {"people": 0, "grants": 0})
        with moments.standing_at(self.at(1)):
            self.assertEqual(end_leavers(Task()), {"people": 1, "grants": 1})
            self.assertEqual(end_leavers(Task()), {"people": 0, "grants": 0})
        held = Grant.objects.get(person=self.ben)
        told = Change.objects.get(verb="grant.leave", record_id=held.pk)
        self.assertEqual((held.until, told.answers["reason"]), (LAST, "The last day is over."))
        self.ben.account.refresh_from_db()
        self.assertFalse(self.ben.account.is_active)

    def test_gives_nothing_back_to_who_returns(self) -> None:
        with moments.standing_at(self.at(1)), acting(TELLER, "hr.import"):
            end_leavers(Task())
            ben = Person.objects.get(pk=self.ben.pk)
            ben.employed_from = ben.unit_since = date(2025, 7, 1)
            ben.employed_until = None
            ben.save()
            self.assertFalse(may(ben, "assurance", Level.EDIT, self.khh1))
