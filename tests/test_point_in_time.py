"""A server's disk is lost under writes: base backup and archived log bring all but the last minutes back, and auditors
are told what is missing instead of finding a fork."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import clusters
from tests.clusters import USER, Cluster, cluster
from tests.running import KEEPWELL, ROOT, free_port
from tests.test_outages import Plain

PATIENCE_SECONDS = 120
WRITER = """
import django; django.setup()
import time
from keepwell.platform.history.noting import note
print("writes", flush=True)
number = 0
while True:
    note(None, "story.told", kind="event", number=(number := number + 1))
    time.sleep(0.02)
"""
TOLD = "SELECT count(*) FROM history_change WHERE verb = 'story.told'"
NEWEST = "SELECT extract(epoch FROM max(at)) FROM history_change WHERE verb = 'story.told'"


def say(plain: Plain, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run([*KEEPWELL, *words], env=plain.environment, cwd=ROOT, text=True, capture_output=True,
                          timeout=PATIENCE_SECONDS)  # fmt: skip


def sealed(plain: Plain, path: Path) -> Path:
    """Seal what there is, and keep the checkpoint outside."""
    assert say(plain, "trail", "seal").returncode == 0
    path.write_text(say(plain, "trail", "checkpoint").stdout)
    return path


@contextmanager
def writing(plain: Plain) -> Iterator[None]:
    """Somebody writes one row after the other until the server is gone."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER], env=plain.environment, cwd=ROOT, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        assert writer.stdout is not None and writer.stdout.readline() == "writes\n"
        yield
    finally:
        writer.kill()
        writer.wait()


def archived(server: Cluster) -> None:
    """Wait until all that was written by now lies in the archive."""
    segment = server.rows("SELECT pg_walfile_name(pg_switch_wal())")[0][0]
    until = time.monotonic() + PATIENCE_SECONDS
    while server.rows(f"SELECT coalesce(last_archived_wal, '') >= '{segment}' FROM pg_stat_archiver") != [
        (True,)
    ]:
        assert time.monotonic() < until, "the log was not archived"
        time.sleep(0.1)


@contextmanager
def recovered(base: Path, archive: Path) -> Iterator[Cluster]:
    """A server made of a base backup and of the log behind it, on another disk."""
    folder = Path(tempfile.mkdtemp(prefix="keepwell-recovered-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    made = Cluster(folder, free_port(), f"-c restore_command='cp {archive}/%f %p'")
    shutil.copytree(base, folder / "data")
    (folder / "data" / "recovery.signal").touch()
    for path in (folder / "data", *(folder / "data").rglob("*")):
        if os.geteuid() == 0:
            shutil.chown(path, USER)
    (folder / "data").chmod(0o700)
    try:
        made.start()
        until = time.monotonic() + PATIENCE_SECONDS
        while made.rows("SELECT pg_is_in_recovery()") != [(False,)]:
            assert time.monotonic() < until, made.log
            time.sleep(0.1)
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.skipif(bool(clusters.lacks()), reason=clusters.lacks() or "can be made")
class TestRecovery:
    def test_from_base_backup_and_log_loses_minutes_and_tells_of_them(self, tmp_path: Path) -> None:
        archive = Path(tempfile.mkdtemp(prefix="keepwell-archive-"))
        archive.chmod(0o777)
        options = f"-c archive_mode=on -c archive_timeout=300 -c archive_command='cp %p {archive}/%f'"
        try:
            with cluster(options) as primary:
                plain = Plain(tmp_path / "data", "", primary.url)
                plain.folder.mkdir()
                plain.patiently("migrate")
                base = archive / "base"
                primary.do("pg_basebackup", "-h", "127.0.0.1", "-p", str(primary.port), "-U", USER, "-D", str(base),
                           "-X", "none", "-c", "fast", "--no-sync")  # fmt: skip
                with writing(plain):
                    early = sealed(plain, tmp_path / "early.txt")
                    archived(primary)
                    late = sealed(plain, tmp_path / "late.txt")
                    written, newest = primary.rows(TOLD)[0][0], primary.rows(NEWEST)[0][0]
                    primary.stop("immediate")
            with recovered(base, archive) as server:
                back = Plain(tmp_path / "data", "", server.url)
                came, last = server.rows(TOLD)[0][0], server.rows(NEWEST)[0][0]
                assert 0 < came < written
                assert newest - last < 15 * 60
                assert say(back, "trail", "verify", "--seen", str(early)).returncode == 0
                assert say(back, "trail", "verify", "--seen", str(late)).returncode == 1, (
                    "nobody told of it yet"
                )
                assert say(back, "trail", "restored", "base backup and log of the drill").returncode == 0
                told = say(back, "trail", "verify", "--seen", str(early), "--seen", str(late))
                assert (told.returncode, told.stdout.count("tells of a restore: ")) == (3, 1), told.stdout
        finally:
            shutil.rmtree(archive, ignore_errors=True)
