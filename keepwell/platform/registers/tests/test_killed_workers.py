"""Workers are killed with -9 at random moments; every row is there once in the end."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import sqlite3
import time
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import TestCase
from urllib.parse import urlsplit

import psycopg
import pytest

from keepwell.platform.registers.tests.deliveries import HEADINGS, hire
from tests.machine import rounds
from tests.prompt import CLI, prompt

ROWS = 3_000
KILLS = 3
LONGEST_SECONDS = 2.0
PATIENCE_SECONDS = 90
OWN = "keepwell.platform.registers.tests.doomed"
NAME = f"keepwell_killed_{os.getpid()}"
WORKER = [CLI, "work", *rounds(("--child",), ())]


@pytest.mark.both
class Doomed(TestCase):
    """A database of the test's own, on the server of the run or in a file, and workers that are killed."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(TemporaryDirectory()))
        cls.server = os.environ.get("DATABASE_URL", "")
        cls.url = cls.server and urlsplit(cls.server)._replace(path=f"/{NAME}").geturl()
        if cls.server:
            cls.on_server(f"CREATE DATABASE {NAME}")
            cls.addClassCleanup(cls.on_server, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        cls.programs = cls.enterClassContext(prompt(cls.environment(), cls.folder / "said"))
        cls.run_python(CLI, "migrate")
        cls.run_python(OWN, "found")

    @classmethod
    def on_server(cls, statement: str) -> None:
        """Do one statement on the server's own database."""
        place = urlsplit(cls.server)._replace(path="/postgres").geturl()
        with psycopg.connect(place, autocommit=True) as connection:
            connection.execute(statement.encode())

    @classmethod
    def environment(cls) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KEEPWELL_")}
        return kept | {"DJANGO_SETTINGS_MODULE": "keepwell.config.settings", "KEEPWELL_DATA": str(cls.folder),
                       "DATABASE_URL": cls.url, "KEEPWELL_LEASE_SECONDS": "1"}  # fmt: skip

    @classmethod
    def run_python(cls, *words: str) -> str:
        """Run a module with its words to its end; what it printed."""
        done = cls.programs.run(*words)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def look(self, prefix: str) -> dict[str, Any]:
        """What is there of the people whose number begins so."""
        found: dict[str, Any] = json.loads(self.run_python(OWN, "look", prefix))
        return found

    def state(self, job: str) -> str:
        """The state of a job, asked without going through Django."""
        if self.server:
            with psycopg.connect(self.url) as connection:
                row = connection.execute("SELECT state FROM jobs_job WHERE id = %s", [job]).fetchone()
        else:
            with closing(sqlite3.connect(self.folder / "keepwell.sqlite3", timeout=20)) as file:
                row = file.execute(
                    "SELECT state FROM jobs_job WHERE id = ?", [job.replace("-", "")]
                ).fetchone()
        assert row is not None
        return str(row[0])

    def deliver(self, slug: str, headings: tuple[str, ...], rows: list[list[str]]) -> str:
        """Ask for a file of `rows` to be brought in; returns the job."""
        path = self.folder / "delivered.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([headings, *rows])
        return self.run_python(OWN, "deliver", slug, str(path))

    def die_and_finish(self, job: str, draw: random.Random, worker: list[str]) -> None:
        """Kill the worker and all its children at random moments of the job, then let it be done."""
        for _kill in range(KILLS):
            self.with_worker(job, worker, draw.uniform(0, LONGEST_SECONDS))
        self.with_worker(job, worker, None)
        self.assertEqual(self.state(job), "done")

    def with_worker(self, job: str, worker: list[str], seconds: float | None) -> None:
        """Let a worker work until the job is done, or kill it so many seconds after it took the job."""
        started = self.programs.start(*worker)
        try:
            self.wait(job, {"done"} if seconds is None else {"running", "done"})
            time.sleep(seconds or 0)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started, signal.SIGKILL)
            self.programs.wait(started)

    def wait(self, job: str, states: set[str]) -> None:
        """Wait until the job is in one of `states`; what was given up is taken up again."""
        end = time.monotonic() + PATIENCE_SECONDS
        while (state := self.state(job)) not in states:
            self.assertLess(time.monotonic(), end, f"The job is {state} for too long.")
            if state == "dead":
                self.run_python(OWN, "retry", job)
            time.sleep(0.05)


@pytest.mark.slow
class KilledImport(Doomed):
    def test_brings_in_every_person_once(self) -> None:
        for seed in range(rounds(1, 34)):
            prefix, draw = f"K{seed}-", random.Random(seed)
            rows = [hire(n, number=f"{prefix}{n}") for n in range(ROWS)]
            before = self.look(prefix)
            with self.subTest(seed=seed):
                self.die_and_finish(self.deliver("people", HEADINGS, rows), draw, WORKER)
                self.assertEqual(self.look(prefix), before | {
                    "people": ROWS, "changes": ROWS, "postings": ROWS, "delivered by": 1,
                    "applied": before["applied"] + 1, "reading": 0, "staged": 0,
                })  # fmt: skip
                self.changes_once(prefix, rows, draw)

    def changes_once(self, prefix: str, rows: list[list[str]], draw: random.Random) -> None:
        """The same file with one person changed, again with kills: one Change more, and no other."""
        there = self.look(prefix)
        rows[7] = hire(7, number=f"{prefix}7", name="Married Name")
        self.die_and_finish(self.deliver("people", HEADINGS, rows), draw, WORKER)
        self.assertEqual(self.look(prefix), there | {
            "changes": ROWS + 1, "delivered by": 2, "applied": there["applied"] + 1})  # fmt: skip

    def test_brings_in_every_completion_once(self) -> None:
        people = [hire(n, number=f"C{n}") for n in range(50)]
        self.with_worker(self.deliver("people", HEADINGS, people), WORKER, None)
        heads = ("person", "course", "completed_at")
        for seed in range(rounds(1, 34)):
            start = datetime(2020, 1, 1) + seed * timedelta(minutes=ROWS)
            moments = [start + n * timedelta(minutes=1) for n in range(ROWS)]
            rows = [[f"C{n % 50}", "SEC-101", f"{at:%Y-%m-%dT%H:%M:%SZ}"] for n, at in enumerate(moments)]
            before = self.look("C")
            with self.subTest(seed=seed):
                self.die_and_finish(self.deliver("completions", heads, rows), random.Random(seed), WORKER)
                self.assertEqual(self.look("C"), before | {
                    "completions": before["completions"] + ROWS, "applied": before["applied"] + 1})  # fmt: skip


@pytest.mark.slow
class KilledControl(Doomed):
    def test_that_forgets_what_it_did_does_it_twice(self) -> None:
        before = self.look("N")["placements"]
        job = self.run_python(OWN, "naive", "60")
        self.with_worker(job, [OWN, "work"], 0.6)
        self.with_worker(job, [OWN, "work"], None)
        self.assertGreater(self.look("N")["placements"], before + 60)
