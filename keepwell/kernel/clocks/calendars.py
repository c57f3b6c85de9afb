"""Business days: an exchange's or a country's, with closures that may be added as a typhoon day is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from keepwell.kernel.clocks import case_faults, faults
from keepwell.kernel.clocks.faults import Fact, Fault

SATURDAY = 5
WEEK = 7  # days
SATURDAY_AND_SUNDAY = frozenset({SATURDAY, SATURDAY + 1})
LONGEST_CLOSURE = 60  # days; a calendar that is closed for longer is a mistake
ESTIMATED = "estimated"  # so is named a day of which the library itself only knows about when it falls


class Unfit(ValueError):
    """What was given cannot be reckoned with; `fault` says what is wrong and what to do, with its facts apart."""

    def __init__(self, says: str, /, **facts: Fact) -> None:
        self.fault = Fault(says, facts)
        super().__init__(str(self.fault))


class NoBusinessDay(Unfit):
    """A calendar has no business day for longer than any closure lasts; `day` is the last that it was asked after."""

    def __init__(self, calendar: str, day: date) -> None:
        super().__init__(
            case_faults.NO_BUSINESS_DAY, value=calendar, most=LONGEST_CLOSURE, day=day.isoformat()
        )
        self.day = day


@dataclass(frozen=True)
class Calendar:
    """Which days count as business days. Those of the `weekend` (0 Monday to 6 Sunday) do not, unless `opened`.

    `closed` names days on which nobody works, each with its reason (empty if none is known); `years` are
    those for which closures are known, None if they are known for all. Those after the year `published` are
    foretold by rule, for nobody has published them; None if none are.
    """

    name: str
    zone: str
    closed: Mapping[date, str] = field(default_factory=dict)
    opened: frozenset[date] = frozenset()
    years: range | None = None
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    published: int | None = None

    def is_business(self, day: date) -> bool:
        """Whether `day` counts."""
        if day in self.opened:
            return True
        return day.weekday() not in self.weekend and day not in self.closed

    def plus(self, day: date, count: int) -> date:
        """The `count`th (1..) business day after `day`, which itself never counts."""
        for _ in range(count):
            day = self.following(day)
        return day

    def following(self, day: date) -> date:
        """The first business day after `day`; NoBusinessDay if none comes within 60 days."""
        for ahead in range(1, LONGEST_CLOSURE + 1):
            found = day + timedelta(days=ahead)
            if self.is_business(found):
                return found
        raise NoBusinessDay(self.name, day)

    def between(self, first: date, last: date) -> list[date]:
        """The days after `first` and before `last` on which it is closed, beside weekends."""
        days = _after(first, last - timedelta(days=1))
        return [day for day in days if day.weekday() not in self.weekend and not self.is_business(day)]

    def made_up(self, first: date, last: date) -> list[date]:
        """The days of weekends after `first` and up to `last` on which it is open."""
        return [day for day in _after(first, last) if day.weekday() in self.weekend and self.is_business(day)]

    def knows(self, day: date) -> bool:
        """Whether closures of that year are known; weekends always are."""
        return self.years is None or day.year in self.years

    def is_foretold(self, day: date) -> bool:
        """Whether it is by rule alone, and not as published, that it is open or closed on `day`."""
        if ESTIMATED in self.closed.get(day, ""):
            return True
        return self.published is not None and day.year > self.published and self.knows(day)

    def weekends_alone(self) -> Calendar:
        """The same without its closures: a deadline by it is never later than by the true one."""
        return replace(self, closed={}, years=None, published=None)


def _after(first: date, last: date) -> list[date]:
    """The days after `first` up to and with `last`."""
    return [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]


# The last year of which exchanges and most governments have published their closures; later ones follow the statutes.
FORETOLD = 2027
# Exchanges and offices whose closures the `holidays` library keeps, with the zone in which their days begin.
KEPT = {
    "TWSE": ("XTAI", "Asia/Taipei"),
    "TPEx": ("XTAI", "Asia/Taipei"),
    "NYSE": ("XNYS", "America/New_York"),
    "US_SEC": ("US", "America/New_York"),
}
KEPT_YEARS = range(2015, 2036)
# Governments that announce the days of each year late in the one before: the last year that the library has.
ANNOUNCED = {"CN": 2026, "IN": 2026, "TH": 2026, "VN": 2026}


def country_of(name: str) -> tuple[str, str] | None:
    """The country and its part (empty: the whole) whose public holidays the calendar `name` is, as DE or DE-BY;
    None if it is no country's."""
    country, _, part = name.partition("-")
    parts = holidays.list_supported_countries(include_aliases=False).get(country)
    if parts is None or (part and part not in parts) or name.endswith("-"):
        return None
    return country, part


