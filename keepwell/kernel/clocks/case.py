"""A case to reckon: units, factors, events, calendars and clauses as a file gives them, and the clocks as it gets
them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.kernel.clocks.calendars import Calendar, Unfit, based, zone_named
from keepwell.kernel.clocks.countries import zone_of
from keepwell.kernel.clocks.events import KINDS, LEVELS, Event, Standing
from keepwell.kernel.clocks.factors import checked, unknown
from keepwell.kernel.clocks.order import Duty, Turn, turns
from keepwell.kernel.clocks.reckoning import Clause, Clock, Incident, reckon, undecided
from keepwell.kernel.clocks.rules import Rule
from keepwell.kernel.clocks.sentences import ENGLISH, WEEKDAYS, Words, contradiction, why
from keepwell.kernel.clocks.spans import Span

KNOWN = {"units", "factors", "rules", "events", "calendars", "clauses", "now"}
OF_CALENDAR = {"closed", "opened", "based_on", "weekend"}
MOST_UNITS, MOST_EVENTS = 1_000, 10_000
NATIONAL = range(1, 5)
Given = Mapping[str, Any]  # as it was read from a file


@dataclass(frozen=True)
class Case:
    """What a file asks: the rules to run (None: those that the factors trigger) on an incident, as of a moment."""

    incident: Incident
    rules: tuple[Rule, ...] | None
    now: datetime
    unread: tuple[str, ...] = ()


def read(given: Any, rules: Mapping[str, Rule], now: datetime) -> Case:
    """The case that `given` describes; Unfit says what does not fit, where, and what to do. Nothing is guessed."""
    if not isinstance(given, Mapping):
        raise Unfit('The file holds no case; it begins with {"units": …, "events": …}.')
    if stray := sorted(set(given) - KNOWN):
        raise Unfit(f'"{stray[0]}" is no part of a case; there are {", ".join(sorted(KNOWN))}.')
    units = tuple(_unit(one, place) for place, one in _rows(given, "units", required=True, most=MOST_UNITS))
    codes = [unit.code for unit in units]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise Unfit(f'units: "{twice}" stands there twice.')
    named = _named(given, rules)
    factors = given.get("factors") or {}
    if not isinstance(factors, Mapping):
        raise Unfit('factors: write them as {"personal_data": true, …}.')
    # Where the rules are named no factor triggers one, so that a foreign one does no harm; it is told all the same.
    unread = unknown(factors) if named is not None else []
    incident = Incident(
        units=units, factors=checked({k: v for k, v in factors.items() if k not in unread}),
        events=tuple(_event(one, place, codes, rules) for place, one in _rows(given, "events", most=MOST_EVENTS)),
        clauses=tuple(_clause(one, place, rules) for place, one in _rows(given, "clauses")),
        calendars=_calendars(given.get("calendars") or {}),
    )  # fmt: skip
    moment = _moment(given["now"], "now") if given.get("now") is not None else now
    return Case(incident, named, moment, tuple(unread))


def answer(case: Case, rules: Mapping[str, Rule], words: Words = ENGLISH) -> dict[str, Any]:
    """The clocks of `case`, the rules about which more must be known, and factors that were not read."""
    named = case.rules is not None
    chosen: Iterable[Rule] = rules.values() if case.rules is None else case.rules
    clocks = reckon(chosen, case.incident, case.now, named=named)
    found: dict[str, Any] = {"clocks": [told(clock, words) for clock in clocks]}
    if against := contradictions(clocks):
        found["contradictions"] = [_contradiction(turn, words) for turn in against]
    if not named:
        open_ones = undecided(rules.values(), case.incident)
        found["undecided"] = [
            {"rule": rule.id, "unit": unit.code, "missing": missing} for rule, unit, missing in open_ones
        ]
    return found | ({"unread_factors": list(case.unread)} if case.unread else {})


def contradictions(clocks: Iterable[Clock]) -> list[Turn[Clock]]:
    """Each two of `clocks` of which one must go first and ends later than the other."""
    duties = (Duty(clock, clock.rule, clock.stage, clock.ends, clock.done_at) for clock in clocks)
    return [turn for turn in turns(duties) if turn.contradicts]


def _contradiction(turn: Turn[Clock], words: Words) -> dict[str, Any]:
    first, then = turn.first.of, turn.then.of
    whom = (then.clause.counterparty if then.clause else "") or then.rule.recipient or then.rule.id
    return {
        "first": {"rule": first.rule.id, "stage": first.stage.name, "unit": first.unit.code},
        "then": {"rule": then.rule.id, "stage": then.stage.name, "unit": then.unit.code},
        "order": turn.ban.order,
        "why": contradiction(turn, whom, (first.zone, then.zone), words),
    }


def told(clock: Clock, words: Words = ENGLISH) -> dict[str, Any]:
    """A clock as it is written to a file: moments in ISO 8601, `due` in UTC, None for a duty without an end."""
    zone = ZoneInfo(clock.zone)
    ends = clock.ends
    return {
        "rule": clock.rule.id,
        "stage": clock.stage.name,
        "unit": clock.unit.code,
        "start": _written(clock.start),
        "due": _written(clock.due),
        "due_local": ends.astimezone(zone).isoformat() if clock.due and ends else None,
        "internal_due": _written(clock.internal_due),
        "kind": clock.stage.duty,
        "state": clock.state,
        "done": _written(clock.done_at),
        "counterparty": clock.clause.counterparty if clock.clause else None,
        "verified": clock.rule.verified,
        "why": why(clock, words),
    }


def _written(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _rows(given: Given, key: str, *, required: bool = False, most: int = 1_000) -> list[tuple[str, Given]]:
    """The entries of a list with their places, as "events, 2"."""
    found = given.get(key)
    if found is None and not required:
        return []
    if not isinstance(found, list) or (required and not found):
        raise Unfit(f"{key}: give a list with at least one entry." if required else f"{key}: give a list.")
    if len(found) > most:
        raise Unfit(f"{key}: {len(found):,} are too many; {most:,} can be reckoned at once.")
    for number, one in enumerate(found, 1):
        if not isinstance(one, Mapping):
            raise Unfit(f"{key}, {number}: write each as {{…}}.")
    return [(f"{key}, {number}", one) for number, one in enumerate(found, 1)]


def _unit(given: Given, place: str) -> Standing:
    code, country = given.get("code"), given.get("country") or ""
    if not isinstance(code, str) or not code:
        raise Unfit(f"{place}: a unit has a code.")
    attributes = given.get("attributes") or []
    if not isinstance(attributes, list) or not all(isinstance(one, str) for one in attributes):
        raise Unfit(f'{place}: attributes are a list, as ["listed_on_TWSE"].')
    zone = given.get("zone")
    try:
        found = zone_named(str(zone)).key if zone else zone_of(str(country).upper())
    except Unfit as wrong:
        raise Unfit(f"{place}: {wrong}") from wrong
    return Standing(code, str(country).upper(), found, frozenset(attributes))


def _named(given: Given, rules: Mapping[str, Rule]) -> tuple[Rule, ...] | None:
    names = given.get("rules")
    if names is None:
        return None
    if not isinstance(names, list):
        raise Unfit('rules: give a list of ids, as ["gdpr-33"].')
    for name in names:
        _require_rule(name, rules, "rules")
    return tuple(rules[name] for name in dict.fromkeys(names))


def _require_rule(name: Any, rules: Mapping[str, Rule], place: str) -> str:
    if not isinstance(name, str) or name not in rules:
        raise Unfit(f'{place}: no rule has the id "{name}".')
    return name


def _event(given: Given, place: str, units: list[str], rules: Mapping[str, Rule]) -> Event:
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Unfit(f'{place}: "{kind}" is no kind of event; there are {", ".join(KINDS)}.')
    unit = given.get("unit") or ""
    if unit and unit not in units:
        raise Unfit(f'{place}: no unit of the case has the code "{unit}".')
    if kind in ("submission", "extension") or given.get("rule"):
        _require_rule(given.get("rule"), rules, place)
    until = given.get("until")
    if kind == "extension" and until is None:
        raise Unfit(f"{place}: say until when the recipient agreed, as until.")
    level = _level(given.get("level"), place, LEVELS)
    national = _level(given.get("national_level"), place, NATIONAL)
    if kind == "level_change" and level is None and national is None:
        raise Unfit(f"{place}: say to which level it changed.")
    return Event(
        kind, _moment(given.get("at"), place), str(given.get("rule") or ""), str(given.get("stage") or ""),
        str(unit), level, national, _moment(until, place) if until is not None else None,
    )  # fmt: skip


def _level(value: Any, place: str, allowed: range) -> int | None:
    """A level as 3 or as "S3"."""
    if value is None:
        return None
    text = str(value).removeprefix("S")
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or int(text) not in allowed:
        raise Unfit(f"{place}: {value!r} is no level; there are {allowed[0]} to {allowed[-1]}.")
    return int(text)


def _clause(given: Given, place: str, rules: Mapping[str, Rule]) -> Clause:
    rule = rules[_require_rule(given.get("rule"), rules, place)]
    if not any(stage.as_written for stage in rule.stages):
        raise Unfit(f"{place}: the term of {rule.id} is set by its regime; a contract cannot change it.")
    start = given.get("start") or ""
    if start and start not in KINDS:
        raise Unfit(f'{place}: "{start}" is no kind of event; there are {", ".join(KINDS)}.')
    term = given.get("deadline")
    # "Immediately" and its like set no end; our own of the rule then holds.
    span = Span.parse(term, place) if isinstance(term, Mapping) else None
    calendar = str(given.get("calendar") or "")
    if span and span.needs_calendar and not calendar:
        raise Unfit(f"{place}: the clause counts business days; name the calendar.")
    return Clause(
        rule.id,
        str(given.get("counterparty") or ""),
        str(start),
        span,
        str(given.get("unit") or ""),
        calendar,
    )


def _calendars(given: Any) -> dict[str, Calendar]:
    if not isinstance(given, Mapping):
        raise Unfit('calendars: write them as {"TWSE": {"closed": ["2026-06-19"]}}.')
    return {str(name): _calendar(str(name), one) for name, one in given.items()}


def _calendar(name: str, given: Any) -> Calendar:
    """A calendar as the file gives it: its days alone, or those beside what is kept of the one that it is `based_on`."""
    place = f"calendars, {name}"
    if not isinstance(given, Mapping):
        raise Unfit(f'{place}: write it as {{"closed": ["2026-06-19"]}}.')
    if stray := sorted(map(str, set(given) - OF_CALENDAR)):
        raise Unfit(
            f'{place}: "{stray[0]}" is no part of a calendar; there are {", ".join(sorted(OF_CALENDAR))}.'
        )
    closed, opened = given.get("closed") or {}, given.get("opened") or []
    if isinstance(closed, list):
        closed = dict.fromkeys(closed, "")
    if not isinstance(closed, Mapping) or not isinstance(opened, list):
        raise Unfit(f"{place}: closed and opened are lists of days.")
    days = {_day(day, place): str(reason or "") for day, reason in closed.items()}
    base = _base(name, given, place)
    working = (base.opened | {_day(day, place) for day in opened}) - days.keys()
    return replace(base, closed={**base.closed, **days}, opened=working)


def _base(name: str, given: Given, place: str) -> Calendar:
    """What a calendar is before its days are closed and opened."""
    weekend = given.get("weekend")
    if weekend is not None and not (isinstance(weekend, list) and all(day in WEEKDAYS for day in weekend)):
        raise Unfit(f'{place}: weekend lists days of the week, as ["Saturday", "Sunday"].')
    numbers = None if weekend is None else frozenset(WEEKDAYS.index(day) for day in weekend)
    try:
        return based(name, str(given.get("based_on") or ""), numbers)
    except Unfit as wrong:
        raise Unfit(f"{place}: {wrong}") from wrong


def _day(value: Any, place: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Unfit(f"{place}: write each day as 2026-06-19, not {value!r}.") from error


def _moment(value: Any, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except (AttributeError, ValueError) as error:
        raise Unfit(f"{place}: write the moment as 2026-06-18T15:10:00+08:00, not {value!r}.") from error
    if moment.tzinfo is None:
        raise Unfit(f"{place}: {value} has no zone; write it as {value}+08:00 or {value}Z.")
    # Calendars and zones are known for these years; beyond them a moment is a slip of the pen.
    if not 1990 <= moment.year <= 2100:  # noqa: PLR2004
        raise Unfit(f"{place}: {value} lies outside the years 1990 to 2100.")
    return moment.astimezone(UTC)
