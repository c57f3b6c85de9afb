"""A case to reckon: units, factors, events, calendars and clauses as a file gives them, and the clocks as it gets
them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.kernel.clocks import case_faults, faults
from keepwell.kernel.clocks.calendars import Calendar, Unfit, based, zone_named
from keepwell.kernel.clocks.case_faults import quoted, shown
from keepwell.kernel.clocks.clauses import Clause
from keepwell.kernel.clocks.countries import zone_of
from keepwell.kernel.clocks.events import KINDS, LEVELS, Event, Standing
from keepwell.kernel.clocks.factors import checked, unknown
from keepwell.kernel.clocks.known import Incident
from keepwell.kernel.clocks.order import Duty, Turn, turns
from keepwell.kernel.clocks.own import Known
from keepwell.kernel.clocks.own import read as read_own
from keepwell.kernel.clocks.reckoning import Clock, reckon, undecided
from keepwell.kernel.clocks.rules import Rule
from keepwell.kernel.clocks.sentences import ENGLISH, WEEKDAYS, Words, contradiction, why
from keepwell.kernel.clocks.spans import Span

KNOWN = {"units", "factors", "rules", "own_rules", "events", "calendars", "clauses", "now"}
OF_CALENDAR = {"closed", "opened", "based_on", "weekend"}
MOST_UNITS, MOST_EVENTS = 1_000, 10_000
NATIONAL = range(1, 5)
Given = Mapping[str, Any]  # as it was read from a file


@dataclass(frozen=True)
class Case:
    """What a file asks: the rules to run (None: those that the factors trigger) on an incident, as of a moment.

    `table` holds every rule that there is: the shipped ones, with the own ones of the case beside or over them.
    """

    incident: Incident
    table: Mapping[str, Rule]
    rules: tuple[Rule, ...] | None
    now: datetime
    unread: tuple[str, ...] = ()


def read(given: Any, rules: Mapping[str, Rule], now: datetime) -> Case:
    """The case that `given` describes; Unfit says what does not fit, where, and what to do. Nothing is guessed."""
    if not isinstance(given, Mapping):
        raise Unfit(case_faults.NO_CASE)
    if stray := sorted(set(given) - KNOWN):
        raise Unfit(case_faults.STRAY_IN_CASE, value=shown(stray[0]), known=faults.listed(sorted(KNOWN)))
    units = tuple(_unit(one, place) for place, one in _rows(given, "units", required=True, most=MOST_UNITS))
    codes = [unit.code for unit in units]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise Unfit(case_faults.SAME_CODE, value=shown(twice))
    calendars = _calendars(given.get("calendars") or {})
    if own := given.get("own_rules"):
        rules = dict(rules) | read_own(own, rules, Known(calendars=calendars))
    named = _named(given, rules)
    factors = given.get("factors") or {}
    if not isinstance(factors, Mapping):
        raise Unfit(case_faults.BAD_FACTORS)
    # Where the rules are named no factor triggers one, so that a foreign one does no harm; it is told all the same.
    unread = unknown(factors) if named is not None else []
    incident = Incident(
        units=units, factors=checked({k: v for k, v in factors.items() if k not in unread}),
        events=tuple(_event(one, place, codes, rules) for place, one in _rows(given, "events", most=MOST_EVENTS)),
        clauses=tuple(_clause(one, place, rules) for place, one in _rows(given, "clauses")),
        calendars=calendars,
    )  # fmt: skip
    moment = _moment(given["now"], "now") if given.get("now") is not None else now
    return Case(incident, rules, named, moment, tuple(unread))


def answer(case: Case, words: Words = ENGLISH) -> dict[str, Any]:
    """The clocks of `case`, the rules about which more must be known, and factors that were not read."""
    named = case.rules is not None
    chosen: Iterable[Rule] = case.table.values() if case.rules is None else case.rules
    clocks = reckon(chosen, case.incident, case.now, named=named)
    found: dict[str, Any] = {"clocks": [told(clock, words) for clock in clocks]}
    if against := contradictions(clocks):
        found["contradictions"] = [_contradiction(turn, words) for turn in against]
    if not named:
        open_ones = undecided(case.table.values(), case.incident)
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
    whom = (
        (then.clause.counterparty if then.clause else "") or words.told(then.rule.recipient) or then.rule.id
    )
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
        raise Unfit(case_faults.NO_ENTRY if required else case_faults.NO_LIST, where=key)
    if len(found) > most:
        raise Unfit(case_faults.TOO_MANY, where=key, count=f"{len(found):,}", most=f"{most:,}")
    for number, one in enumerate(found, 1):
        if not isinstance(one, Mapping):
            raise Unfit(case_faults.NO_TABLE, where=f"{key}, {number}")
    return [(f"{key}, {number}", one) for number, one in enumerate(found, 1)]


def _unit(given: Given, place: str) -> Standing:
    code, country = given.get("code"), given.get("country") or ""
    if not isinstance(code, str) or not code:
        raise Unfit(case_faults.NO_CODE, where=place)
    attributes = given.get("attributes") or []
    if not isinstance(attributes, list) or not all(isinstance(one, str) for one in attributes):
        raise Unfit(case_faults.BAD_ATTRIBUTES, where=place)
    zone = given.get("zone")
    try:
        found = zone_named(str(zone)).key if zone else zone_of(str(country).upper())
    except Unfit as wrong:
        raise Unfit(faults.WITHIN, where=place, fault=wrong.fault) from wrong
    return Standing(code, str(country).upper(), found, frozenset(attributes))


def _named(given: Given, rules: Mapping[str, Rule]) -> tuple[Rule, ...] | None:
    names = given.get("rules")
    if names is None:
        return None
    if not isinstance(names, list):
        raise Unfit(case_faults.NO_IDS)
    for name in names:
        _require_rule(name, rules, "rules")
    return tuple(rules[name] for name in dict.fromkeys(names))


def _require_rule(name: Any, rules: Mapping[str, Rule], place: str) -> str:
    if not isinstance(name, str) or name not in rules:
        raise Unfit(case_faults.NO_SUCH_ID, where=place, value=shown(name))
    return name


def _event(given: Given, place: str, units: list[str], rules: Mapping[str, Rule]) -> Event:
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Unfit(faults.NO_EVENT, where=place, value=shown(kind), known=faults.listed(KINDS))
    unit = given.get("unit") or ""
    if unit and unit not in units:
        raise Unfit(case_faults.NO_UNIT, where=place, value=shown(unit))
    if kind in ("submission", "extension") or given.get("rule"):
        _require_rule(given.get("rule"), rules, place)
    until = given.get("until")
    if kind == "extension" and until is None:
        raise Unfit(case_faults.NO_UNTIL, where=place)
    level = _level(given.get("level"), place, LEVELS)
    national = _level(given.get("national_level"), place, NATIONAL)
    if kind == "level_change" and level is None and national is None:
        raise Unfit(case_faults.NO_CHANGE, where=place)
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
        least, most = allowed[0], allowed[-1]
        raise Unfit(case_faults.NO_LEVEL, where=place, value=quoted(value), least=least, most=most)
    return int(text)


def _clause(given: Given, place: str, rules: Mapping[str, Rule]) -> Clause:
    rule = rules[_require_rule(given.get("rule"), rules, place)]
    if not any(stage.as_written for stage in rule.stages):
        raise Unfit(case_faults.SET_BY_REGIME, where=place, value=rule.id)
    start = given.get("start") or ""
    if start and (not isinstance(start, str) or start not in KINDS):
        raise Unfit(faults.NO_EVENT, where=place, value=shown(start), known=faults.listed(KINDS))
    term = given.get("deadline")
    # "Immediately" and its like set no end; our own of the rule then holds.
    span = Span.parse(term, place) if isinstance(term, Mapping) else None
    calendar = str(given.get("calendar") or "")
    if span and span.needs_calendar and not calendar:
        raise Unfit(case_faults.NAME_CALENDAR, where=place)
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
        raise Unfit(case_faults.BAD_CALENDARS)
    return {str(name): _calendar(str(name), one) for name, one in given.items()}


def _calendar(name: str, given: Any) -> Calendar:
    """A calendar as the file gives it: its days alone, or those beside what is kept of the one that it is `based_on`."""
    place = f"calendars, {name}"
    if not isinstance(given, Mapping):
        raise Unfit(case_faults.BAD_CALENDAR, where=place)
    if stray := sorted(map(str, set(given) - OF_CALENDAR)):
        known = faults.listed(sorted(OF_CALENDAR))
        raise Unfit(case_faults.STRAY_IN_CALENDAR, where=place, value=shown(stray[0]), known=known)
    closed, opened = given.get("closed") or {}, given.get("opened") or []
    if isinstance(closed, list):
        closed = dict.fromkeys(closed, "")
    if not isinstance(closed, Mapping) or not isinstance(opened, list):
        raise Unfit(case_faults.NO_DAYS, where=place)
    days = {_day(day, place): str(reason or "") for day, reason in closed.items()}
    base = _base(name, given, place)
    working = (base.opened | {_day(day, place) for day in opened}) - days.keys()
    return replace(base, closed={**base.closed, **days}, opened=working)


def _base(name: str, given: Given, place: str) -> Calendar:
    """What a calendar is before its days are closed and opened."""
    weekend = given.get("weekend")
    if weekend is not None and not (isinstance(weekend, list) and all(day in WEEKDAYS for day in weekend)):
        raise Unfit(case_faults.NO_WEEKEND, where=place)
    numbers = None if weekend is None else frozenset(WEEKDAYS.index(day) for day in weekend)
    try:
        return based(name, str(given.get("based_on") or ""), numbers)
    except Unfit as wrong:
        raise Unfit(faults.WITHIN, where=place, fault=wrong.fault) from wrong


def _day(value: Any, place: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Unfit(case_faults.NO_DAY, where=place, value=quoted(value)) from error


def _moment(value: Any, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except (AttributeError, ValueError) as error:
        raise Unfit(case_faults.NO_MOMENT, where=place, value=quoted(value)) from error
    if moment.tzinfo is None:
        raise Unfit(case_faults.NO_ZONE, where=place, value=shown(value))
    # Calendars and zones are known for these years; beyond them a moment is a slip of the pen.
    if not 1990 <= moment.year <= 2100:  # noqa: PLR2004
        raise Unfit(case_faults.FAR_MOMENT, where=place, value=shown(value))
    return moment.astimezone(UTC)
