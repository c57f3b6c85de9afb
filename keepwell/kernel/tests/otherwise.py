"""A second reckoning of notification clocks, from the words of a case alone: it shares no code with the engine, and
searches where the engine adds. Tests hold the engine against it."""

from __future__ import annotations

import calendar as months_of
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import holidays

Given = dict[str, Any]  # a part of a case, or of a rule, as a file holds it
Works = Callable[[date], bool]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENCE = 60  # days
STANDS_IN = {
    "awareness": ["site_awareness", "knowledge", "discovery"],
    "site_awareness": ["awareness", "knowledge", "discovery"],
    "knowledge": ["awareness", "site_awareness", "discovery"],
    "discovery": ["awareness", "knowledge", "site_awareness"],
    "confirmation": ["awareness", "site_awareness", "discovery"],
    "date_of_fact": ["awareness", "site_awareness", "discovery"],
}
BROUGHT_ABOUT = {"home_disclosure": "twse-material-info", "report_received_by_authority": "tw-csma-report"}
MINUTES = {"minutes": 1, "hours": 60, "days": 1440}


class Found(NamedTuple):
    """A clock: what it is of, when it runs from and ends, and how it stands."""

    rule: str
    stage: str
    unit: str
    counterparty: str
    start: datetime | None
    due: datetime | None
    internal_due: datetime | None
    state: str


class Shut(Exception):
    """No business day came within sixty days."""


