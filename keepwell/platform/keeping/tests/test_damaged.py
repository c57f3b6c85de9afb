"""A file that was damaged on the disk stops no backup: all else is kept, and the damage is told wherever one looks.

On a server alone: the embedded database of these tests lies in memory, where nothing is backed up; `tests/test_backup.py`
has the same story of a whole installation, on both."""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest
from django.test import TransactionTestCase, override_settings

from keepwell.platform.history.tests.sealed import grow, with_keys
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.keeping import backup, drill, restore
from keepwell.platform.keeping.health import examine
from keepwell.platform.keeping.models import Backup


def quiet(_done: int, _total: int | None, _what: str) -> None:
    """Nobody looks."""


@pytest.mark.postgresql
class Damaged(TransactionTestCase):
    """Two files of evidence, of which one is no longer what its name says."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(with_keys())
        self.enterContext(override_settings(KEEPWELL_DATA=self.folder / "data"))
        grow(3)
        self.whole, self.bad = self.kept(b"whole"), self.kept(b"was whole")
        (self.folder / "data" / self.bad).write_bytes(b"is not")

    def kept(self, content: bytes) -> str:
        """The name of a file of evidence with `content`."""
        digest = sha256(content).hexdigest()
        name = f"evidence/{digest[:2]}/{digest}"
        path = self.folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return name

    def taken(self, name: str = "one.kwb") -> Backup:
        return backup.back_up(self.folder / name, quiet)

    def found(self) -> str:
        """What doctor and the health page say of backups."""
        return " ".join(one.found for looked in examine() for one in looked.findings if one.name == "backups")


class ABackup(Damaged):
    def test_goes_on_and_names_the_file(self) -> None:
        made = self.taken()
        self.assertEqual((made.error, made.files, made.damaged), ("", 2, [self.bad]))
        self.assertIn(f"1 damaged file lies in the last backup: {self.bad}.", self.found())

    def test_goes_on_past_a_file_that_cannot_be_read_and_one_that_went(self) -> None:
        path = self.folder / "data" / self.bad
        path.unlink()
        self.assertEqual(self.taken().damaged, [])
        path.mkdir()
        self.assertEqual(self.taken("two.kwb").damaged, [self.bad])
        self.assertFalse(Backup.objects.sound().filter(path__endswith="two.kwb").exists())

    def test_says_nothing_once_the_file_is_back(self) -> None:
        self.taken()
        (self.folder / "data" / self.bad).write_bytes(b"was whole")
        self.assertEqual(self.taken("two.kwb").damaged, [])
        self.assertNotIn("damaged", self.found())

    def test_comes_back_but_for_that_file(self) -> None:
        self.taken()
        found = drill.check(self.folder / "one.kwb", quiet)
        self.assertEqual((found.files, found.damaged), (2, [self.bad]))
        told = drill.Report(found, "one.kwb", is_drill=True)
        self.assertIn(self.bad, told.written(".md"))
        self.assertEqual(told.told()["damaged"], [self.bad])
        with override_settings(KEEPWELL_DATA=self.folder / "elsewhere"):
            files = restore.Staging()
            self.assertEqual(files.receive(self.whole, iter([b"whole"])), 5)
            self.assertEqual(files.receive(self.bad, iter([b"is not"])), 6)
            files.move_in()
            files.discard()
            kept = [path for path in (self.folder / "elsewhere").rglob("*") if path.is_file()]
        self.assertEqual([path.name for path in kept], [Path(self.whole).name])


class TheSchedule(Damaged):
    def test_never_takes_the_last_sound_backup_away(self) -> None:
        there = self.folder / "there"
        there.mkdir()
        with override_settings(KEEPWELL_BACKUP_FOLDER=str(there), KEEPWELL_BACKUP_KEEP=1):
            (self.folder / "data" / self.bad).write_bytes(b"was whole")
            self.scheduled()
            first = Path(Backup.objects.get().path)
            first = first.rename(first.with_name("keepwell-20200101T000000Z.kwb"))
            Backup.objects.update(path=str(first))
            (self.folder / "data" / self.bad).write_bytes(b"is not")
            self.assertEqual(self.scheduled()["damaged"], 1)
            self.assertEqual(len(os.listdir(there)), 2)
            self.assertTrue(first.exists())

    def scheduled(self) -> dict[str, object]:
        asked = enqueue("keeping.back_up")
        while Job.objects.get(pk=asked.pk).state in ("queued", "running") and run_one():
            pass
        done = Job.objects.get(pk=asked.pk)
        self.assertEqual(done.state, "done", done.error)
        return done.result
