"""The mailbox of reports on a real IMAP server: everything in it is taken once, marked, and left where it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import ClassVar
from unittest.mock import patch

import pytest
from django.test import TestCase, override_settings

from keepwell.areas.incidents.models import ReceivedMail, Report
from keepwell.areas.incidents.rules.post import arriving, fetching
from keepwell.areas.incidents.tests.mails import large, letter, nested, take
from keepwell.config.reports import mailbox as named
from keepwell.kernel import moments
from keepwell.platform.notices.models import Notice
from tests.cast import NOW, Cast
from tests.mailboxes import Mailbox, dovecot, mailbox


@pytest.mark.skipif(dovecot() is None, reason="needs dovecot-imapd")
class Fetching(Cast, TestCase):
    """The cast, and a mailbox that mails are delivered to."""

    box: ClassVar[Mailbox]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.box = cls.enterClassContext(mailbox())

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.enterContext(patch.dict(os.environ, {"SSL_CERT_FILE": str(self.box.certificate)}))
        with self.box.opened() as box:
            box.uid("STORE", "1:*", "+FLAGS", "(\\Deleted)")
            box.expunge()

    @contextmanager
    def reading(self, **told: str) -> Iterator[None]:
        """Let Keepwell read that mailbox."""
        with override_settings(
            KEEPWELL_REPORTS_IMAP=named(self.box.url(**told)), KEEPWELL_URL="https://kw.example"
        ):
            yield

    def test_mails_are_taken_once_and_marked(self) -> None:
        self.box.lay(
            bytes(letter(to="report+pen1@kw.example")),
            bytes(letter(Precedence="bulk", id="<l@x>")),
            nested(3_000),
        )
        for tls in ("on", "starttls", "off"):
            with self.reading(tls=tls):
                found = fetching.fetch()
            self.assertEqual(found, {"taken": 1, "left": 1, "held": 1} if tls == "on" else {}, tls)
        self.assertEqual(Report.objects.get().unit, self.pen1)
        self.assertEqual(self.box.flags(), ["KeepwellTaken"] * 3)

    def test_what_was_taken_before_the_process_died_is_marked_and_not_doubled(self) -> None:
        mail = bytes(letter())
        self.box.lay(mail)
        take(b"X-Way: another\r\n" + mail)
        with self.reading():
            self.assertEqual(fetching.fetch(), {"taken": 1})
        self.assertEqual((Report.objects.count(), self.box.flags()), (1, ["KeepwellTaken"]))

    def test_of_a_mail_that_is_too_large_only_the_beginning_is_asked_for(self) -> None:
        self.box.lay(large(6))
        with self.reading(), override_settings(KEEPWELL_REPORTS_MAIL_MB=5):
            self.assertEqual(fetching.fetch(), {"taken": 1})
        file = Report.objects.get().files.get()
        self.assertEqual(file.size_bytes, arriving.BEGINNING_BYTES)
        self.assertGreater(file.told["whole_bytes"], 6 << 20)
        self.assertEqual(file.told["not_kept"], ["film.mp4"])

    def test_a_flood_stays_in_the_mailbox_until_its_hour_is_over(self) -> None:
        most = arriving.MOST_OF_A_SENDER
        self.box.lay(*(bytes(letter(f"Mail {at}", id=f"<{at}@x>")) for at in range(most + 2)),
                     bytes(letter(sender="other@home.example", id="<o@x>")))  # fmt: skip
        with self.reading():
            self.assertEqual(fetching.fetch(), {"taken": most + 1, "later": 2})
            self.assertEqual(self.box.flags().count(""), 2)
            with moments.standing_at(NOW + timedelta(minutes=61)):
                self.assertEqual(fetching.fetch(), {"taken": 2})
        self.assertEqual(Report.objects.count(), most + 3)

    def test_of_very_many_none_stands_behind_for_ever(self) -> None:
        self.box.lay(
            *(bytes(letter(f"Mail {at}", sender=f"w{at}@home.example", id=f"<{at}@x>")) for at in range(9))
        )
        taken = set()
        with self.reading(), patch.multiple(fetching, AT_ONCE=2, WINDOW=4):
            for minute in range(9):
                with moments.standing_at(NOW + timedelta(minutes=minute)), fetching.opened() as server:
                    mark = fetching.mark_used(server)
                    taken |= {uid for uid, _size, _sender in fetching.waiting(server, mark)}
        self.assertEqual(len(taken), 9)

    def test_a_server_that_is_away_or_not_who_it_says_is_told_once_a_day_and_loses_nothing(self) -> None:
        self.box.lay(bytes(letter()))
        wrong = self.box.url().replace("a-pass", "b-pass")
        gone = self.box.url().replace(f":{self.box.tls_port}/", ":1/")
        for url in (wrong, gone, self.box.url(folder="Nowhere")):
            with override_settings(KEEPWELL_REPORTS_IMAP=named(url)):
                self.assertEqual(fetching.fetch(), {"away": 1}, url)
        with self.reading(), patch.dict(os.environ, {"SSL_CERT_FILE": "/dev/null"}):
            self.assertEqual(fetching.fetch(), {"away": 1})
        notice = Notice.objects.get(person=self.ada)
        self.assertNotIn("pass", str(notice.facts))
        self.assertFalse(ReceivedMail.objects.exists())
        with self.reading():
            self.assertEqual(fetching.fetch(), {"taken": 1})
        notice.refresh_from_db()
        self.assertIsNotNone(notice.read_at)

    def test_without_a_setting_nothing_is_read(self) -> None:
        self.assertEqual(fetching.fetch(), {})
