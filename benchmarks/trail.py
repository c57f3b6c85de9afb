"""What the sealed trail costs: a save beside a bare write, rows a second with their lag, and verifying a million rows.

`python -m benchmarks.trail [SHARE]` on the embedded database, with DATABASE_URL on that server; SHARE (0..1) takes
only that part of the rows and seconds. It makes a test database of its own and leaves nothing behind.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.metrics import build_units, throwaway_database

SAVES = 400
ROUNDS = 5
SAVE_RATIO = 2.0
ROWS = 1_000_000
AT_ONCE = 50_000
RATE, SECONDS = 200, 120
LAG_SECONDS = 60.0
VERIFY_SECONDS = 30.0


def main(share: float = 1.0) -> int:
    """Measure, print, and answer 1 if a bar is missed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.config.settings")
    import django

    django.setup()
    from django.test import override_settings

    with (
        throwaway_database() as engine,
        tempfile.TemporaryDirectory() as folder,
        override_settings(KEEPWELL_KEYS=Path(folder) / "keys"),
    ):
        saves = saving()
        lag, rate = sustained(SECONDS * share)
        verified = verifying(Path(folder), round(ROWS * share))
    print(
        f"{engine}: a save of a day costs {saves['a day']:.2f} bare writes, of a name {saves['a name']:.2f};"
        f" {rate:.0f} rows/s with a lag of {lag:.0f} s at most"
    )
    for name, spent in verified.items():
        print(f"  {name:<58} {spent:8.2f} s")
    return int(
        max(saves.values()) > SAVE_RATIO
        or lag > LAG_SECONDS
        or rate < RATE * 0.95
        or verified["one-file verifier"] > VERIFY_SECONDS
    )


def saving() -> dict[str, float]:
    """How many times the bare ORM write of the same row a save takes, by what was changed; the median of rounds.

    A save writes its row of the trail; where words changed, it leaves a mark for the index of words too.
    """
    from keepwell.platform.history.acting import Machine, acting
    from keepwell.platform.people.models import Person

    first, place = date(2020, 1, 1), build_units()[0]
    with acting(Machine("bench"), "bench.enter"):
        person = Person(
            number="BENCH", name="Nobody", unit=place, unit_since=date(2021, 1, 1), employed_from=first
        )
        person.save()
    return {
        "a day": median(
            _times(person, "employed_from", lambda n: first + timedelta(days=n % 300)) for _ in range(ROUNDS)
        ),
        "a name": median(_times(person, "name", lambda n: f"Told {n}") for _ in range(ROUNDS)),
    }


def _times(person: Any, column: str, value: Callable[[int], Any]) -> float:
    from django.db import models

    from keepwell.platform.history.acting import Machine, acting

    started = perf_counter()
    for number in range(SAVES):
        setattr(person, column, value(number))
        models.Model.save(person)
    bare = perf_counter() - started
    person.refresh_from_db()
    with acting(Machine("bench"), "bench.change"):
        started = perf_counter()
        for number in range(SAVES):
            setattr(person, column, value(number))
            person.save()
    return (perf_counter() - started) / bare


def sustained(seconds: float) -> tuple[float, float]:
    """The longest lag, and the rows a second that were written, while a worker seals beside the writer."""
    from django.db import connection

    from keepwell.platform.history import jobs
    from keepwell.platform.history.standing import standing

    over = threading.Event()

    def seal() -> None:
        while not over.wait(jobs.EVERY.total_seconds()):
            jobs.seal_what_waits()
        connection.close()

    worker, lags, written, started = threading.Thread(target=seal), [], 0, perf_counter()
    jobs.seal_what_waits()
    worker.start()
    while (spent := perf_counter() - started) < seconds:
        behind = int(spent * RATE) - written
        written += _save_some(behind)
        lags.append(standing().lag.total_seconds())
        time.sleep(0.05)
    over.set()
    worker.join()
    return max(lags), written / spent


def _save_some(count: int) -> int:
    from keepwell.platform.history.noting import note

    for number in range(count):
        note(None, "bench.told", kind="event", number=number)
    return count


def verifying(folder: Path, rows: int) -> dict[str, float]:
    """Seconds by what was done with so many rows."""
    from keepwell.platform.history import checking, export, sequencer
    from keepwell.platform.history.ledger import Trail

    seconds, told = {}, _rows(rows)
    seconds[f"writing {rows:,} rows in bulk"] = timed(lambda: _write(told))
    seconds[f"sealing {rows:,} rows"] = timed(sequencer.seal)
    path = folder / "trail.jsonl"
    seconds["exporting them"] = timed(lambda: _export(path, export))
    seconds["keepwell trail verify, from the database"] = timed(checking.check)
    program = Path(checking.__file__).parents[2] / "library" / "verify_trail.py"
    command = [sys.executable, str(program), str(path), "--key", Trail.objects.get().keys[-1]]
    seconds["one-file verifier"] = timed(
        lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    )
    return seconds


def _export(path: Path, export: Any) -> None:
    with path.open("wb") as out:
        out.writelines(export.lines(export.span()))


def _rows(count: int) -> Iterator[list[Any]]:
    from uuid import uuid4

    from keepwell.kernel import moments

    for number in range(count):
        yield [moments.now(), None, "bench", "person.amend", "people.person", uuid4(), 1, None, None,
               {}, {"name": f"Before {number}"}, {"name": f"After {number}"}]  # fmt: skip


def _write(told: Iterator[list[Any]]) -> None:
    from django.db import transaction

    from keepwell.platform.history import dialects
    from keepwell.platform.history.bulk import CHANGE_COLUMNS
    from keepwell.platform.history.models import Change

    while part := list(islice(told, AT_ONCE)):
        with transaction.atomic():
            dialects.insert(Change, CHANGE_COLUMNS, part)


def timed(work: Any) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    raise SystemExit(main(*map(float, sys.argv[1:2])))
