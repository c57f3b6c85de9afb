"""Years of a programme: the fiscal year, named by the calendar year in which it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

CALENDAR = (12, 31)
# The fiscal years that pages offer and trends show: the running one and those before it.
SHOWN = 7


@dataclass(frozen=True, order=True)
class Year:
    """Fiscal year `number`, from `first` up to and with `last`."""

    number: int
    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return str(self.number)


def year(number: int, *, end: tuple[int, int] = CALENDAR) -> Year:
    """The fiscal year that ends on `end` (month, day) of calendar year `number`.

    An end on 29 February falls on the 28th in a common year.
    """
    last = _on(number, end)
    return Year(number, _on(number - 1, end) + timedelta(days=1), last)


def year_of(day: date, *, end: tuple[int, int] = CALENDAR) -> Year:
    """The fiscal year in which `day` lies."""
    return year(day.year if day <= _on(day.year, end) else day.year + 1, end=end)


def _on(number: int, end: tuple[int, int]) -> date:
    month, day = end
    if (month, day) == (2, 29):
        return date(number, 3, 1) - timedelta(days=1)
    return date(number, month, day)
