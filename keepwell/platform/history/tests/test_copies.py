"""Checkpoints leave the machine on every way that is switched on, and none is lost while its target is down."""

from __future__ import annotations

import re
import socket
import tempfile
import threading
from datetime import timedelta
from pathlib import Path

from aiosmtpd.controller import Controller
from django.core import mail
from django.db.models import F
from django.test import TestCase, override_settings
from django.utils import timezone

from keepwell.kernel import notes
from keepwell.platform.history import copies, jobs
from keepwell.platform.history.ledger import Checkpoint, Copy, Trail
from keepwell.platform.history.tests.sealed import grow, newest, with_keys, write
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one

LINE = re.compile(
    r"<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \S+ keepwell - checkpoint "
    r'\[checkpoint@32473 origin="[^"]+" size="(\d+)" root="([0-9a-f]{64})"\] \ufeff(.*)'
)


class Copying(TestCase):
    def setUp(self) -> None:
        self.enterContext(with_keys())
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))


class IntoAFile(Copying):
    def test_appends_each_checkpoint_once(self) -> None:
        path = self.folder / "checkpoints.txt"
        with override_settings(KEEPWELL_TRAIL_FILE=str(path)):
            grow(2, 3)
            self.assertEqual(copies.send("file"), 2)
            grow(1)
            self.assertEqual((copies.send("file"), copies.send("file")), (1, 0))
        told = [one.note for one in Checkpoint.objects.order_by("size")]
        self.assertEqual(path.read_text(), "\n".join(told) + "\n")

    def test_loses_none_while_the_disk_is_away(self) -> None:
        path = self.folder / "away" / "checkpoints.txt"
        with override_settings(KEEPWELL_TRAIL_FILE=str(path)):
            for _day in range(3):
                grow(1)
                self.assertRaises(OSError, copies.send, "file")
            copy = Copy.objects.get(way="file")
            self.assertEqual((copy.failures, copy.sent), (3, 0))
            self.assertIn("No such file", copy.error)
            path.parent.mkdir()
            self.assertEqual(copies.send("file"), 3)
        copy.refresh_from_db()
        self.assertEqual((copy.failures, copy.error, copy.sent), (0, "", 3))
        self.assertEqual(path.read_text().count("\n\n— "), 3)

    def test_tries_less_and_less_often_while_it_fails(self) -> None:
        now = timezone.now()
        with override_settings(KEEPWELL_TRAIL_FILE="/nowhere/at/all"):
            grow(1)
            self.assertEqual(copies.due(now), ["file"])
            Copy.objects.update(failures=3, tried_at=now)
            self.assertEqual(copies.due(now + timedelta(minutes=7)), [])
            self.assertEqual(copies.due(now + timedelta(minutes=8)), ["file"])
            Copy.objects.update(failures=99)
            self.assertEqual(copies.due(now + timedelta(minutes=60)), ["file"])


