"""The disk of the backups is full: one sentence says so, no draft stays behind, and a worker makes it good by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import disks, running
from tests.running import KEEPWELL, ROOT, Demo

ASK = """
import django; django.setup()
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
Job.objects.filter(state="queued").delete()
Job.objects.filter(name="keeping.back_up").delete()  # one of before, done by who made the demo
enqueue("keeping.back_up")
run_one()
"""
GO_ON = """
import django; django.setup()
from django.utils import timezone
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
Job.objects.filter(name="keeping.back_up", state="queued").update(run_after=timezone.now())
run_one()
"""
PATIENCE_SECONDS = 300
BACKUP_JOB = "SELECT state, attempts, put_back FROM jobs_job WHERE name = 'keeping.back_up'"
pytestmark = [
    pytest.mark.both, pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a small disk"),
]  # fmt: skip


@dataclass(frozen=True)
class BackedUp(Demo):
    """An installation with few rows whose backups lie on a small disk."""

    backups: Path = Path()

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"KEEPWELL_BACKUP_FOLDER": str(self.backups)}

    def python(self, words: str) -> None:
        done = self.run(sys.executable, "-c", words)
        assert done.returncode == 0, done.stderr

    def keepwell(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return self.run(*KEEPWELL, *arguments)

    def run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, timeout=PATIENCE_SECONDS
        )


@pytest.fixture
def house(few: Demo, tmp_path: Path) -> Iterator[BackedUp]:
    small = tmp_path / "small"
    small.mkdir()
    with running.copied(few, tmp_path) as copy, disks.small(small, 24):
        yield BackedUp(copy.folder, copy.database, small)


class TestABackupWithoutRoom:
    def test_is_refused_in_a_sentence_and_leaves_nothing(self, house: BackedUp) -> None:
        path = house.backups / "own.kwb"
        with disks.full(house.backups):
            refused = house.keepwell("backup", str(path))
            assert refused.returncode == 2, refused.stderr
            assert (
                refused.stderr.decode()
                .splitlines()[-1]
                .endswith(f"There is no room for {path}: its disk is full. Nothing of it was left there.")
            )
            assert sorted(one.name for one in house.backups.iterdir()) == ["ballast"]
            told = house.keepwell("doctor").stdout.decode()
            assert f"There is no room for {path}" in told
        assert house.keepwell("backup", str(path)).returncode == 0
        assert "There is no room" not in house.keepwell("doctor").stdout.decode()

    def test_by_schedule_is_made_by_itself_once_there_is_some(self, house: BackedUp) -> None:
        with disks.full(house.backups):
            house.python(ASK)
            house.python(GO_ON)
            assert house.rows(BACKUP_JOB) == [("queued", 0, 2)]
            assert sorted(one.name for one in house.backups.iterdir()) == ["ballast"]
        house.python(GO_ON)
        assert house.rows(BACKUP_JOB) == [("done", 1, 2)]
        (made,) = house.backups.iterdir()
        assert house.keepwell("restore", "--check", str(made)).returncode == 0
