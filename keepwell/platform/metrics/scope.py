"""What a metric is asked for: a fiscal year, as of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from django.conf import settings

from keepwell.kernel import moments, periods
from keepwell.kernel.periods import Year
from keepwell.platform.tree.models import Unit


@dataclass(frozen=True)
class Scope:
    """The figures of `year` as of `day`: its last day, or today while the year runs."""

    day: date
    year: Year

    @classmethod
    def of_year(cls, number: int, *, today: date | None = None) -> Self:
        """Fiscal year `number` by KEEPWELL_YEAR_END, as of its last day or of today (at the group's seat)."""
        year = periods.year(number, end=settings.KEEPWELL_YEAR_END)
        return cls(min(year.last, today or group_today()), year)

    @property
    def span(self) -> tuple[date, date]:
        """The days of the year that have come: first and last, both inclusive."""
        return self.year.first, self.day


def running_year() -> int:
    """The number of the fiscal year in which the group's today lies."""
    return periods.year_of(group_today(), end=settings.KEEPWELL_YEAR_END).number


def years_shown() -> range:
    """The numbers of the fiscal years that pages offer and trends show, the running one first."""
    running = running_year()
    return range(running, running - periods.SHOWN, -1)


def group_today(known: Unit | None = None) -> date:
    """The day it is at the group's seat; the database is not asked where the unit `known` is the group."""
    if known is not None and known.kind == Unit.Kind.GROUP:
        return moments.today(known.time_zone)
    zone = Unit.objects.filter(kind=Unit.Kind.GROUP).values_list("time_zone", flat=True).first()
    return moments.today(zone or "UTC")
