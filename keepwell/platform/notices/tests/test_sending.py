"""R38 for mail: nothing is lost and nothing doubled, whatever the mail server does; a real one is asked."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any
from unittest.mock import patch
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone
from django.utils.translation import override

from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.jobs.models import Job
from keepwell.platform.notices import jobs, sight
from keepwell.platform.notices.models import Letter, Notice
from keepwell.platform.notices.preferences import choose
from keepwell.platform.notices.sending import STUCK, pause, send_waiting
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.notices.tests.post import Office, office, settings_for
from keepwell.platform.people.models import Person
from keepwell.platform.todos.owing import owe, settled
from tests.cast import NOW, TELLER, Cast
from tests.machine import rounds

START = datetime(2025, 11, 14, 1, 0, tzinfo=UTC)
LATER = START + timedelta(hours=1)


@contextmanager
def black_hole(*, accepts: bool) -> Iterator[int]:
    """The port of a mail server that is called and never says a word, for good."""
    with ExitStack() as open_, socket.create_server(("127.0.0.1", 0)) as server:
        if accepts:
            taking = Thread(target=lambda: open_.enter_context(server.accept()[0]), daemon=True)
            taking.start()
        yield int(server.getsockname()[1])


class Mailing(Cast, TestCase):
    desk: Office

    def setUp(self) -> None:
        self.desk, settings = self.enterContext(office())
        self.enterContext(settings)
        self.enterContext(moments.standing_at(NOW))
        self.enterContext(override("en"))

    def tell(self, who: Person, number: int = 0, **more: Any) -> None:
        message = Message(
            "todo.new", f"test:{number}", "Look at number %(n)s", {"n": number}, url="/due/", **more
        )
        tell([who], message, now=START)

    def send(self, now: datetime = START) -> Any:
        return send_waiting("tester", now=now)

    def states(self) -> list[str]:
        return sorted(Letter.objects.values_list("state", flat=True))


class ALetter(Mailing):
    def test_says_in_plain_and_in_html_what_is_to_be_done_and_where(self) -> None:
        self.tell(self.ben)
        self.assertEqual(self.send().sent, 1)
        mail = self.desk.taken[0]
        self.assertEqual(
            (mail["To"], mail["Subject"]), ("a0000002@meridian.example", "Keepwell: Look at number 0")
        )
        plain, html = (part.get_content() for part in mail.iter_parts())
        for text in (plain, html):
            self.assertIn("https://kw.example/due/", text)
            self.assertIn("Look at number 0", text)
        self.assertEqual(mail["List-Unsubscribe"], "<https://kw.example/account/notices/>")
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")

    def test_loads_nothing_and_runs_nothing(self) -> None:
        told = {"n": "<img src=x onerror=alert(1)><script>\"'&"}
        tell([self.ben], Message("todo.new", "x", "Look at %(n)s", told, url="/due/"), now=START)
        self.send()
        html = list(self.desk.taken[0].iter_parts())[1].get_content()
        self.assertNotIn("<img", html)
        self.assertNotIn("<script", html)
        for sign in ("src=", "http://", "url(", "<style", "<link"):
            self.assertNotIn(sign, html.replace("src=x", ""))

    def test_has_no_headers_but_ours_whatever_a_record_is_called(self) -> None:
        for number, name in enumerate(
            ("a\r\nBcc: all@example", "a\nX: y", "a\x0bb", "a\u2028Bcc: x", "é" * 300)
        ):
            tell([self.ben], Message("todo.new", f"h{number}", "Look at %(n)s", {"n": name}), now=START)
        self.assertEqual(self.send().sent, 5)
        for mail in self.desk.taken:
            self.assertEqual((mail["Bcc"], mail["X"]), (None, None))
            self.assertEqual(len(mail.get_all("Subject")), 1)

    def test_is_in_the_language_of_its_reader(self) -> None:
        with acting(TELLER, "test.move"):
            self.ben.language = "zh-hant"
            self.ben.save()
        self.tell(self.ben)
        self.send()
        self.assertEqual(self.desk.taken[0]["Content-Language"], "zh-hant")
        self.assertIn("您好", list(self.desk.taken[0].iter_parts())[0].get_content())

    def test_is_told_once_however_often_it_is_said(self) -> None:
        for _turn in range(3):
            self.tell(self.ben)
        self.send()
        self.assertEqual((len(self.desk.taken), self.send().sent), (1, 0))

    def test_goes_to_nobody_who_left_or_cannot_sign_in(self) -> None:
        self.tell(self.ben)
        self.ben.account.is_active = False
        self.ben.account.save()
        self.assertEqual((self.send().dropped, self.desk.taken), (1, []))


class InAHurry(Mailing):
    """While every worker is at a long job."""

    def test_leaves_beside_jobs_once_it_has_waited_for_fifteen_seconds(self) -> None:
        self.tell(self.ben)
        self.tell(self.eva, 1)
        Letter.objects.filter(person=self.ben).update(next_at=timezone.now() - timedelta(seconds=9))
        Letter.objects.filter(person=self.eva).update(next_at=timezone.now() - timedelta(seconds=9))
        BESIDE["notices.hurry"].work()
        self.assertEqual(self.desk.taken, [])
        Letter.objects.filter(person=self.ben).update(next_at=timezone.now() - timedelta(seconds=16))
        BESIDE["notices.hurry"].work()
        self.assertEqual(self.states(), ["sent", "sent"])
        BESIDE["notices.hurry"].work()
        self.assertEqual(len(self.desk.taken), 2)

    def test_leaves_few_at_a_time_so_that_a_worker_can_end(self) -> None:
        for number in range(5):
            self.tell(self.ben, number)
        with patch.object(jobs, "AT_ONCE", 2):
            for taken in (2, 4, 5):
                BESIDE["notices.hurry"].work()
                self.assertEqual(len(self.desk.taken), taken)

    def test_asks_what_somebody_owes_once_for_all_their_letters(self) -> None:
        for number in range(4):
            self.tell(self.ben, number, due_on=NOW.date(), debt_id=uuid5(NAMESPACE_URL, str(number)))
        with patch.object(sight, "due_from", wraps=sight.due_from) as asked:
            self.assertEqual(self.send().dropped, 4)
            self.assertEqual(asked.call_count, 1)
            for _turn in range(2):
                self.assertEqual(list(sight.still_true(Notice.objects.all(), self.ben)), [])
            self.assertEqual(asked.call_count, 3)


class R7(Mailing):
    """What a reader may not see at the moment of sending is not told."""

    def owed(self) -> None:
        with acting(TELLER, "test.owe"):
            owe(self.eva, "Look at %(record)s", record=self.khh1, by_day=date(2025, 12, 1))
        Letter.objects.update(next_at=START, made_at=START)

    def test_a_right_that_was_taken_away_ends_the_letter(self) -> None:
        self.owed()
        with acting(TELLER, "test.end"):
            right = self.eva.grants.get()
            right.until = date(2025, 11, 1)
            right.save()
        self.assertEqual((self.send().dropped, self.desk.taken), (1, []))

    def test_a_thing_that_was_done_is_not_told_any_more(self) -> None:
        self.owed()
        with acting(TELLER, "test.do"):
            settled(self.khh1)
        self.assertEqual((self.send().dropped, self.desk.taken), (1, []))

    def test_else_it_is_told(self) -> None:
        self.owed()
        self.assertEqual(self.send().sent, 1)
        self.assertIn("Kaohsiung Assembly 1", self.desk.taken[0]["Subject"])

    def test_the_list_in_the_site_tells_nothing_either(self) -> None:
        self.owed()
        self.sign_in(self.eva)
        self.assertContains(self.client.get("/notices/"), "Look at Kaohsiung Assembly 1")
        with acting(TELLER, "test.end"):
            right = self.eva.grants.get()
            right.until = date(2025, 11, 1)
            right.save()
        self.sign_in(self.eva)
        self.assertNotContains(self.client.get("/notices/"), "Look at")


class ADigest(Mailing):
    def setUp(self) -> None:
        super().setUp()
        choose(self.ben, ways={"todo.new": "digest"})

    def test_is_one_letter_a_day_at_eight_by_the_readers_clock(self) -> None:
        for number in range(3):
            self.tell(self.ben, number)
        eight = datetime(2025, 11, 15, 0, 0, tzinfo=UTC)  # 08:00 in Taipei
        self.assertEqual(list(Letter.objects.values_list("next_at", "is_digest")), [(eight, True)])
        self.assertEqual(self.send(eight - timedelta(seconds=1)).sent, 0)
        self.assertEqual(self.send(eight).sent, 1)
        self.assertEqual(self.desk.taken[0]["Subject"], "Keepwell: 3 things for you")

    def test_comes_at_another_hour_if_one_likes(self) -> None:
        choose(self.ben, digest_hour=17, ways={})
        self.tell(self.ben)
        self.assertEqual(Letter.objects.get().next_at, datetime(2025, 11, 14, 9, 0, tzinfo=UTC))

    def test_begins_a_new_one_once_the_last_has_gone(self) -> None:
        self.tell(self.ben, 1)
        self.send(START + timedelta(days=1))
        tell([self.ben], Message("todo.new", "test:2", "Look"), now=START + timedelta(days=1))
        self.assertEqual(Letter.objects.count(), 2)


class AServer(Mailing):
    def test_that_says_421_puts_everything_off_and_nobody_is_given_up(self) -> None:
        self.desk.at_rcpt["*"] = "421 closing"
        for number in range(5):
            self.tell(self.ben, number)
        found = self.send()
        self.assertEqual((found.is_away, found.put_off, self.desk.tries), (True, 1, 1))
        self.desk.at_rcpt.clear()
        self.assertEqual(self.send(LATER).sent, 5)
        self.assertEqual(len(set(self.desk.ids())), 5)

    def test_that_says_550_is_believed_at_once_and_administrators_are_told(self) -> None:
        self.desk.at_rcpt["a0000002@meridian.example"] = "550 no such user"
        self.tell(self.ben)
        self.tell(self.eva)
        found = self.send()
        self.assertEqual((found.failed, found.sent), (1, 2))  # Eva, and Ada is told by mail too
        self.assertEqual(self.send(START + timedelta(days=2)).failed, 0)
        told = Notice.objects.get(person=self.ada)
        self.assertIn("Ben Tan", told.sentence())
        self.assertIn("550 no such user", told.sentence())

    def test_that_says_450_is_asked_again_later(self) -> None:
        self.desk.at_rcpt["*"] = "450 greylisted"
        self.tell(self.ben)
        self.assertEqual((self.send().put_off, self.states()), (1, ["waiting"]))
        self.desk.at_rcpt.clear()
        self.assertEqual((self.send(START).sent, self.send(LATER).sent), (0, 1))

    def test_that_hangs_is_left_after_its_time(self) -> None:
        self.desk.at_rcpt["*"] = "hang"
        self.tell(self.ben)
        self.assertTrue(self.send().is_away)
        self.desk.at_rcpt.clear()
        self.assertEqual(self.send(LATER).sent, 1)

    def test_that_takes_the_call_and_never_says_a_word_holds_up_nobody(self) -> None:
        self.tell(self.ben)
        self.tell(self.eva)
        for accepts in (0, 1):  # the system takes the call alone; a program takes it and is silent for good
            with black_hole(accepts=bool(accepts)) as port, settings_for(port):
                began = time.monotonic()
                found = self.send(START + accepts * timedelta(hours=1))
                self.assertEqual((found.is_away, found.sent, found.failed), (True, 0, 0))
                self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(self.states(), ["waiting", "waiting"])
        self.assertEqual(self.send(START + timedelta(hours=3)).sent, 2)
        self.assertEqual(len(self.desk.ids()), 2)

    def test_that_goes_away_after_data_gets_the_same_letter_again(self) -> None:
        self.desk.after_data = ["drop"]
        self.tell(self.ben)
        self.assertEqual(self.send().sent, 0)
        self.send(LATER)
        self.assertEqual((len(self.desk.taken), len(set(self.desk.ids()))), (2, 1))
        self.assertEqual(self.states(), ["sent"])

    def test_that_chokes_on_one_letter_gets_the_others(self) -> None:
        self.desk.after_data = ["drop"]
        for number in range(3):
            self.tell(self.ben, number)
        self.assertEqual(self.send().sent, 2)

    def test_that_is_away_for_a_day_loses_nothing_and_doubles_nothing(self) -> None:
        """24 hours by a simulated clock, a letter every hour; drained within 30 minutes of its return."""
        with settings_for(9):
            now = START
            for hour in range(24):
                tell(
                    [self.ben], Message("todo.new", f"day:{hour}", "Look at hour %(n)s", {"n": hour}), now=now
                )
                for _turn in range(each_hour := rounds(1, 6)):
                    self.send(now)
                    now += timedelta(minutes=60 / each_hour)
            self.assertEqual(self.states(), ["waiting"] * 24)
            self.assertTrue(Notice.objects.filter(person=self.ada, key=STUCK, read_at=None).exists())
            self.sign_in(self.ada)
            self.assertContains(self.client.get("/"), "Mail does not leave")
            self.sign_in(self.ben)
            self.assertNotContains(self.client.get("/"), "Mail does not leave")
        for _turn in range(3):
            self.send(now)
            now += timedelta(minutes=10)
        self.assertEqual(
            (self.states(), len(self.desk.taken), len(set(self.desk.ids()))), (["sent"] * 24, 24, 24)
        )
        self.assertFalse(Notice.objects.filter(key=STUCK, read_at=None).exists())

    def test_is_given_up_on_after_five_days(self) -> None:
        self.desk.at_rcpt["*"] = "450 later"
        self.tell(self.ben)
        self.send(START + timedelta(days=5, minutes=1))
        self.assertEqual(Letter.objects.get(person=self.ben).state, "failed")

    def test_is_waited_for_longer_each_time_twenty_minutes_at_most(self) -> None:
        self.assertEqual([pause(n).total_seconds() / 60 for n in (1, 2, 3, 6, 99)], [1, 2, 4, 20, 20])


class TwoSenders(Mailing):
    def test_never_hold_the_same_letter(self) -> None:
        self.tell(self.ben)
        first = next(Letter.objects.claimed("one", now=START))
        self.assertEqual(list(Letter.objects.claimed("two", now=START)), [])
        self.assertEqual(
            [x.pk for x in Letter.objects.claimed("two", now=START + timedelta(hours=1))], [first.pk]
        )
        self.assertFalse(first.finish(Letter.State.SENT))


class TheOutbox(Cast, TransactionTestCase):
    def test_is_written_with_its_cause_or_not_at_all(self) -> None:
        type(self).setUpTestData()
        with settings_for(9):
            try:
                with transaction.atomic(), acting(TELLER, "test.owe"):
                    owe(self.ben, "Look at %(record)s", record=self.khh1, by_day=None)
                    self.assertEqual((Notice.objects.count(), Letter.objects.count()), (1, 1))
                    raise RuntimeError("the cause fails")
            except RuntimeError:
                pass
            self.assertEqual((Notice.objects.count(), Letter.objects.count(), Job.objects.count()), (0, 0, 0))
            with acting(TELLER, "test.owe"):
                owe(self.ben, "Look at %(record)s", record=self.khh1, by_day=None)
            self.assertEqual(
                (Letter.objects.count(), Job.objects.filter(name="notices.send").count()), (1, 1)
            )
