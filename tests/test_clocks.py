"""R40: machines whose clocks are five minutes ahead or behind share one installation, and it harms nobody: sessions,
codes of apps, checkpoints, reminders and digests. Leases and the queue are tried in test_poison."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import time_machine
from django.db import connection
from django.test import TestCase

from keepwell.kernel import moments
from keepwell.platform.history import sequencer
from keepwell.platform.history.acting import acting
from keepwell.platform.history.ledger import Checkpoint
from keepwell.platform.identity import totp
from keepwell.platform.identity.tests.stories import PASSWORD, Signing, code_of
from keepwell.platform.notices import due
from keepwell.platform.notices.models import Notice
from keepwell.platform.notices.preferences import choose
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.notices.tests.test_sending import Mailing
from keepwell.platform.todos.owing import owe
from tests.cast import TELLER, Cast

SKEW = timedelta(minutes=5)
AHEAD, RIGHT, BEHIND = SKEW, timedelta(), -SKEW
START = datetime.now(UTC)


@contextmanager
def on_a_machine(skew: timedelta, after: timedelta = timedelta()) -> Iterator[None]:
    """Inside it is `after` later than the test began, by a clock that is `skew` off; the database's is right."""
    with time_machine.travel(START + after + skew, tick=True):
        yield


class ASession(Signing, TestCase):
    def test_of_somebody_at_work_goes_on_whichever_machine_answers(self) -> None:
        with on_a_machine(AHEAD):
            self.enter(password=PASSWORD)
        for minute in range(0, 40, 19):
            for skew in (BEHIND, AHEAD):
                with on_a_machine(skew, timedelta(minutes=minute)):
                    self.assertTrue(self.is_in(), f"{minute} minutes, {skew}")

    def test_that_is_left_alone_ends_five_minutes_late_at_most(self) -> None:
        for entered, asked in ((AHEAD, BEHIND), (RIGHT, RIGHT)):
            with on_a_machine(entered):
                self.enter(password=PASSWORD)
            with on_a_machine(asked, timedelta(minutes=31) + 2 * SKEW):
                self.assertFalse(self.is_in())


class ACode(Signing, TestCase):
    def test_is_good_on_a_machine_whose_clock_is_off_if_the_databases_is_right(self) -> None:
        for who, skew in ((self.ada, AHEAD), (self.ben, BEHIND)):
            seed = self.enrol(who)
            app = code_of(seed)
            with on_a_machine(skew):
                is_shared = connection.vendor != "sqlite"  # the embedded one has the machine's own
                self.assertEqual(totp.accepts(who.account, app), is_shared)
                self.assertTrue(totp.accepts(who.account, code_of(seed, steps=1)) or is_shared)

    def test_is_good_once_though_the_clock_is_set_back(self) -> None:
        seed = self.enrol(self.ben)
        step = int(totp.shared_seconds()) // totp.STEP_SECONDS
        self.assertTrue(totp.accepts(self.ben.account, totp.code_at(seed, step)))
        for skew in (AHEAD, BEHIND, RIGHT):
            with on_a_machine(skew):
                self.assertFalse(totp.accepts(self.ben.account, totp.code_at(seed, step)))


class ACheckpoint(Cast, TestCase):
    def test_is_signed_within_a_minute_after_a_machine_that_was_ahead_is_gone(self) -> None:
        with on_a_machine(AHEAD):
            sequencer.advance()
        before = Checkpoint.objects.count()
        self.rename("Eva Lin")
        with on_a_machine(RIGHT, timedelta(seconds=60)):
            sequencer.advance()
        self.assertEqual(Checkpoint.objects.count(), before + 1)

    def test_covers_every_row_whoever_signs(self) -> None:
        for number, skew in enumerate((AHEAD, BEHIND, RIGHT, BEHIND, AHEAD)):
            self.rename(f"Eva {number}")
            with on_a_machine(skew, timedelta(minutes=number)):
                sequencer.advance()
        sizes = list(Checkpoint.objects.order_by("pk").values_list("size", flat=True))
        self.assertEqual(sizes, sorted(set(sizes)))

    def rename(self, name: str) -> None:
        with acting(TELLER, "person.edit"):
            self.eva.name = name
            self.eva.save()


class ANotice(Mailing):
    def test_reminds_once_at_each_stage_whichever_machine_looks_around_midnight(self) -> None:
        with acting(TELLER, "test.owe"):
            debt = owe(self.ben, "Look at %(record)s", record=self.khh1, by_day=date(2026, 1, 30))
        for stage in reversed(due.STAGES):
            midnight = datetime.combine(debt.by_day - timedelta(days=stage), time(), UTC)
            for skew in (AHEAD, BEHIND, RIGHT):
                with moments.standing_at(midnight + skew):
                    due.remind(moments.today())
        self.assertEqual(
            Notice.objects.filter(person=self.ben, kind="todo.reminder").count(), len(due.STAGES)
        )

    def test_comes_in_one_mail_whichever_machine_writes_and_sends_around_the_hour(self) -> None:
        choose(self.ben, digest_hour=7, ways={"todo.new": "digest"})
        seven = datetime(2025, 11, 14, 23, tzinfo=UTC)  # in Taipei
        for number, skew in enumerate((AHEAD, BEHIND, RIGHT, BEHIND, AHEAD, RIGHT)):
            now = seven + timedelta(minutes=2 * number - 6)
            message = Message(
                "todo.new", f"clock:{number}", "Look at number %(n)s.", {"n": number}, url="/due/"
            )
            tell([self.ben], message, now=now + skew)
            self.send(now - skew)
        self.send(seven + timedelta(days=2))
        self.assertEqual(set(self.states()), {"sent"})
        texts = [next(letter.iter_parts()).get_content() for letter in self.desk.taken]
        told = [sum(f"number {number}." in text for text in texts) for number in range(6)]
        self.assertEqual(told, [1] * 6)