class BySyslog(Copying):
    def test_sends_a_line_each_over_udp(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.settimeout(5)
            with override_settings(KEEPWELL_TRAIL_SYSLOG=f"udp://127.0.0.1:{server.getsockname()[1]}"):
                grow(2, 3)
                self.assertEqual(copies.send("syslog"), 2)
            self.assert_tells([server.recv(9_000).decode() for _line in range(2)])

    def test_sends_counted_lines_over_tcp(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            got: list[bytes] = []
            reading = threading.Thread(target=lambda: got.append(self.all_of(server)))
            reading.start()
            with override_settings(KEEPWELL_TRAIL_SYSLOG=f"tcp://127.0.0.1:{server.getsockname()[1]}"):
                grow(2, 3)
                self.assertEqual(copies.send("syslog"), 2)
            reading.join(5)
        lines, rest = [], got[0]
        while rest:
            count, _space, rest = rest.partition(b" ")
            lines.append(rest[: int(count)].decode())
            rest = rest[int(count) :]
        self.assert_tells(lines)

    def test_says_that_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        with override_settings(KEEPWELL_TRAIL_SYSLOG=f"tcp://127.0.0.1:{port}"):
            grow(1)
            self.assertRaises(OSError, copies.send, "syslog")
        self.assertIn("refused", Copy.objects.get(way="syslog").error)

    def all_of(self, server: socket.socket) -> bytes:
        connection, _place = server.accept()
        with connection:
            return b"".join(iter(lambda: connection.recv(9_000), b""))

    def assert_tells(self, lines: list[str]) -> None:
        for line, one in zip(lines, Checkpoint.objects.order_by("size"), strict=True):
            found = LINE.fullmatch(line)
            self.assertIsNotNone(found, line)
            size, root, note = found.groups()
            self.assertEqual((int(size), bytes.fromhex(root)), (one.size, notes.told(one.note).root))
            self.assertEqual(note.replace("\\n", "\n"), one.note)


class ByMail(Copying):
    @override_settings(KEEPWELL_TRAIL_MAIL=["a@audit.example", "b@audit.example"])
    def test_goes_to_every_auditor_once_a_day(self) -> None:
        now = timezone.now()
        grow(2, 3)
        self.assertEqual(copies.due(now), ["mail"])
        copies.send("mail")
        (sent,) = mail.outbox
        self.assertEqual(sent.to, ["a@audit.example", "b@audit.example"])
        self.assertIn(newest(), sent.body)
        self.assertEqual(sent.attachments[0][1], newest())
        grow(1)
        self.assertEqual(copies.due(timezone.now() + timedelta(hours=23)), [])
        self.assertEqual(copies.due(timezone.now() + timedelta(hours=25)), ["mail"])

    def test_waits_for_a_server_that_says_421(self) -> None:
        class Busy:
            async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
                return "421 come back later"

        busy = Controller(Busy(), hostname="127.0.0.1", port=0)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            busy.port = probe.getsockname()[1]
        busy.start()
        self.addCleanup(busy.stop)
        with override_settings(KEEPWELL_TRAIL_MAIL=["a@audit.example"], EMAIL_HOST="127.0.0.1", EMAIL_PORT=busy.port,
                               EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_USE_TLS=False):  # fmt: skip
            grow(1)
            self.assertRaises(OSError, copies.send, "mail")
        self.assertEqual(Copy.objects.get(way="mail").failures, 1)
        with override_settings(KEEPWELL_TRAIL_MAIL=["a@audit.example"]):
            copies.send("mail")
        self.assertEqual(len(mail.outbox), 1)


class TheWorker(Copying):
    def test_seals_and_has_copies_sent_by_a_job(self) -> None:
        path = self.folder / "checkpoints.txt"
        write(5)
        with override_settings(KEEPWELL_TRAIL_FILE=str(path)):
            jobs.seal_what_waits()
            jobs.seal_what_waits()
            self.assertEqual(Job.objects.filter(name="trail.copy").count(), 1)
            self.assertTrue(run_one())
            self.assertEqual(Job.objects.get(name="trail.copy").state, Job.State.DONE)
            jobs.seal_what_waits()
            self.assertFalse(run_one())
        self.assertEqual(path.read_text(), f"{newest()}\n")

    def test_signs_at_the_latest_after_a_minute(self) -> None:
        """The longest a row waits: until the next pass, and until the next signature is due."""
        from keepwell.platform.history.sequencer import SIGN_AFTER

        self.assertLess(jobs.EVERY + SIGN_AFTER, timedelta(seconds=60))
        write(1)
        jobs.seal_what_waits()
        write(1)
        jobs.seal_what_waits()
        self.assertEqual(Trail.objects.filter(size=F("signed") + 1).count(), 1)
        Trail.objects.update(signed_at=timezone.now() - SIGN_AFTER)
        jobs.seal_what_waits()
        self.assertEqual(Trail.objects.filter(size=F("signed")).count(), 1)
