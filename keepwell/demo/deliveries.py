"""Everything the invented group brings in, file by file, in the order of the days."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from io import StringIO
from itertools import chain, islice

from keepwell.demo import cast, certificates, courses, people, structure, training
from keepwell.demo.plan import plan

TAIPEI = timezone(timedelta(hours=8))
Row = tuple[str, ...]


@dataclass(frozen=True)
class Delivery:
    """One file: when it comes, for which register (or `moves`, `grants`), from which source.

    `rows` may be read as often as one likes and gives the same each time.
    """

    at: datetime
    register: str
    source: str
    file_name: str
    headings: Row
    read: Callable[[], Iterator[Row]]

    @property
    def rows(self) -> Iterator[Row]:
        """The rows below the headings."""
        return self.read()

    def lines(self) -> Iterator[str]:
        """The file as CSV, some lines at a time, each ended by LF; in UTF-8 on disk."""
        rows = chain([self.headings], self.rows)
        while part := list(islice(rows, 1000)):
            buffer = StringIO()
            csv.writer(buffer, lineterminator="\n").writerows(part)
            yield buffer.getvalue()

    def content(self) -> bytes:
        """The whole file."""
        return "".join(self.lines()).encode()

    def digest(self) -> str:
        """SHA-256 of the file, in hex."""
        sum_ = sha256()
        for line in self.lines():
            sum_.update(line.encode())
        return sum_.hexdigest()


def deliveries(*, small: bool = False) -> list[Delivery]:
    """All files in time order; rows are made when they are read."""
    told = plan(small=small)
    force = people.workforce(told)
    found = _beginnings(force)
    for year in training.years(force, told):
        found.extend(_year(force, year))
    return sorted(found, key=lambda delivery: delivery.at)


def _beginnings(force: people.Workforce) -> list[Delivery]:
    """What does not come every year."""
    return [
        Delivery(_at(2019, 1, 2, 8), "units", "organization", "units-2019.csv", structure.HEADINGS,
                 structure.rows_before_joining),
        Delivery(_at(2019, 1, 2, 9), "people", "hr", "people-2019-01-02.csv", people.HEADINGS,
                 force.first_rows),
        Delivery(_at(2019, 1, 2, 10), "grants", "organization", "grants-2019.csv", cast.GRANT_HEADINGS,
                 cast.first_grant_rows),
        Delivery(_at(2019, 1, 2, 11), "courses", "training", "courses.csv", courses.HEADINGS, courses.rows),
        Delivery(_at(2019, 1, 2, 12), "standards", "library", "standards.csv", certificates.STANDARD_HEADINGS,
                 certificates.standard_rows),
        Delivery(_at(2021, 6, 28, 9), "units", "organization", "units-2021-joined.csv", structure.HEADINGS,
                 structure.rows_joining),
        Delivery(_at(2023, 7, 1, 8), "moves", "organization", "moves-2023.csv", structure.MOVE_HEADINGS,
                 structure.move_rows),
        Delivery(_at(2025, 11, 13, 9), "certificates", "assurance", "certificates.csv", certificates.HEADINGS,
                 certificates.certificate_rows),
        Delivery(_at(2025, 11, 13, 19), "grants", "organization", "grants-2025.csv", cast.GRANT_HEADINGS,
                 cast.later_grant_rows),
    ]  # fmt: skip


def _year(force: people.Workforce, training_year: training.TrainingYear) -> Iterator[Delivery]:
    """The files of one year: changes of people, then completions, then those that came late."""
    year = training_year.year
    hr_at, lms_at = _at(year.year + 1, 1, 3, 9), _at(year.year + 1, 1, 8, 7)
    if year.year == 2025:
        hr_at, lms_at = _at(2025, 11, 13, 18), _at(2025, 11, 14, 4)
    yield Delivery(hr_at, "people", "hr", f"people-{year.year}.csv", people.HEADINGS,
                   lambda: force.year_rows(year))  # fmt: skip
    yield Delivery(lms_at, "completions", training.SOURCE, f"completions-{year.year}.csv",
                   training.HEADINGS, training_year.rows)  # fmt: skip
    if year.late:
        name = f"completions-{year.year}-late.csv"
        yield Delivery(_at(year.year + 1, 2, 8, 10), "completions", training.SOURCE, name, training.HEADINGS,
                       training_year.late_rows)  # fmt: skip


def _at(year: int, month: int, day: int, hour: int) -> datetime:
    """That hour in Taipei."""
    return datetime(year, month, day, hour, tzinfo=TAIPEI).astimezone(UTC)
