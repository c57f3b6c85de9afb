"""How long a group's records take to come in: people from HR, completions from a learning system.

`python -m benchmarks.importing [SHARE]` on the embedded database, with DATABASE_URL on that server; SHARE
(0..1) takes only that part of the rows. It makes a test database of its own and leaves nothing behind.
"""

from __future__ import annotations

import csv
import os
import random
import resource
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.metrics import build_courses, build_units, throwaway_database

PEOPLE = 92_000
COMPLETIONS = 110_123
COMPLETIONS_RATIO = 2.5
BARS = {
    "people": 25.0, "people, unchanged again": 10.0, "people, every mail address another": 30.0,
    "completions": 10.0, "completions, unchanged again": 10.0,
}  # fmt: skip
"""Seconds at most, at full size."""
MEGABYTES = 500
MOST_MEMORY = "megabytes at most"
START = date(2020, 1, 1)


def main(share: float = 1.0) -> int:
    """Measure, print, and answer 1 if a bar is missed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.config.settings")
    import django

    django.setup()
    people, completions = round(PEOPLE * share), round(COMPLETIONS * share)
    with throwaway_database() as engine, tempfile.TemporaryDirectory() as folder:
        seconds = measure(Path(folder), people, completions)
        report(engine, seconds, people, completions)
    return int(
        any(seconds[name] > most for name, most in BARS.items())
        or ratio(seconds) > COMPLETIONS_RATIO or seconds[MOST_MEMORY] > MEGABYTES
    )  # fmt: skip


def ratio(seconds: dict[str, float]) -> float:
    """How many times the bare write the import of completions takes."""
    return seconds["completions"] / seconds["completions, Django's bulk_create alone"]


def report(engine: str, seconds: dict[str, float], people: int, completions: int) -> None:
    """Print what was measured."""
    print(f"{engine}: {people:,} people, {completions:,} completions")
    for name, spent in seconds.items():
        if name != MOST_MEMORY:
            print(f"  {name:<58} {spent:8.2f} s")
    print(
        f"  completions to bulk_create alone {ratio(seconds):.2f} x, imports take at most {seconds[MOST_MEMORY]:.0f} MB"
    )


def measure(folder: Path, people: int, completions: int) -> dict[str, float]:
    """Seconds by what was done, in the order it was done."""
    from django.test import override_settings

    from keepwell.areas.awareness.models import Completion

    draw = random.Random(2023)
    places = build_units()
    courses, _batch = build_courses(places[0])
    by, seconds = administrator(), {}
    write_people(folder / "people.csv", places, people, draw)
    write_people(folder / "other-mail.csv", places, people, random.Random(2023), host="other.example")
    write_completions(folder / "completions.csv", courses, people, completions)
    write_completions(folder / "one-more.csv", courses, people, completions, more=1)
    with override_settings(KEEPWELL_DATA=folder):
        seconds["people"] = timed(lambda: bring("people", folder / "people.csv", by, people, 0))
        seconds["people, unchanged again"] = timed(
            lambda: bring("people", folder / "people.csv", by, 0, people)
        )
        seconds["people, every mail address another"] = timed(
            lambda: bring("people", folder / "other-mail.csv", by, 0, 0, changed=people)
        )
        seconds["completions"] = timed(
            lambda: bring("completions", folder / "completions.csv", by, completions, 0)
        )
        seconds["completions, the same file again"] = timed(
            lambda: bring("completions", folder / "completions.csv", by, 0, completions))  # fmt: skip
        seconds["completions, unchanged again"] = timed(
            lambda: bring("completions", folder / "one-more.csv", by, 1, completions))  # fmt: skip
        seconds[MOST_MEMORY] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ready = list(Completion.objects.all())
        Completion.objects.all().delete()
        for row in ready:
            row.pk, row._state.adding = None, True
        seconds["completions, Django's bulk_create alone"] = timed(lambda: bare(ready))
    return seconds


def timed(work: Callable[[], object]) -> float:
    """Seconds of one run; each import changes what the next one finds."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


def bring(slug: str, path: Path, by: Any, created: int, unchanged: int, changed: int = 0) -> None:
    """Bring a file in, and see that it did what it should."""
    from keepwell.platform.registers.files import bring_in
    from keepwell.platform.registers.register import REGISTERS

    outcome = bring_in(REGISTERS[slug], path, by)
    found = (outcome.created, outcome.changed, outcome.unchanged, outcome.unmatched, len(outcome.errors))
    if found != (created, changed, unchanged, 0, 0):
        raise RuntimeError(f"{path.name}: {found}, {outcome.errors[:3]}")


def bare(ready: list[Any]) -> None:
    """The bare write of the same ready rows by Django."""
    from django.db import transaction

    from keepwell.areas.awareness.models import Completion

    with transaction.atomic():
        Completion.objects.bulk_create(ready, batch_size=5_000)


def administrator() -> Any:
    """Somebody who may bring everything in."""
    from keepwell.platform.history.acting import Machine, acting
    from keepwell.platform.people.models import Grant, Person
    from keepwell.platform.tree.models import Unit

    group = Unit.objects.get(code="BENCH")
    who = Person(number="ADMIN", name="Administrator", unit=group, unit_since=START, employed_from=START)
    with acting(Machine("the benchmark"), "person.create"):
        who.save()
        Grant(person=who, role="administrator", unit=group, since=START).save()
    return who


def write_people(path: Path, places: list[Any], count: int, draw: random.Random,
                 host: str = "meridian.example") -> None:  # fmt: skip
    """A file as HR delivers it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "name", "name_local", "mail", "unit", "unit_since", "language", "kind",
                       "employed_from", "employed_until"])  # fmt: skip
        for n in range(count):
            rows.writerow([f"B{n:07}", f"Person {n}", "林小明", f"b{n}@{host}", draw.choice(places).code,
                           "2020-01-01", "zh-hant", "employee", "2020-01-01", ""])  # fmt: skip


def write_completions(path: Path, courses: list[Any], people: int, count: int, *,
                      more: int = 0) -> None:  # fmt: skip
    """A file as a learning system delivers it; with `more`, the same rows and so many new ones."""
    draw = random.Random(count)
    start = datetime(2023, 1, 1, tzinfo=UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["Employee No.", "Course Code", "Completed At", "Duration"])
        for n in range(count + more):
            at = start + timedelta(minutes=n * 400_000 // count, seconds=n % 60)
            rows.writerow([f"B{draw.randrange(people):07}", draw.choice(courses).code, f"{at:%Y-%m-%dT%H:%M:%S}",
                           "" if n % 3 else "25"])  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main(*map(float, sys.argv[1:2])))
