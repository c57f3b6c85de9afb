"""Who is on duty at the group and at several sites, week by week, as Ada brings the list in."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from keepwell.demo.access import somebody
from keepwell.demo.structure import GROUP
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.registers.files import bring_in
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.tree.models import Unit

HEADINGS = ("unit", "duty", "person", "phone", "rank", "from_level", "since", "until")
GIVEN = datetime(2025, 2, 17, 2, tzinfo=UTC)
BROUGHT_IN = datetime(2025, 9, 25, 3, tzinfo=UTC)
FIRST_WEEK, WEEKS = date(2025, 9, 29), 10
HOUR = 8
"""Shifts change on Mondays at 08:00 of the site."""
HEADQUARTERS, OF_THE_GROUP = "TPE1", (2, 3)
MAJOR = 3
SITES = ("HSZ1", "KHH1", "KHH2", "PEN1", "PEN2", "SUZ1")
PHONES = {"TW": "+886 912 345 6{:02}", "MY": "+60 12 345 67{:02}", "CN": "+86 138 0013 80{:02}"}


def load(ada: Person) -> None:
    """Two of headquarters take turns for the group, with Ada behind them, who is woken from S3 on; officers of sites
    take theirs."""
    group = Unit.objects.get(code=GROUP)
    duty = [somebody(HEADQUARTERS, place) for place in OF_THE_GROUP]
    with moments.standing_at(GIVEN), acting(ada, "grant.create"):
        for person in duty:
            Grant(person=person, role="secretariat", unit=group, since=GIVEN.date()).save()
    with moments.standing_at(BROUGHT_IN), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "on-duty-2025-q4.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            told = csv.writer(file, lineterminator="\n")
            told.writerow(HEADINGS)
            told.writerows(_rows(ada, group, duty))
        outcome = bring_in(REGISTERS["duty-shifts"], path, ada)
    if outcome.errors:
        raise RuntimeError(f"{path.name}: {outcome.errors[0]}")


def _rows(ada: Person, group: Unit, duty: list[Person]) -> Iterator[tuple[str, ...]]:
    for week in range(WEEKS):
        for rank, person in enumerate([*_turned(duty, week), ada], start=1):
            yield _row(group, "security", person, rank, 0, week)
        yield _row(group, "management", ada, 1, MAJOR, week)
        for site in Unit.objects.filter(code__in=SITES).order_by("code"):
            for rank, person in enumerate(_turned(_officers(site), week), start=1):
                yield _row(site, "security", person, rank, 0, week)


def _officers(site: Unit) -> list[Person]:
    """The first two officers of a site, by their number."""
    held = Grant.objects.in_force().filter(role="site_officer", unit=site).values("person")
    return list(Person.objects.filter(pk__in=held).order_by("number")[:2])


def _turned(people: list[Person], week: int) -> list[Person]:
    """Who is called first, and who next: they change places every week."""
    return people[week % len(people) :] + people[: week % len(people)] if people else []


def _row(unit: Unit, duty: str, person: Person, rank: int, from_level: int, week: int) -> tuple[str, ...]:
    phone = PHONES[str(unit.country)].format(int(person.number[-2:]))
    since, until = _monday(unit, week), _monday(unit, week + 1)
    return (str(unit.code), duty, str(person.number), phone, str(rank), str(from_level), since, until)


def _monday(unit: Unit, week: int) -> str:
    day = FIRST_WEEK + timedelta(weeks=week)
    return datetime(day.year, day.month, day.day, HOUR, tzinfo=ZoneInfo(unit.time_zone)).isoformat()
