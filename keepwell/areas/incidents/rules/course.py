"""What a list of past incidents tells of their course: a log of dated lines, and what each cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from keepwell.areas.incidents.models import Incident, IncidentCost, TimelineEntry
from keepwell.areas.incidents.models.response import CURRENCY
from keepwell.areas.incidents.models.timeline import LONGEST_ENTRY
from keepwell.platform.exchange import cells
from keepwell.platform.exchange.cells import CellError, RowError
from keepwell.platform.exchange.rows import Row

Kind = TimelineEntry.Kind
TOLD = ("log", "cost", "currency", "cost_for")
MOST_LINES = 500
LONGEST_PURPOSE = 200
KINDS = (Kind.OBSERVED, Kind.ACTION, Kind.COMMUNICATION, Kind.EVIDENCE)
"""What a line may call itself; a decision would need a reason beside it."""
LINE = re.compile(rf"({cells.MOMENT.pattern})(?:\s+({'|'.join(KINDS)}):)?\s+(\S.*)", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One line of a log; `at` without a zone where none was told: it is the site's then."""

    at: datetime
    kind: str
    says: str


@dataclass(frozen=True)
class Course:
    """What happened in an incident, as its list tells; `cost` in `currency`, None: nothing is told of it."""

    lines: tuple[Line, ...] = ()
    cost: Decimal | None = None
    currency: str = ""
    cost_for: str = ""

    def placed(self, place: Callable[[datetime], datetime]) -> Course:
        """The same with the moments that `place` makes of its own."""
        return replace(self, lines=tuple(replace(line, at=place(line.at)) for line in self.lines))

    def wrong(self, line: int, now: datetime) -> Iterator[RowError]:
        """What cannot be: a line of the log that lies ahead, a cost without its currency, a purpose too long."""
        if late := next((one for one in self.lines if one.at > now), None):
            yield RowError(line, "log", late.at.isoformat(), gettext("a moment that has come"))
        if self.cost is not None and not fits_currency(self.currency):
            yield RowError(line, "currency", self.currency, gettext("a currency in three letters, as TWD"))
        if self.cost is None and (self.currency or self.cost_for):
            yield RowError(line, "cost", "", gettext("an amount, as 184000"))
        if len(self.cost_for) > LONGEST_PURPOSE:
            expected = gettext("up to %(most)d signs") % {"most": LONGEST_PURPOSE}
            yield RowError(line, "cost_for", self.cost_for, expected)

    def costs(self, incident: Incident, *, by: Any, at: datetime) -> Iterator[IncidentCost]:
        """What it cost, recorded by `by` at `at`."""
        if self.cost is not None:
            yield IncidentCost(
                incident=incident, what=self.cost_for or gettext("As the list of that time tells"), amount=self.cost,
                currency=self.currency, person=by, recorded_at=at,
            )  # fmt: skip


def fits_currency(code: str) -> bool:
    """Whether a currency may be called so."""
    try:
        CURRENCY(code)
    except ValidationError:
        return False
    return True


def read(row: Row) -> Course:
    """The course that a row of a file tells. Raises Unreadable."""
    return Course(
        row.read("log", log, ()), row.read("cost", _amount), row.read("currency", cells.text, "").upper(),
        row.read("cost_for", cells.text, ""),
    )  # fmt: skip


def log(cell: str) -> tuple[Line, ...]:
    """The lines of a cell, each beginning with its moment; a line without one goes on with the one before."""
    told: list[str] = []
    for line in cells.text(cell).splitlines():
        if cells.MOMENT.match(line.strip()) or not told:
            told.append(line.strip())
        else:
            told[-1] = f"{told[-1]}\n{line.strip()}"
    if len(told) > MOST_LINES:
        raise CellError(gettext("up to %(most)d lines") % {"most": MOST_LINES})
    return tuple(_line(one) for one in told)


def _line(told: str) -> Line:
    found = LINE.fullmatch(told)
    if found is None or len(found[3]) > LONGEST_ENTRY:
        raise CellError(
            gettext("lines that begin with a moment, as 2021-06-18T15:10 The shift unplugs it; at most %(most)d signs each")
            % {"most": LONGEST_ENTRY}
        )  # fmt: skip
    return Line(cells.moment(found[1]), found[2] or Kind.OBSERVED, found[3].strip())


def _amount(cell: str) -> Decimal:
    """An amount with two places at most, 0 or more."""
    found = cells.decimal(cell)
    if found < 0 or found >= 10**14 or found != round(found, 2):
        raise CellError(gettext("an amount, as 184000"))
    return found