def shown(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """The first moment at which clocks in `zone` show `hour` on `day`; where they skip it, as if they had not."""
    naive = datetime.combine(day, hour)
    first, last = (naive.replace(tzinfo=UTC) + shift * HOUR for shift in (-30, 30))
    offsets = {_offset(first, zone), _offset(last, zone)}
    if len(offsets) > 1:
        offsets |= {_offset(first + n * HOUR, zone) for n in range(60)}
    for moment in sorted(naive.replace(tzinfo=UTC) - offset for offset in offsets):
        if moment.astimezone(zone).replace(tzinfo=None) == naive:
            return moment
    return naive.replace(tzinfo=UTC) - _before(naive, zone)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _before(naive: datetime, zone: ZoneInfo) -> timedelta:
    """The offset in force just before the gap in which `naive` falls."""
    moment = naive.replace(tzinfo=UTC) - 30 * HOUR
    while moment.astimezone(zone).replace(tzinfo=None) < naive:
        offset = _offset(moment, zone)
        moment += timedelta(minutes=5)
    return offset


def ended(start: datetime, zone: ZoneInfo, works: Works, unit: str, n: int) -> datetime:
    """The end of a term of `n` `unit`s, searched for day by day; Shut where no business day comes."""
    local = start.astimezone(zone)
    day = local.date()
    if unit in ("minutes", "hours"):
        return datetime.fromtimestamp(start.timestamp() + n * MINUTES[unit] * 60, UTC)
    if unit == "days":
        return shown(date.fromordinal(day.toordinal() + n), local.time(), zone)
    if unit == "months":
        return shown(_months_on(day, n), local.time(), zone)
    if unit == "end_of_day":
        return shown(day + DAY, time(), zone)
    counted, idle = 0, 0
    while counted < (n if unit == "business_days" else 1):
        day += DAY
        counted, idle = (counted + 1, 0) if works(day) else (counted, idle + 1)
        if idle == PATIENCE:
            raise Shut
    if unit == "business_days":
        return shown(day + DAY, time(), zone)
    if unit == "before_next_business_day":
        return shown(day, time(), zone)
    return shown(day, time(9), zone) - n * HOUR


def _months_on(day: date, n: int) -> date:
    year, month = day.year, day.month
    for _ in range(n):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    days = [one for one in months_of.Calendar().itermonthdates(year, month) if one.month == month]
    return days[min(day.day, len(days)) - 1]


@cache
def public(country: str) -> holidays.HolidayBase:
    """The public holidays of a country."""
    return holidays.country_holidays(country, years=range(2022, 2033))


def working(name: str, given: Given) -> tuple[Works, Works]:
    """Whether the calendar `name` works on a day, and whether it would if it never closed."""
    own, country = given.get("calendars", {}).get(name), None
    if own is None and name in ("DE", "SA"):
        country = public(name)
        return country.is_working_day, lambda day: not country.is_weekend(day)
    own = own or {}
    rests = own.get("weekend", ["Saturday", "Sunday"])

    def idle(day: date) -> bool:
        return day.strftime("%A") not in rests or str(day) in own.get("opened", ())

    return lambda day: idle(day) and str(day) not in own.get("closed", ()), idle


class Second:
    """The second reckoning of one case under rules as a file holds them."""

    def __init__(self, rules: list[Given], given: Given) -> None:
        self.rules, self.given = rules, given
        self.named = given.get("rules")

    def clocks(self) -> Iterator[Found]:
        """Every clock that runs, waits, or ran."""
        for rule in self.rules:
            if self.named is not None and rule["id"] not in self.named:
                continue
            for unit in self.bound(rule):
                if self.named is not None or (self.asked(rule, unit) and self.held(rule, unit)):
                    yield from self.of(rule, unit)

    def bound(self, rule: Given) -> list[Given]:
        """The units that must tell."""
        units, binds = self.given["units"], rule.get("binds", "always")
        there = [u for u in units if not rule.get("countries") or u.get("country") in rule["countries"]]
        if binds != "always":
            there = [u for u in there if binds in u.get("attributes", []) or self.agreed(rule, u)]
        return there or (units if self.named is not None else [])

    def happened(self, unit: Given, *kinds: str) -> list[Given]:
        """What happened at `unit`, of these kinds (none: of all), in order of time."""
        here = [e for e in self.given["events"] if e.get("unit", "") in ("", unit["code"])]
        if [e for e in here if e["kind"] == "awareness" and e.get("unit")]:
            here = [e for e in here if not (e["kind"] == "awareness" and not e.get("unit"))]
        return sorted((e for e in here if not kinds or e["kind"] in kinds), key=lambda e: str(e["at"]))

    def set_to(self, event: Given, scale: str) -> int | None:
        """The level that a change set; one that is told on one scale counts on the other."""
        other = "level" if scale == "national_level" else "national_level"
        return event[scale] if event.get(scale) is not None else event.get(other)

    def known(self, unit: Given, factor: str) -> Any:
        """What is known of a factor, of a level by the newest change; None: nothing."""
        if factor in ("level", "national_level"):
            for event in reversed(self.happened(unit, "level_change")):
                return self.set_to(event, factor)
        return self.given["factors"].get(factor)

    def asked(self, rule: Given, unit: Given) -> bool:
        """Whether the rule asks for a notice whatever is not known should turn out to be."""
        wanted = rule.get("when", [])
        choices = [self.outcomes(one, unit) for one in wanted]
        join = any if rule.get("joined") == "any" and wanted else all
        return all(join(turn) for turn in product(*choices))

    def outcomes(self, condition: Given, unit: Given) -> set[bool]:
        """How a condition may turn out."""
        if "event" in condition:
            return {bool(self.happened(unit, condition["event"]))}
        known = self.known(unit, condition["factor"])
        if known is None and condition.get("until_known"):
            return {True}
        return {True, False} if known is None else {_compared(known, condition)}

    def held(self, rule: Given, unit: Given) -> bool:
        """Whether the rule was in force on the day on which the incident became known."""
        ways = [self.happened(unit, kind) for kind in ("awareness", *STANDS_IN["awareness"])]
        first = next((way[0] for way in [*ways, self.happened(unit)] if way), None)
        if first is None:
            return True
        day = str(first["at"].astimezone(self.zone(rule, unit)).date())
        return rule.get("since", "0000") <= day <= rule.get("until", "9999")

    def zone(self, rule: Given, unit: Given) -> ZoneInfo:
        return ZoneInfo(rule.get("zone") or unit["zone"])

    def agreed(self, rule: Given, unit: Given) -> list[Given]:
        """The clauses that word the rule for `unit`."""
        found = [c for c in self.given.get("clauses", []) if c["rule"] == rule["id"]]
        return [c for c in found if c.get("unit", "") in ("", unit["code"])]

    def of(self, rule: Given, unit: Given) -> Iterator[Found]:
        """The clocks of one rule at one unit."""
        for place, stage in enumerate(rule["stages"]):
            agreed = [c for c in self.agreed(rule, unit) if stage.get("as_written")]
            for clause in agreed or [None]:
                run = Run(self, rule, stage, unit, clause, is_first=place == 0)
                yield from run.clocks()


class Run(NamedTuple):
    """One stage of one rule at one unit, under a clause or under none."""

    case: Second
    rule: Given
    stage: Given
    unit: Given
    clause: Given | None
    is_first: bool

    def clocks(self) -> Iterator[Found]:
        begins = self.begins()
        if not self.stage.get("each"):
            begins = begins[-1:] if self.stage["start"].get("last") else begins[:1]
            if not begins:
                yield Found(*self.names(), None, None, None, "waiting")
        for event in begins:
            yield self.clock(event)

    def names(self) -> tuple[str, str, str, str]:
        other = self.clause["counterparty"] if self.clause else ""
        return self.rule["id"], self.stage["stage"], self.unit["code"], other

    def begins(self) -> list[Given]:
        """The events from which it runs."""
        start = self.stage["start"]
        wanted = (self.clause or {}).get("start") or start["event"]
        if self.stage.get("each") == "rise":
            return self.rises()
        found = [e for e in self.case.happened(self.unit, wanted) if self.is_meant(e, start)]
        if found or self.stage.get("each"):
            return found
        through = BROUGHT_ABOUT.get(wanted)
        found = [e for e in self.case.happened(self.unit, "submission") if through and e["rule"] == through]
        for kind in STANDS_IN.get(wanted, []):
            found = found or self.case.happened(self.unit, kind)
        return found

    def is_meant(self, event: Given, start: Given) -> bool:
        if "rule" in start and event.get("rule") != start["rule"]:
            return False
        return not start.get("stage") or event.get("stage", "") in ("", start["stage"])

    def rises(self) -> list[Given]:
        """The changes to a level above the one before."""
        scale = "national_level" if self.stage.get("national") else "level"
        changes = self.case.happened(self.unit, "level_change")
        levels = [self.case.given["factors"].get(scale), *(self.case.set_to(e, scale) for e in changes)]
        return [
            e
            for e, was, now in zip(changes, levels, levels[1:], strict=False)
            if was is not None and now > was
        ]

    def clock(self, event: Given) -> Found:
        term, is_own = self.term(event)
        end, is_own = self.end(event["at"], term, is_own=is_own)
        later = self.agreed()
        if later is not None and later > end:
            end, is_own = later, False
        done = self.done(event["at"])
        state = "missed" if self.case.given["now"] > end else "running"
        if done is not None:
            state = "met" if done <= end else "late"
        return Found(*self.names(), event["at"], None if is_own else end, end if is_own else None, state)

    def end(self, start: datetime, term: Given, *, is_own: bool) -> tuple[datetime, bool]:
        """The end of the term, and whether it is our own."""
        zone = self.case.zone(self.rule, self.unit)
        name = (self.clause or {}).get("calendar") or self.rule.get("calendar", "")
        works, idle = working(name, self.case.given)
        unit, n = term.get("unit") or term["rule"], term.get("n") or term.get("hours", 0)
        try:
            return ended(start, zone, works, unit, n), is_own
        except Shut:
            return ended(start, zone, idle, unit, n), True

    def term(self, event: Given) -> tuple[Given, bool]:
        """The term that counts, and whether it is our own."""
        if self.clause and self.clause.get("deadline"):
            return self.clause["deadline"], False
        if by_level := self.stage.get("by_level"):
            return self.by_level(by_level, event), False
        for instead in self.stage.get("instead", []):
            if self.case.outcomes(instead, self.unit) == {True}:
                return instead["deadline"], False
        return (self.stage["deadline"], False) if "deadline" in self.stage else (self.stage["internal"], True)

    def by_level(self, terms: dict[int, Given], event: Given) -> Given:
        """The term of the level or of the next one above that has one; the shortest where there is none."""
        scale = "national_level" if self.stage.get("national") else "level"
        if self.stage.get("each"):
            level = self.case.set_to(event, scale)
        elif scale == "national_level":
            level = self.case.known(self.unit, scale)
        else:
            began = [self.case.given["factors"].get(scale)]
            began += [self.case.set_to(e, scale) for e in self.case.happened(self.unit, "level_change")]
            level = next((one for one in began if one is not None), None)
        for higher in range(5 if level is None else level, 5):
            if higher in terms:
                return terms[higher]
        return min(terms.values(), key=lambda term: term["n"] * MINUTES[term["unit"]])

    def agreed(self) -> datetime | None:
        """The later moment to which the recipient agreed last."""
        found = [e for e in self.case.happened(self.unit, "extension")
                 if e["rule"] == self.rule["id"] and e.get("stage", "") in ("", self.stage["stage"])]  # fmt: skip
        return found[-1]["until"] if found else None

    def done(self, start: datetime) -> datetime | None:
        """When it was done first; a stage that runs anew asks for something after its start."""
        for event in self.case.happened(self.unit):
            if self.stage.get("each") and event["at"] < start:
                continue
            if event["kind"] in self.stage.get("done_by", []) or self.is_answer(event):
                return event["at"]
        return None

    def is_answer(self, event: Given) -> bool:
        if event["kind"] != "submission" or event["rule"] != self.rule["id"]:
            return False
        names = [self.stage["stage"]] + ([self.clause["counterparty"]] if self.clause else [])
        if not event.get("stage"):
            return self.is_first or bool(self.stage.get("each"))
        return event["stage"] in names


def _compared(value: Any, condition: Given) -> bool:
    than = condition.get("value", True)
    return {
        "=": value == than,
        ">=": value >= than,
        ">": value > than,
        "<=": value <= than,
        "<": value < than,
    }[condition.get("is", "=")]
