"""Words in which the tests of deliveries tell their stories."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from keepwell.kernel import moments
from keepwell.platform.exchange.models import Batch
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.registers.files import Outcome, bring_in, carry_out, receive
from keepwell.platform.registers.importing.outcome import silent
from keepwell.platform.registers.register import REGISTERS
from tests.cast import NOW, TELLER, Cast, grant

HEADINGS = ("number", "name", "mail", "unit", "unit_since", "language", "kind", "employed_from",
            "employed_until")  # fmt: skip
MANY = 2_100
Row = list[str]


class Killed(BaseException):
    """A worker that ends in the middle, as by kill -9: nothing can catch it."""


def hire(count: int, /, **cells: str) -> Row:
    """The row of the `count`th new person at KHH1, with other `cells` where named."""
    told = {
        "number": f"B{count:07}", "name": f"Worker {count}", "mail": f"b{count}@meridian.example", "unit": "KHH1",
        "unit_since": "2020-01-01", "language": "en", "kind": "employee", "employed_from": "2020-01-01",
        "employed_until": "",
    } | cells  # fmt: skip
    return [told[name] for name in HEADINGS]


def hires(count: int = MANY) -> list[Row]:
    """So many new people."""
    return [hire(number) for number in range(count)]


def dying_after(calls: int) -> Callable[[int, int | None, str], None]:
    """Progress that kills the worker when it is told for the `calls`th time."""
    left = iter(range(calls - 1))

    def tell(_done: int, _total: int | None, _message: str) -> None:
        if next(left, None) is None:
            raise Killed

    return tell


class Delivering(Cast):
    """The cast, files in a folder of the test's own, and Hana, who imports for KHH1 alone."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "cast.enter"):
            grant(cls.sam, "hr_importer", cls.khh1)
            grant(cls.sam, "employee", cls.group)

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.folder = Path(self.enterContext(TemporaryDirectory()))
        self.enterContext(self.settings(KEEPWELL_DATA=self.folder))

    def file(self, rows: Iterable[Sequence[str]], headings: Sequence[str] = HEADINGS) -> Path:
        """A CSV file of `rows`."""
        path = self.folder / "delivered.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([headings, *rows])
        return path

    def bring(self, rows: Iterable[Sequence[str]], headings: Sequence[str] = HEADINGS, *, by: Person | None = None,
              to: str = "people", **how: Any) -> Outcome:  # fmt: skip
        """What comes of a file of `rows`, brought in by Ada unless somebody else is named."""
        return bring_in(REGISTERS[to], self.file(rows, headings), by or self.ada, **how)

    def waiting(self, rows: Iterable[Sequence[str]], headings: Sequence[str] = HEADINGS, *,
                to: str = "people") -> Batch:  # fmt: skip
        """A delivery of Ada's that waits to be read."""
        path = self.file(rows, headings)
        return receive(REGISTERS[to], path.read_bytes(), path.name, self.ada)

    def dies(self, batch: Batch, calls: int) -> None:
        """A worker reads the batch and dies when it tells its progress for the `calls`th time."""
        with self.assertRaises(Killed):
            carry_out(batch, self.ada, progress=dying_after(calls))

    def lives(self, batch: Batch, by: Person | None = None) -> Outcome:
        """Another worker takes the batch over and reads it to its end."""
        return carry_out(Batch.objects.get(pk=batch.pk), by or self.ada, progress=silent)

    def told(self, outcome: Outcome) -> list[tuple[int, str, str, str]]:
        """Line, column, found and expected of everything that does not fit."""
        return [(e.line, e.column, e.found, e.expected) for e in outcome.errors]