def is_kept(name: str) -> bool:
    """Whether `name` is an exchange, an office, a country or a part of one whose closures are kept."""
    return name in KEPT or country_of(name) is not None


@lru_cache(256)
def kept(name: str) -> Calendar | None:
    """The calendar `name` of an exchange or a country with the closures that are public knowledge; None if nobody
    keeps one."""
    if name in KEPT:
        code, zone = KEPT[name]
        exchange = holidays.country_holidays if len(code) == 2 else holidays.financial_holidays  # noqa: PLR2004  ISO
        found = exchange(code, years=KEPT_YEARS)
        return Calendar(name, zone, dict(sorted(found.items())), years=KEPT_YEARS, published=FORETOLD)
    found_country = country_of(name)
    if found_country is None:
        return None
    country, part = found_country
    public = holidays.country_holidays(country, subdiv=part or None, years=KEPT_YEARS, language="en_US")
    return Calendar(
        name, "", dict(sorted(public.items())), frozenset(public.weekend_workdays), KEPT_YEARS, _weekend(public),
        ANNOUNCED.get(country, FORETOLD),
    )  # fmt: skip


def names_in(name: str, language: str) -> dict[str, str]:
    """What each holiday of the calendar `name`, which is kept, is called in `language`, by its name in English."""
    code = KEPT[name][0] if name in KEPT else name
    kept_in = holidays.country_holidays if len(code) == 2 else holidays.financial_holidays  # noqa: PLR2004  ISO
    english, other = (kept_in(code, years=KEPT_YEARS, language=one) for one in ("en_US", language))
    return {english[day]: other[day] for day in english}


def _weekend(public: holidays.HolidayBase) -> frozenset[int]:
    """The days of the week on which a country rests today."""
    week = (date(FORETOLD, 1, 1) + timedelta(days=n) for n in range(WEEK))
    return frozenset(day.weekday() for day in week if public.is_weekend(day))


def based(name: str, on: str = "", weekend: frozenset[int] | None = None) -> Calendar:
    """A calendar of one's own: like the one that is kept under `on` (empty: without closures), with a weekend of its
    own (None: that one's). Unfit if nobody keeps `on`, or no day of the week is left."""
    base = kept(on) if on else Calendar(name, "")
    if base is None:
        raise Unfit(case_faults.NO_BASE, value=case_faults.shown(on))
    if weekend is not None and len(weekend) >= WEEK:
        raise Unfit(case_faults.NO_OPEN_DAY)
    return replace(base, name=name, weekend=base.weekend if weekend is None else weekend)


def weekdays_only(name: str, zone: str) -> Calendar:
    """A calendar of which no closure is known: a deadline by it is never later than the true one."""
    return Calendar(name, zone, years=range(0))


def shut_after(calendar: Calendar, days: Iterable[date]) -> date | None:
    """The first of `days`, in their order, after which `calendar` has no business day for longer than any closure
    lasts; None if there is none."""
    for day in days:
        try:
            calendar.following(day)
        except NoBusinessDay:
            return day
    return None


def zone_named(name: str) -> ZoneInfo:
    """The zone with an IANA name; refused if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Unfit(faults.NO_ZONE, value=name) from error
