"""Adding a term to a moment: hours run; days and months keep the local time of day; business days end at midnight."""

from __future__ import annotations

import calendar as months_of
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.kernel.clocks import faults
from keepwell.kernel.clocks.calendars import Calendar, Unfit

UNITS = ("minutes", "hours", "days", "business_days", "months")
RULES = ("before_opening", "end_of_day", "before_next_business_day")
BY_CALENDAR = ("business_days", "before_opening", "before_next_business_day")
MOST_BEFORE = 23  # hours before an opening
MOST = {"minutes": 525_600, "hours": 87_600, "days": 3_650, "business_days": 1_000, "months": 120}


@dataclass(frozen=True)
class Span:
    """A term: `n` of a unit, or a named rule.

    `before_opening` ends `n` hours before trading opens (`opens`, local) on the next business day;
    `end_of_day` with the local day; `before_next_business_day` when the next business day begins.
    """

    unit: str
    n: int = 0
    opens: time = time(9)

    @property
    def needs_calendar(self) -> bool:
        """Whether business days decide its end."""
        return self.unit in BY_CALENDAR

    @classmethod
    def parse(cls, given: Any, where: str) -> Span:  # Any: a rule's text as it was read
        """The term that {n, unit} or {rule, …} names; Unfit with `where` if it names none."""
        if not isinstance(given, Mapping):
            raise Unfit(faults.NO_SPAN, where=where, value=str(given))
        if "rule" in given:
            return cls._ruled(given, where)
        unit, n = given.get("unit"), given.get("n")
        if unit not in UNITS:
            raise Unfit(faults.NO_UNIT, where=where, value=str(unit), known=faults.listed(UNITS))
        if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= MOST[unit]:
            raise Unfit(faults.BAD_COUNT[unit], where=where, most=f"{MOST[unit]:,}", value=str(n))
        return cls(unit, n)

    @classmethod
    def _ruled(cls, given: Mapping[str, Any], where: str) -> Span:
        rule = given["rule"]
        if rule not in RULES:
            raise Unfit(faults.NO_RULE_OF_SPAN, where=where, value=str(rule), known=faults.listed(RULES))
        hours, opens = given.get("hours", 0), given.get("opens", "09:00")
        if isinstance(hours, int) and not 0 <= hours <= MOST_BEFORE:
            raise Unfit(faults.BEFORE_OPENING, where=where, most=MOST_BEFORE, value=hours)
        try:
            return cls(rule, int(hours), time.fromisoformat(str(opens)))
        except (TypeError, ValueError) as error:
            raise Unfit(faults.BAD_OPENING, where=where, value=str(opens)) from error

    def end(self, start: datetime, zone: ZoneInfo, calendar: Calendar | None = None) -> datetime:
        """The last moment of the term that runs from `start` (aware), in UTC."""
        local = start.astimezone(zone)
        match self.unit:
            case "minutes" | "hours":
                return (start + timedelta(**{self.unit: self.n})).astimezone(UTC)
            case "days":
                return at_local(local.date() + timedelta(days=self.n), local.time(), zone)
            case "months":
                return at_local(months_later(local.date(), self.n), local.time(), zone)
            case "end_of_day":
                return at_local(local.date() + timedelta(days=1), time(), zone)
        return self._by_business_days(local.date(), zone, calendar)

    def _by_business_days(self, day: date, zone: ZoneInfo, calendar: Calendar | None) -> datetime:
        if calendar is None:
            raise RuntimeError(f"A term in {self.unit} was read without a calendar.")
        last = self.last_counted(day, calendar)
        if self.unit == "business_days":
            return at_local(last + timedelta(days=1), time(), zone)
        if self.unit == "before_next_business_day":
            return at_local(last, time(), zone)
        return at_local(last, self.opens, zone) - timedelta(hours=self.n)

    def last_counted(self, day: date, calendar: Calendar) -> date:
        """The business day by which a term from `day` ends: its last, or the next one, before which it ends."""
        return calendar.plus(day, self.n if self.unit == "business_days" else 1)


def months_later(day: date, months: int) -> date:
    """`day`, `months` later; the last day of a month that is too short for it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, months_of.monthrange(year, month + 1)[1]))


def at_local(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which clocks in `zone` show `hour` on `day`: the earlier of two where they are set
    back, and where they skip it the moment at which they would have shown it."""
    return datetime.combine(day, hour.replace(tzinfo=None, fold=0), zone).astimezone(UTC)
