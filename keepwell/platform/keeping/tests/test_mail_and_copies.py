"""The examination asks the mail server, looks at what waits to leave, and at how old the last copy of the trail is."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.test import TestCase, override_settings
from django.utils import timezone
from django.utils.translation import override

from keepwell.platform.history.ledger import Checkpoint, Copy
from keepwell.platform.keeping.finding import Finding, Grade
from keepwell.platform.keeping.health import examine
from keepwell.platform.keeping.looks.mail import mail
from keepwell.platform.keeping.looks.work import trail
from keepwell.platform.notices.models import Letter
from keepwell.platform.notices.tests.post import office, settings_for
from tests.cast import Cast
from tests.running import free_port

DAY = timedelta(days=1)


def wrong(found: list[Finding]) -> list[str]:
    """What is not good; each says why that matters and how to mend it."""
    named = [one for one in found if not one.is_good]
    assert all(one.matters and one.mend for one in named), named
    return [one.found for one in named]


class TheMail(Cast, TestCase):
    def letter(self, **facts: object) -> Letter:
        """A mail in the outbox."""
        return Letter.objects.create(person=self.ben, **facts)

    def test_is_good_where_the_server_answers_and_nothing_waits(self) -> None:
        with office() as (_desk, named), named:
            self.letter(next_at=timezone.now() + DAY, is_digest=True)
            self.assertEqual(wrong(list(mail())), [])

    def test_is_not_where_nobody_answers(self) -> None:
        with settings_for(free_port()):
            (said,) = wrong(list(mail()))
            self.assertIn("The mail server 127.0.0.1 takes no mail: ConnectionRefusedError", said)
            self.assertEqual([one.grade for one in mail()], [Grade.WARNING])
            with override_settings(PRODUCTION=True):
                self.assertEqual([one.grade for one in mail()], [Grade.BAD])

    def test_is_not_where_mails_have_waited_for_days(self) -> None:
        made = datetime(2025, 11, 10, 8, 30, tzinfo=UTC)
        with office() as (_desk, named), named:
            self.letter(
                made_at=made, next_at=timezone.now() + DAY, error="ConnectionRefusedError", attempts=9
            )
            self.assertEqual(wrong(list(mail())), ["1 mail waits, since 2025-11-10 08:30 UTC."])
            self.letter(made_at=made + DAY, next_at=made + DAY)
            self.assertEqual(wrong(list(mail())), ["2 mails wait, the oldest since 2025-11-10 08:30 UTC."])

    def test_takes_no_notice_of_what_just_came(self) -> None:
        with office() as (_desk, named), named:
            for minutes, count in ((14, 0), (16, 1)):
                at = timezone.now() - timedelta(minutes=minutes)
                self.letter(made_at=at, next_at=at)
                self.assertEqual(len(wrong(list(mail()))), count, minutes)

    def test_is_not_where_mails_were_given_up_lately(self) -> None:
        with office() as (_desk, named), named:
            for days, count in ((8, 0), (6, 1)):
                self.letter(state=Letter.State.FAILED, finished_at=timezone.now() - days * DAY)
                self.assertEqual(len(wrong(list(mail()))), count, days)
            self.assertEqual(wrong(list(mail())), ["1 mail was given up in the last week."])

    def test_is_told_in_chinese(self) -> None:
        self.letter(made_at=timezone.now() - DAY, next_at=timezone.now() - DAY)
        with override("zh-hant"), settings_for(free_port()):
            told = [text for one in mail() for text in (one.found, one.matters, one.mend)]
        self.assertEqual([text for text in told if text and text.isascii()], [])


class CopiesOfTheTrail(TestCase):
    @contextmanager
    def on(self, *, production: bool = True, **ways: object):
        """Ways out that are switched on, nothing else."""
        off: dict[str, object] = {
            "KEEPWELL_TRAIL_SYSLOG": "",
            "KEEPWELL_TRAIL_MAIL": [],
            "KEEPWELL_TRAIL_FILE": "",
        }
        with override_settings(PRODUCTION=production, **(off | ways)):
            yield

    def checkpoint(self, size: int, age: timedelta) -> None:
        Checkpoint.objects.create(size=size, note="-", at=timezone.now() - age)

    def said(self) -> list[str]:
        return [one for one in wrong(list(trail())) if "left" in one]

    def test_are_missed_where_none_ever_left(self) -> None:
        with self.on():
            self.assertEqual(self.said(), ["No checkpoint of the trail has left this machine."])
        with self.on(production=False):
            self.assertEqual(self.said(), [])

    def test_are_missed_again_once_every_way_is_switched_off(self) -> None:
        at = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)
        Copy.objects.create(way=Copy.Way.FILE, sent=10, sent_at=at)
        with self.on():
            self.assertEqual(
                self.said(), ["No checkpoint of the trail has left this machine since 2025-06-01 12:00 UTC."]
            )

    def test_are_late_after_an_hour(self) -> None:
        Copy.objects.create(way=Copy.Way.FILE, sent=10, sent_at=timezone.now())
        self.checkpoint(10, 3 * DAY)
        with self.on(KEEPWELL_TRAIL_FILE="/worm/checkpoints"):
            self.assertEqual(self.said(), [], "the newest has left, however old it is")
            self.checkpoint(20, timedelta(minutes=59))
            self.assertEqual(self.said(), [])
            Checkpoint.objects.filter(size=20).update(at=timezone.now() - timedelta(minutes=61))
            (said,) = self.said()
            self.assertRegex(said, r"^The checkpoint of \d{4}-\d\d-\d\d \d\d:\d\d UTC has not left by ")

    def test_by_mail_leave_once_a_day(self) -> None:
        Copy.objects.create(way=Copy.Way.MAIL, sent=10, sent_at=timezone.now() - DAY)
        hours = settings.KEEPWELL_TRAIL_MAIL_HOURS
        with self.on(KEEPWELL_TRAIL_MAIL=["auditor@example.com"]):
            for minutes, count in ((hours * 60 + 59, 0), (hours * 60 + 61, 1)):
                Checkpoint.objects.filter(size=20).delete()
                self.checkpoint(20, timedelta(minutes=minutes))
                self.assertEqual(len(self.said()), count, minutes)

    def test_are_told_of_in_chinese(self) -> None:
        Copy.objects.create(way=Copy.Way.FILE, sent=10, sent_at=timezone.now())
        self.checkpoint(20, DAY)
        for ways in ({"KEEPWELL_TRAIL_FILE": "/worm/checkpoints"}, {}):
            with self.on(**ways), override("zh-hant"):
                told = [f for f in trail() if not f.is_good and "2" in f.found]
                self.assertEqual([f.found for f in told if f.found.isascii() or f.mend.isascii()], [])
                self.assertTrue(told)


class TheExamination(Cast, TestCase):
    def test_looks_at_mail(self) -> None:
        with settings_for(free_port()):
            found = {one.name: one.worst for one in examine()}
        self.assertFalse(found["mail"].is_good)
