"""`keepwell report-mail` as a mail server meets it: a real process, a mail on its input, an exit status it understands."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing

import pytest

from tests.test_command_line import KEEPWELL, PATIENCE_SECONDS, InAFolder

MAIL = b"From: worker@home.example\r\nTo: report+pen1@kw.example\r\nSubject: Screens\r\n\r\nThey ask for money.\r\n"
pytestmark = pytest.mark.sqlite


class Founded(InAFolder):
    """A group in a folder of its own."""

    def founded(self) -> None:
        """A group with its first administrator."""
        self.migrated()
        told = ("--code", "MERIDIAN", "--name", "Meridian", "--country", "TW", "--time-zone", "Asia/Taipei",
                "--administrator", "Ada Lin", "--number", "A1", "--mail", "ada@meridian.example", "--sign-in", "ada")  # fmt: skip
        made = self.keepwell("found", *told)
        self.assertEqual(made.returncode, 0, made.stderr)


class ReportMail(Founded):
    def hand_over(
        self, mail: bytes, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Give `mail` to the command as a mail server does."""
        return subprocess.run(
            [*KEEPWELL, "report-mail", *arguments], input=mail, env=self.environment | environment, capture_output=True,
            timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip

    def test_takes_one_mail_once_and_refuses_nothing_at_all_for_good(self) -> None:
        self.founded()
        first, second = self.hand_over(MAIL, "--from", "worker@home.example"), self.hand_over(MAIL)
        self.assertEqual((first.returncode, second.returncode), (0, 0), first.stderr)
        self.assertEqual(first.stdout, second.stdout)
        self.assertTrue(first.stdout.startswith(b"taken RP-"))
        nothing = self.hand_over(b"")
        self.assertEqual((nothing.returncode, nothing.stderr), (65, b"There is nothing in this mail.\n"))
        robot = self.hand_over(b"Auto-Submitted: auto-replied\r\n" + MAIL + b"I am away.", "--from", "")
        self.assertEqual((robot.returncode, robot.stdout.split()[0]), (0, b"left"))
        with closing(sqlite3.connect(self.folder / "keepwell.sqlite3")) as database:
            count = database.execute("SELECT count(*) FROM incidents_report").fetchone()[0]
        self.assertEqual(count, 1)

    def test_whatever_is_wrong_here_lets_the_mail_server_try_again(self) -> None:
        without_tables = self.hand_over(MAIL)
        self.assertEqual(without_tables.returncode, 75, without_tables.stderr)
        wrong_settings = self.hand_over(MAIL, KEEPWELL_REPORTS_MAIL="no address")
        self.assertEqual(wrong_settings.returncode, 75)
        self.assertEqual(
            wrong_settings.stderr, b"KEEPWELL_REPORTS_MAIL must be a mail address, as report@example.com.\n"
        )
        away = self.hand_over(MAIL, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
        self.assertEqual((away.returncode, len(away.stderr.splitlines())), (75, 1), away.stderr)
