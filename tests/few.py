"""An installation with few rows, made by the same imports and acts as the demo group: for whatever is as true of some
hundred rows as of a hundred thousand. `python -m tests.few` makes it in the place that its environment names."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import running
from tests.running import Demo

HIRES, LEAVERS, MARRIED = 600, 20, 5
COMPLETIONS = 400
COURSE = {"code": "SEC-101", "name": "Basics", "minutes": 30, "active_from": "2019-01-01"}
YEAR = 2023


def load(demo: Demo) -> None:
    """Make it by a process of its own."""
    running.fill(demo, "-m", "tests.few")


def fill() -> None:
    """The cast, people and what they completed, files of evidence, the figures of a year, and a sealed trail."""
    from keepwell.demo.access import open_account
    from keepwell.platform.history import sequencer
    from keepwell.platform.history.acting import acting
    from keepwell.platform.metrics.reading import renew
    from keepwell.platform.metrics.scope import Scope
    from keepwell.platform.registers.register import REGISTERS
    from keepwell.platform.registers.writing import create
    from tests.cast import TELLER, Cast

    Cast.setUpTestData()
    with acting(TELLER, "test.enter"):
        open_account(Cast.ada, "ada", running.PASSWORD)
    create(REGISTERS["courses"], COURSE, by=Cast.ada)
    bring_in_people()
    keep_evidence()
    renew(Scope.of_year(YEAR))
    sequencer.seal()


def bring_in_people() -> None:
    """Some of whom have left, and some of whom married since; and what they completed."""
    from keepwell.platform.registers.tests.deliveries import HEADINGS, hire

    gone = {"employed_until": "2024-12-31"}
    people = [hire(n, **(gone if n < LEAVERS else {})) for n in range(HIRES)]
    deliver("people", HEADINGS, people)
    deliver(
        "people",
        HEADINGS,
        [*people[:-MARRIED], *(hire(n, name=f"Married {n}") for n in range(HIRES - MARRIED, HIRES))],
    )
    moments = [f"{YEAR}-{1 + n % 12:02}-{1 + n // 12 % 28:02}T09:00:00Z" for n in range(COMPLETIONS)]
    numbers = [row[HEADINGS.index("number")] for row in people]
    rows = [[numbers[n % HIRES], COURSE["code"], at] for n, at in enumerate(moments)]
    deliver("completions", ("person", "course", "completed_at"), rows)


def deliver(slug: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Bring a file of `rows` in, as Ada."""
    from keepwell.platform.people.models import Person
    from keepwell.platform.registers.files import bring_in
    from keepwell.platform.registers.register import REGISTERS

    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{slug}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([headings, *rows])
        outcome = bring_in(REGISTERS[slug], path, Person.objects.get(number="A0000001"))
    if outcome.errors:
        raise RuntimeError(outcome.errors[:3])


def keep_evidence() -> None:
    """Two files of the course."""
    from keepwell.areas.awareness.models import Course
    from keepwell.platform.evidence import intake, rules
    from keepwell.platform.evidence.intake import Incoming
    from keepwell.platform.people.models import Person

    course, ada = Course.objects.get(), Person.objects.get(number="A0000001")
    incoming = [Incoming(f"{name}.txt", [f"Attendance, {name}".encode()]) for name in ("morning", "evening")]
    with intake.taken(incoming) as files:
        rules.attach(rules.Facts("Attendance", course.unit), by=ada, files=files, links=[], to=course,
                     reason="The latest session")  # fmt: skip


if __name__ == "__main__":
    from keepwell.config.cli import set_up

    set_up()
    from keepwell.platform.keeping import steps

    steps.bring_up_to_date()
    fill()
    from django.db import connections

    connections.close_all()
