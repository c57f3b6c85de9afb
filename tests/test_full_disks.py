"""The disk is full where the trail is sealed, a checkpoint leaves, or evidence is kept: one sentence says so, nothing is
half written, and the same goes on by itself once there is room."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from conftest import postgresql_of_tests
from keepwell.platform.evidence.models import File, Piece
from keepwell.platform.evidence.tests.stories import Stories
from keepwell.platform.history import copies, jobs, sequencer
from keepwell.platform.history.ledger import Checkpoint, Copy, Tile
from keepwell.platform.history.models import Change
from keepwell.platform.history.tests.sealed import grow, verdict, with_keys, write
from keepwell.platform.jobs.beside import BESIDE, Companion
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.keeping.looks import work
from keepwell.platform.pages.outage import FULL, outage_of
from tests import clusters, disks

SMALL = f"keepwell_sealing_{os.getpid()}"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a small disk")


@contextmanager
def small_disk(megabytes: int = 1) -> Iterator[Path]:
    """A small disk of the test's own."""
    with tempfile.TemporaryDirectory(prefix="keepwell-small-") as place, disks.small(Path(place), megabytes):
        yield Path(place)


class ACheckpointThatLeaves(TestCase):
    def setUp(self) -> None:
        self.enterContext(with_keys())
        self.disk = self.enterContext(small_disk())
        self.path = self.disk / "checkpoints.txt"
        self.enterContext(override_settings(KEEPWELL_TRAIL_FILE=str(self.path)))

    def whole(self) -> str:
        return "".join(f"{one.note}\n" for one in Checkpoint.objects.order_by("size"))

    def fill(self) -> None:
        """Leave room for a part of what is sent."""
        rest = self.disk / "rest"
        rest.write_bytes(b"x" * 4_096)
        ballast = self.enterContext(disks.full(self.disk))
        self.assertIsNone(ballast)
        rest.unlink()

    def test_is_in_the_file_as_a_whole_or_not_at_all(self) -> None:
        grow(1)
        copies.send("file")
        before = self.path.read_bytes()
        grow(*[1] * 60)
        self.fill()
        with self.assertRaises(OSError) as raised:
            copies.send("file")
        self.assertEqual(outage_of(raised.exception), FULL)
        self.assertEqual(self.path.read_bytes(), before)
        (self.disk / "ballast").write_bytes(b"")
        copies.send("file")
        self.assertEqual(self.path.read_text(), self.whole())

    def test_goes_on_by_itself_and_doctor_says_why_it_waited(self) -> None:
        grow(*[1] * 60)
        self.fill()
        jobs.seal_what_waits()
        for _attempt in range(6):
            Job.objects.update(run_after=timezone.now())
            self.assertTrue(run_one())
        job = Job.objects.get()
        self.assertEqual((job.state, job.attempts, job.put_back), ("queued", 0, 6))
        self.assertIn(
            "No space left on device", "".join(one.found for one in work.trail() if not one.is_good)
        )
        (self.disk / "ballast").write_bytes(b"")
        Job.objects.update(run_after=timezone.now())
        self.assertTrue(run_one())
        self.assertEqual((Job.objects.get().state, self.path.read_text()), ("done", self.whole()))
        self.assertEqual(Copy.objects.get(way="file").error, "")

    def test_is_parted_from_one_that_a_power_failure_tore(self) -> None:
        grow(1)
        self.path.write_text("keepwell.example/trail\n1\nhalf a ro")
        copies.send("file")
        torn, told = self.path.read_text().split("\n\n", 1)
        self.assertEqual((torn[-9:], told), ("half a ro", self.whole()))


@pytest.mark.postgresql
class TheTrail(TransactionTestCase):
    @contextmanager
    def without_room(self, table: str) -> Iterator[None]:
        """`table` lies on a disk that is full."""
        with small_disk() as folder, psycopg.connect(postgresql_of_tests(), autocommit=True) as other:
            shutil.chown(folder, clusters.USER)
            other.execute(f"CREATE TABLESPACE {SMALL} LOCATION '{folder}'".encode())
            other.execute(f"ALTER TABLE {table} SET TABLESPACE {SMALL}".encode())
            try:
                with disks.full(folder):
                    yield
            finally:
                other.execute(f"ALTER TABLE {table} SET TABLESPACE pg_default".encode())
                other.execute("CHECKPOINT")
                other.execute(f"DROP TABLESPACE {SMALL}".encode())

    def test_waits_whole_for_room_to_be_sealed(self) -> None:
        stop = threading.Event()
        for table in (Tile._meta.db_table, Checkpoint._meta.db_table):
            with self.subTest(table), with_keys():
                write(300)
                with self.without_room(table):
                    with self.assertRaises(OperationalError) as raised:
                        sequencer.seal()
                    self.assertEqual(outage_of(raised.exception), FULL)
                    with self.assertLogs("keepwell.jobs") as logged:
                        Companion(BESIDE["trail.seal"], stop).once()
                    self.assertEqual([one.getMessage() for one in logged.records], ["disk full"])
                    self.assertEqual(Change.objects.filter(leaf__isnull=False).count(), 0)
                    self.assertEqual((Checkpoint.objects.count(), Tile.objects.count()), (0, 0))
                sequencer.seal()
                self.assertEqual(verdict(), "300 rows")
            with connection.cursor() as cursor:
                cursor.execute(
                    "TRUNCATE history_change, history_tile, history_checkpoint, history_trail CASCADE"
                )


class Evidence(Stories):
    def setUp(self) -> None:
        super().setUp()
        self.data = self.enterContext(small_disk(4))
        self.enterContext(override_settings(KEEPWELL_DATA=self.data))
        self.client.raise_request_exception = False
        self.sign_in(self.ada)

    def send(self, title: str, megabytes: int = 1) -> HttpResponse:
        content = os.urandom(512).hex().encode() * (megabytes * 1_024)
        return self.upload("/api/evidence/attach", ("a.txt", content), title=title, unit="KHH1")

    def test_that_finds_no_room_leaves_nothing_and_comes_in_when_there_is_some(self) -> None:
        self.assertEqual(self.send("First").status_code, 201)
        before = self.stored()
        self.assertTrue(before)
        with disks.full(self.data):
            answer = self.send("Second")
            self.assertEqual((answer.status_code, answer["Content-Type"]), (507, "application/problem+json"))
            self.assertIn("The disk is full. Reading goes on", answer.content.decode())
            self.assertEqual((Piece.objects.count(), File.objects.count()), (1, 1))
            self.assertEqual(self.stored(), before)
            self.assertEqual(self.client.get(f"/evidence/{Piece.objects.get().pk}/").status_code, 200)
        self.assertEqual(self.send("Second").status_code, 201)
        self.assertEqual((Piece.objects.count(), File.objects.count()), (2, 2))

    def test_that_is_larger_than_the_room_that_is_left_leaves_it_free(self) -> None:
        answer = self.send("Large", 6)
        self.assertEqual((answer.status_code, self.stored(), Piece.objects.count()), (507, [], 0))
        self.assertEqual(self.send("Small").status_code, 201)
