"""How long the figures of a year take at full size: counted for every unit, and read again.

`python -m benchmarks.metrics` on the embedded database, with DATABASE_URL on that server; it makes a test
database of its own and leaves nothing behind.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

PEOPLE = 120_000
COMPLETIONS = 110_123
SITES = 25
UNITS_PER_SITE = 8
COURSES = 14
YEAR = 2023
COUNT_SECONDS = 2.0
WARM_SECONDS = 0.05


def main() -> int:
    """Measure, print, and answer 1 if a bar is missed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.config.settings")
    import django

    django.setup()
    with throwaway_database() as engine:
        build()
        results = measure()
    print(f"{engine}: {PEOPLE:,} people, {COMPLETIONS:,} completions, "
          f"{1 + 6 + SITES * (1 + UNITS_PER_SITE)} units, {results.pop('metrics')} metrics")  # fmt: skip
    for name, seconds in results.items():
        print(f"  {name:<58} {seconds:8.3f} s   {seconds / results['the rows alone, by the driver']:6.2f} x")
    cold, warm = results["all metrics, all units, counted"], results["outcomes of one unit, warm"]
    return int(cold > COUNT_SECONDS or warm > WARM_SECONDS)


def measure() -> dict[str, Any]:
    """Seconds by what was done; the ratio is to the bare fetch of the year's rows in the same run."""
    from django.db import connection

    from keepwell.platform.metrics.metric import METRICS, all_metrics
    from keepwell.platform.metrics.reading import count, read_all, read_at
    from keepwell.platform.metrics.scope import Scope
    from keepwell.platform.tree.models import Unit

    scope, group = Scope.of_year(YEAR), Unit.objects.get(code="BENCH")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    results: dict[str, Any] = {"metrics": len(METRICS)}
    results["the rows alone, by the driver"] = timed(bare_rows)
    for metric in all_metrics():
        results[f"{metric.name}, all units, counted"] = timed(lambda metric=metric: count([metric], scope))
    results["all metrics, all units, counted"] = timed(lambda: count(all_metrics(), scope), times=5)
    results["all metrics, all units, warm"] = timed(lambda: read_all(scope), times=9)
    results["outcomes of one unit, warm"] = timed(lambda: read_at(group, scope), times=25)
    return results


def timed(work: Callable[[], object], times: int = 3) -> float:
    """The median of so many runs, in seconds."""
    spent = []
    for _ in range(times):
        begin = perf_counter()
        work()
        spent.append(perf_counter() - begin)
    return median(spent)


def bare_rows() -> None:
    """What no counting with digests can do without: the keys of the year's rows, fetched once."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.number, c.code, o.completed_at, o.minutes, g.unit_id FROM awareness_completion o"
            " JOIN people_person p ON p.id = o.person_id JOIN awareness_course c ON c.id = o.course_id"
            " JOIN people_posting g ON g.person_id = o.person_id AND g.since <= o.completed_on"
            " AND (g.until IS NULL OR g.until >= o.completed_on)"
            " WHERE o.completed_on BETWEEN '2023-01-01' AND '2023-12-31'"
        )
        cursor.fetchall()


@contextmanager
def throwaway_database() -> Iterator[str]:
    """A test database on the configured server; for the embedded one a file, as in operation."""
    from django.db import connection

    with tempfile.TemporaryDirectory() as folder:
        name = "keepwell_bench_metrics"
        embedded = connection.vendor == "sqlite"
        connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / name) if embedded else name
        before = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield connection.vendor
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)


def build() -> None:
    """An invented group: a tenth of its people moved in mid-year, a twentieth left."""
    draw = random.Random(YEAR)
    places = build_units()
    courses, batch = build_courses(places[0])
    people = build_people(places, draw)
    build_completions(people, courses, batch, draw)


def build_units() -> list[Any]:
    """The group, six companies, the sites and their units; returns those where people are."""
    from keepwell.platform.history.acting import Machine, acting
    from keepwell.platform.tree.models import Unit

    def unit(code: str, kind: str, parent: Any) -> Any:
        made = Unit(code=code, name=code.title(), kind=kind, parent=parent, country="TW",
                    time_zone="Asia/Taipei", active_from=date(2018, 1, 1))  # fmt: skip
        made.save()
        return made

    with acting(Machine("the benchmark"), "unit.create"):
        group = unit("BENCH", "group", None)
        companies = [unit(f"C{n}", "company", group) for n in range(6)]
        sites = [unit(f"S{n:02}", "site", companies[n % 6]) for n in range(SITES)]
        return [unit(f"{site.code}-{n}", "unit", site) for site in sites for n in range(UNITS_PER_SITE)]


def build_courses(owner: Any) -> tuple[list[Any], Any]:
    """The courses and the batch that brings the completions."""
    from keepwell.areas.awareness.models import Course
    from keepwell.platform.exchange.models import Batch
    from keepwell.platform.history.acting import Machine, acting

    courses = [Course(code=f"SEC-{n:03}", name=f"Course {n}", minutes=15 + 5 * n, unit=owner,
                      active_from=date(2018, 1, 1)) for n in range(COURSES)]  # fmt: skip
    with acting(Machine("the benchmark"), "course.create"):
        for course in courses:
            course.save()
    batch = Batch.objects.create(
        register="completions", unit=owner, file_name="completions.csv", sha256="0" * 64, size_bytes=1,
        at=datetime(2024, 1, 2, tzinfo=UTC), state="applied", serial=1,
    )  # fmt: skip
    return courses, batch


def build_people(places: list[Any], draw: random.Random) -> list[Any]:
    """People and their postings."""
    from django.db.models import QuerySet

    from keepwell.platform.people.models import Person, Posting

    start, moved, left = date(2020, 1, 1), date(2023, 7, 1), date(2023, 9, 30)
    people, postings = [], []
    for number in range(PEOPLE):
        first, fate = draw.choice(places), draw.random()
        person = Person(
            number=f"B{number:07}", name=f"Person {number}", unit=first, unit_since=start, employed_from=start
        )
        people.append(person)
        if fate < 0.1:
            person.unit, person.unit_since = draw.choice(places), moved
            postings.append(Posting(person=person, unit=first, since=start, until=moved - timedelta(days=1)))
        elif fate < 0.15:
            person.employed_until = left
        postings.append(
            Posting(person=person, unit=person.unit, since=person.unit_since, until=person.employed_until)
        )
    QuerySet(Person).bulk_create(people, batch_size=5_000)
    Posting.objects.bulk_create(postings, batch_size=5_000)
    return people


def build_completions(people: list[Any], courses: list[Any], batch: Any, draw: random.Random) -> None:
    """The person-times of the year, and half as many in the year before."""
    from keepwell.areas.awareness.models import Completion

    rows, start = {}, datetime(YEAR, 1, 1, 1, tzinfo=UTC)
    while len(rows) < COMPLETIONS * 3 // 2:
        before = timedelta(days=365) if len(rows) >= COMPLETIONS else timedelta(0)
        person, course = draw.choice(people), draw.choice(courses)
        moment = start - before + timedelta(days=draw.randrange(270), seconds=draw.randrange(36_000))
        rows[person.number, course.code, moment] = Completion(
            person=person,
            course=course,
            completed_at=moment,
            completed_on=moment.date(),
            minutes=course.minutes,
            batch=batch,
        )
    Completion.objects.bulk_create(sorted(rows.values(), key=lambda c: c.completed_at), batch_size=5_000)


if __name__ == "__main__":
    raise SystemExit(main())
