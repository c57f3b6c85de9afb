"""Migrations that were cut off can be run again, two processes never run them at once, and an empty database that is
laid out at once has the shape to which they lead."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import machine, running
from tests.running import KEEPWELL, ROOT, Demo

PATIENCE_SECONDS = 300
DOOMED = [sys.executable, "-m", "keepwell.platform.keeping.tests.doomed_steps"]
SHAPE = {
    True: "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    " WHERE table_schema = 'public' UNION ALL SELECT tablename, indexname, indexdef, '' FROM pg_indexes"
    " WHERE schemaname = 'public' UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), ''"
    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2, 3, 4",
    False: "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2",
}


@contextmanager
def empty(folder: Path) -> Iterator[Demo]:
    """An installation without tables."""
    folder.mkdir()
    server = running.on_postgresql()
    bare = Demo(folder / "data", f"keepwell_steps_{os.getpid()}_{folder.stat().st_ino}" if server else "")
    bare.folder.mkdir()
    if server:
        running.create(bare.database)
    try:
        yield bare
    finally:
        running.put_away(bare)


def shape(demo: Demo) -> list[tuple[Any, ...]]:
    """Tables, columns, indexes and constraints; in which order the columns stand is nobody's business."""
    found = demo.rows(SHAPE[bool(demo.database)])
    if demo.database:
        return found
    return [(*names, parts(sql or "")) for *names, sql in found]


def parts(sql: str) -> list[str]:
    """What stands between the outer brackets of a statement, divided at the commas there, in order."""
    found, depth = [""], 0
    for sign in sql:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 1:
            found.append("")
        else:
            found[-1] += sign
    found[0] = found[0].partition("(")[2] or found[0]
    found[-1] = found[-1].removesuffix(")")
    return sorted(part.strip() for part in found)


def run(demo: Demo, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=demo.environment, cwd=ROOT, capture_output=True, text=True,
                          timeout=PATIENCE_SECONDS)  # fmt: skip


@pytest.mark.slow
class TestAKilledMigration:
    def test_can_be_run_again(self, tmp_path: Path) -> None:
        """`straight` was laid out at once, `killed` went migration by migration."""
        with empty(tmp_path / "straight") as straight:
            assert run(straight, [*KEEPWELL, "migrate"]).returncode == 0
            wanted = shape(straight)
        for seed in range(machine.rounds(1, 8)):
            with empty(tmp_path / f"killed-{seed}") as killed:
                drawn = str(seed + running.on_postgresql())
                done = run(killed, [*DOOMED, drawn, str(machine.rounds(40, 1)), "own"])
                assert done.returncode == 0, done.stderr
                assert int(done.stdout) >= 4
                assert shape(killed) == wanted

    def test_of_django_alone_cannot_always_be_run_again(self, tmp_path: Path) -> None:
        with empty(tmp_path / "control") as control:
            done = run(control, [*DOOMED, "0", "1", "django"])
            assert done.returncode == 1
            assert "already exists" in done.stderr


class TestTwoAtOnce:
    def test_wait_for_each_other(self, tmp_path: Path) -> None:
        with empty(tmp_path / "both") as both:
            started = [
                subprocess.Popen([*KEEPWELL, "migrate"], env=both.environment, cwd=ROOT, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)
            ]  # fmt: skip
            said = [process.communicate(timeout=PATIENCE_SECONDS) for process in started]
            assert [process.returncode for process in started] == [0, 0], said
            told = sorted(out for out, _error in said)
            assert told[1] == "Nothing to migrate.\n" or "migrations applied" in told[0]
            assert run(both, [*KEEPWELL, "migrate"]).stdout == "Nothing to migrate.\n"
