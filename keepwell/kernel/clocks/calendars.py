"""Business days: an exchange's or a country's, with closures that may be added as a typhoon day is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

SATURDAY = 5
LONGEST_CLOSURE = 60  # days; a calendar that is closed for longer is a mistake


class Unfit(ValueError):
    """What was given cannot be reckoned with; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Calendar:
    """Which days count as business days. Saturdays and Sundays do not, unless they are `opened`.

    `closed` names days on which nobody works, each with its reason (empty if none is known); `years` are
    those for which closures are known, None if they are known for all.
    """

    name: str
    zone: str
    closed: Mapping[date, str] = field(default_factory=dict)
    opened: frozenset[date] = frozenset()
    years: range | None = None

    def is_business(self, day: date) -> bool:
        """Whether `day` counts."""
        if day in self.opened:
            return True
        return day.weekday() < SATURDAY and day not in self.closed

    def plus(self, day: date, count: int) -> date:
        """The `count`th (1..) business day after `day`, which itself never counts."""
        for _ in range(count):
            day = self.following(day)
        return day

    def following(self, day: date) -> date:
        """The first business day after `day`."""
        for ahead in range(1, LONGEST_CLOSURE + 1):
            found = day + timedelta(days=ahead)
            if self.is_business(found):
                return found
        raise Unfit(
            f"The calendar {self.name} has no business day within {LONGEST_CLOSURE} days after {day.isoformat()};"
            " correct its closures."
        )

    def between(self, first: date, last: date) -> list[date]:
        """The weekdays after `first` and before `last` on which it is closed."""
        days = (first + timedelta(days=n) for n in range(1, max((last - first).days, 1)))
        return [day for day in days if day.weekday() < SATURDAY and not self.is_business(day)]

    def knows(self, day: date) -> bool:
        """Whether closures of that year are known; weekends always are."""
        return self.years is None or day.year in self.years


# Exchanges and offices whose closures the `holidays` library keeps, with the zone in which their days begin.
KEPT = {
    "TWSE": ("XTAI", "Asia/Taipei"),
    "TPEx": ("XTAI", "Asia/Taipei"),
    "NYSE": ("XNYS", "America/New_York"),
    "US_SEC": ("US", "America/New_York"),
}
KEPT_YEARS = range(2015, 2036)
# The year up to which the Taiwanese exchange has published its closures; later ones follow the statutes.
FORETOLD = 2027


@cache
def kept(name: str) -> Calendar | None:
    """The calendar `name` with the closures that are public knowledge; None if nobody keeps one."""
    if name not in KEPT:
        return None
    code, zone = KEPT[name]
    found = (
        holidays.country_holidays(code, years=KEPT_YEARS)
        if len(code) == 2  # noqa: PLR2004  an ISO country
        else holidays.financial_holidays(code, years=KEPT_YEARS)
    )
    return Calendar(name, zone, dict(sorted(found.items())), years=KEPT_YEARS)


def weekdays_only(name: str, zone: str) -> Calendar:
    """A calendar of which no closure is known: a deadline by it is never later than the true one."""
    return Calendar(name, zone, years=range(0))


def zone_named(name: str) -> ZoneInfo:
    """The zone with an IANA name; refused if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Unfit(f'No time zone is called "{name}"; write it as Asia/Taipei.') from error
