"""A worker that is killed while it reads the mailbox of reports: in the end each mail is one report, and none is lost."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from keepwell.areas.incidents.tests.mails import letter
from keepwell.platform.notices.tests.post import office
from tests.machine import rounds
from tests.mailboxes import dovecot, mailbox
from tests.test_report_mail import Founded

FETCH = """
import django; django.setup()
from keepwell.areas.incidents.rules.post import fetching
from keepwell.platform.notices.sending import send_waiting
print(dict(fetching.fetch()), send_waiting("worker"))
"""
MAILS = rounds(25, 200)
pytestmark = pytest.mark.sqlite


@pytest.mark.skipif(dovecot() is None, reason="needs dovecot-imapd")
class Killed(Founded):
    def test_each_mail_is_one_report_with_one_receipt(self) -> None:
        self.founded()
        with mailbox() as box, office() as (desk, _settings):
            box.lay(
                *(
                    bytes(letter(f"Mail {at}", sender=f"w{at}@home.example", id=f"<{at}@x>"))
                    for at in range(MAILS)
                )
            )
            self.environment |= {
                "KEEPWELL_REPORTS_IMAP": box.url(), "SSL_CERT_FILE": str(box.certificate),
                "KEEPWELL_MAIL_URL": f"smtp://127.0.0.1:{_port(_settings)}?tls=off", "KEEPWELL_URL": "http://kw.example",
                "KEEPWELL_REPORTS_MAIL": "report@kw.example", "KEEPWELL_LEASE_SECONDS": "1",
                "DJANGO_SETTINGS_MODULE": "keepwell.config.settings",
            }  # fmt: skip
            for _ in range(rounds(3, 20)):
                self.killed_in_the_middle()
            for _ in range(rounds(2, 4)):
                done = subprocess.run(
                    [sys.executable, "-c", FETCH], env=self.environment, capture_output=True, timeout=300
                )
                self.assertEqual(done.returncode, 0, done.stderr)
                time.sleep(4)
            self.assertEqual(box.flags(), ["KeepwellTaken"] * MAILS)
        with closing(sqlite3.connect(self.folder / "keepwell.sqlite3")) as database:
            says = [row[0] for row in database.execute("SELECT says FROM incidents_report")]
            left = database.execute(
                "SELECT count(*) FROM incidents_receiptmail WHERE sealed_code <> ''"
            ).fetchone()[0]
        self.assertEqual(sorted(says), sorted(f"Strange screens\n\nMail {at}" for at in range(MAILS)))
        sent = {one for one in desk.ids() if one.startswith("<report-")}
        self.assertEqual((len(sent), left), (MAILS, 0))

    def killed_in_the_middle(self) -> None:
        """Read the mailbox and be killed once a report or two are there."""
        before = self.reports()
        reading = subprocess.Popen([sys.executable, "-c", FETCH], env=self.environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        ends = time.monotonic() + 60
        while self.reports() < before + 2 and reading.poll() is None and time.monotonic() < ends:
            time.sleep(0.05)
        reading.send_signal(signal.SIGKILL)
        reading.wait()

    def reports(self) -> int:
        """How many reports there are."""
        with closing(sqlite3.connect(self.folder / "keepwell.sqlite3", timeout=30)) as database:
            return int(database.execute("SELECT count(*) FROM incidents_report").fetchone()[0])


def _port(settings: object) -> int:
    return int(settings.options["EMAIL_PORT"])  # type: ignore[attr-defined]
