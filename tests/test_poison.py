"""Jobs that break, hang or kill their worker end with a reason and never hold up the rest; workers whose clocks are
five minutes ahead or behind do all work once."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.machine import rounds
from tests.running import ROOT, Demo, copied

pytestmark = pytest.mark.both
PATIENCE_SECONDS = rounds(120, 900)
SKEW_SECONDS = 300
LEASE_SECONDS = rounds(2, 10)
"""A lease must outlast the wait for SQLite's one lock, for which many workers queue in full rounds."""
HURRY = "UPDATE jobs_job SET run_after = '2020-01-01 00:00:00' WHERE state = 'queued' AND attempts > 0"
HOW_MANY = "SELECT state, count(*) FROM jobs_job WHERE name = 'story' GROUP BY state"
STORIES = "SELECT arguments, state, attempts, error FROM jobs_job WHERE name = 'story'"
WORKER = """
import django; django.setup()
import json, os, signal, sys, time
from datetime import timedelta
from pathlib import Path
from django.utils import timezone
from keepwell.platform.jobs import worker
from keepwell.platform.jobs.job import KINDS, enqueue, job

skew, folder, asked = timedelta(seconds=int(sys.argv[1])), Path(sys.argv[2]), json.loads(sys.argv[3])
now = timezone.now
timezone.now = lambda: now() + skew
KINDS.clear()

@job("story", limit=timedelta(seconds=1))
def story(task, *, number, does):
    with (folder / str(number)).open("a") as effect:
        effect.write(".")
    if does == "break":
        raise ValueError("It is poison.")
    if does == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep({"hang": 600, "last": 0.6}.get(does, 0))

def ask():
    for number, does in enumerate(asked):
        enqueue("story", number=number, does=does)

def by_a_child(work):
    # Only children hold connections: none outlives who opened it.
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    os.waitpid(child, 0)

by_a_child(ask)
while "leaves" not in sys.argv:
    by_a_child(worker.work)
"""


@dataclass(frozen=True)
class Poisoned(Demo):
    """A house in which the only work is that of the story."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"KEEPWELL_LEASE_SECONDS": str(LEASE_SECONDS)}

    def command(self, effects: Path, skew: int, asks: list[str]) -> list[str]:
        return [sys.executable, "-c", WORKER, str(skew), str(effects), json.dumps(asks)]

    def ask(self, effects: Path, asks: list[str]) -> None:
        """Ask for work that does what is told; nobody works yet."""
        told = [*self.command(effects, 0, asks), "leaves"]
        subprocess.run(told, env=self.environment, cwd=ROOT, check=True, timeout=PATIENCE_SECONDS)

    @contextmanager
    def worker(self, effects: Path, *, skew: int = 0, asks: list[str] | None = None) -> Iterator[None]:
        """A worker whose clock is `skew` seconds ahead, which first asks for work that does what is told."""
        told = self.command(effects, skew, asks or [])
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(told, env=self.environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def hurry(self) -> None:
        """Let what waits for its next attempt wait no longer."""
        if self.database:
            with psycopg.connect(self.url) as connection:
                connection.execute(HURRY)
            return
        with closing(sqlite3.connect(self.folder / "keepwell.sqlite3", timeout=60)) as connection, connection:
            connection.execute(HURRY)

    def standing(self) -> dict[str, int]:
        """How many jobs are in which state."""
        return {state: count for state, count in self.rows(HOW_MANY)}

    def stories(self) -> list[tuple[str, str, int, str]]:
        """What each job was to do, its state, attempts and reason."""
        return [
            ((json.loads(told) if isinstance(told, str) else told)["does"], state, attempts, error)
            for told, state, attempts, error in self.rows(STORIES)
        ]


@pytest.fixture
def poisoned(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Poisoned, Path]]:
    folder = tmp_path_factory.mktemp("poison")
    (folder / "effects").mkdir()
    with copied(demo, folder) as copy:
        yield Poisoned(copy.folder, copy.database), folder / "effects"


def wait_for(what: Callable[[], bool], why: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < until, why
        time.sleep(0.2)


def test_poison_holds_up_nobody_and_ends_with_a_reason(poisoned: tuple[Poisoned, Path]) -> None:
    house, effects = poisoned
    few, jobs = rounds(2, 100), rounds(400, 10_000)
    bad = ["kill"] * few + ["hang"] * few + ["break"] * (jobs // 20 - 2 * few)
    asked = [*bad, *["good"] * (jobs - len(bad))]
    house.ask(effects, asked)
    with ExitStack() as workers:
        for _one in range(rounds(2, 6)):
            workers.enter_context(house.worker(effects))
        wait_for(lambda: house.standing().get("done") == jobs - len(bad), "good work waits")
        assert "dead" not in house.standing(), "poison was tried to its end while good work waited"

        def over() -> bool:
            house.hurry()
            return not {"queued", "running"} & set(house.standing())

        wait_for(over, "poison is tried for ever")
    assert count(house) == Counter(
        {("good", "done"): jobs - len(bad)} | Counter((does, "dead") for does in bad)
    )
    assert all(error for _does, state, _attempts, error in house.stories() if state == "dead")
    assert {attempts for does, _state, attempts, _error in house.stories() if does != "good"} == {4}
    done_once = [len((effects / str(n)).read_text()) for n, does in enumerate(asked) if does == "good"]
    assert set(done_once) == {1}


def count(house: Poisoned) -> Counter[tuple[str, str]]:
    """How many jobs that do what stand how."""
    return Counter((does, state) for does, state, _attempts, _error in house.stories())


def test_clocks_that_differ_double_and_lose_nothing(poisoned: tuple[Poisoned, Path]) -> None:
    house, effects = poisoned
    jobs = rounds(12, 200)
    with ExitStack() as workers:
        workers.enter_context(house.worker(effects, skew=SKEW_SECONDS, asks=["last"] * jobs))
        for skew in (-SKEW_SECONDS, 0):
            workers.enter_context(house.worker(effects, skew=skew))
        wait_for(lambda: house.standing().get("done") == jobs, "work is lost")
    assert [len((effects / str(number)).read_text()) for number in range(jobs)] == [1] * jobs
    assert {attempts for _does, _state, attempts, _error in house.stories()} == {1}
