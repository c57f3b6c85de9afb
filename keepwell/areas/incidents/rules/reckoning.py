"""What the clocks of incidents are reckoned from: rules in force, entities, clauses, closures, events and facts,
read for many incidents at the cost of one."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from keepwell.areas.incidents.models import (
    CalendarDay,
    ClauseQuestion,
    Incident,
    IncidentEvent,
    NoticeFact,
)
from keepwell.areas.incidents.models.duties import altered
from keepwell.areas.incidents.rules import asking
from keepwell.areas.incidents.rules.asking import About
from keepwell.areas.incidents.rules.aware import Awareness, own_moments
from keepwell.areas.incidents.rules.clauses import CUSTOMERS, WORDED, answered, passed_over
from keepwell.areas.incidents.rules.holding import InForce, in_force
from keepwell.areas.organization.models import BusinessCalendar, LegalStanding, NoticeClause
from keepwell.kernel.clocks.calendars import Calendar, kept, weekdays_only
from keepwell.kernel.clocks.clauses import Clause
from keepwell.kernel.clocks.events import AWARENESS, Event, Standing
from keepwell.kernel.clocks.factors import EXTERNAL, FACTORS, Value
from keepwell.kernel.clocks.known import Incident as Known
from keepwell.kernel.clocks.reckoning import Clock as Reckoned
from keepwell.kernel.clocks.reckoning import asked_by, asks_outside, reckon, tells_outside, undecided
from keepwell.kernel.clocks.rules import ALWAYS, Rule
from keepwell.platform.tree.models import Unit

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bound:
    """What binds a unit on a day: its standing before the law, the rules, the clauses and how the kernel reads them."""

    standing: Standing
    rules: list[Rule]
    clauses: dict[tuple[str, str], NoticeClause]
    worded: tuple[Clause, ...]

    def for_customers(self, named: frozenset[str]) -> Bound:
        """The same where of the clauses of customers those of the `named` bind alone; all bind where none is named."""
        passed = passed_over(self.clauses, named)
        if not passed:
            return self
        worded = (one for one in self.worded if (one.rule, one.counterparty) not in passed)
        clauses = {key: one for key, one in self.clauses.items() if key not in passed}
        return replace(self, clauses=clauses, worded=tuple(worded))


@dataclass
class Surroundings:
    """All that is not the incidents' own, as far as it touches the units that they touch."""

    rules: dict[str, list[InForce]]
    units: dict[UUID, Unit]
    above: dict[UUID, list[UUID]]
    standings: dict[UUID, list[LegalStanding]]
    clauses: dict[UUID, list[NoticeClause]]
    days: dict[UUID, list[CalendarDay]]
    own_calendars: dict[UUID, list[BusinessCalendar]]
    _calendars: dict[UUID, dict[str, Calendar]] = field(default_factory=dict)
    _turns: dict[UUID, list[date]] = field(default_factory=dict)
    _bound: dict[tuple[UUID, int], Bound] = field(default_factory=dict)
    _holding: dict[tuple[UUID, str], list[Rule]] = field(default_factory=dict)

    @classmethod
    def of(cls, about: About) -> Surroundings:
        """What surrounds the incidents; eight queries, however many they are."""
        above: dict[UUID, list[UUID]] = defaultdict(list)
        for low, high in asking.WAYS.rows(about):
            above[low].append(high)
        rules: dict[str, list[InForce]] = defaultdict(list)
        for one in in_force(asking.RULES.records(about)):
            rules[one.rule.binds].append(one)
        return cls(
            rules, {unit.pk: unit for unit in asking.UNITS.records(about)}, above,
            _by_unit(asking.STANDINGS.records(about)), _by_unit(asking.CLAUSES.records(about)),
            _by_unit(asking.DAYS.records(about)), _by_unit(asking.CALENDARS.records(about)),
        )  # fmt: skip

    def tellers(self, own: UUID, touched: Iterable[UUID]) -> list[UUID]:
        """The units that may have to tell: the incident's own, and each at or above a touched one that a regime or
        a clause binds."""
        found = dict.fromkeys([own])
        for low in (own, *touched):
            for unit in self.above.get(low, ()):
                if unit in self.standings or unit in self.clauses:
                    found[unit] = None
        return [unit for unit in found if unit in self.units]

    def bound(self, unit: Unit, day: date) -> Bound:
        """What binds `unit` by what it is and by what was agreed, on `day`; found once for all days between two on
        which any of it begins or is over."""
        stretch = bisect_right(self._turns_of(unit.pk), day)
        if (unit.pk, stretch) not in self._bound:
            self._bound[unit.pk, stretch] = self._binding(unit, day)
        return self._bound[unit.pk, stretch]

    def _turns_of(self, unit: UUID) -> list[date]:
        """The days from which something else binds than on the day before, in order."""
        if unit not in self._turns:
            rows = [*self.standings.get(unit, ()), *self.clauses.get(unit, ())]
            over = {one.until + A_DAY for one in rows if one.until and one.until < date.max}
            self._turns[unit] = sorted({one.since for one in rows} | over)
        return self._turns[unit]

    def _binding(self, unit: Unit, day: date) -> Bound:
        attributes = frozenset(one.attribute for one in self.standings.get(unit.pk, ()) if _holds(one, day))
        clauses = {
            (WORDED[NoticeClause.Kind(one.kind)], str(one)): one
            for one in self.clauses.get(unit.pk, ())
            if _holds(one, day)
        }
        wordings = {rule for rule, _name in clauses}
        rules = [rule for binds in sorted(attributes) for rule in self.holding(unit, binds)]
        rules += [
            rule
            for binds in self.rules
            if binds not in attributes
            for rule in self.holding(unit, binds)
            if rule.id in wordings
        ]
        worded = (
            Clause(rule, name, one.starts, one.span(), unit.code, one.calendar, one.formal_trigger())
            for (rule, name), one in clauses.items()
        )  # fmt: skip
        standing = Standing(unit.code, unit.country, unit.time_zone, attributes)
        return Bound(standing, rules, clauses, tuple(worded))

    def holding(self, unit: Unit, binds: str) -> list[Rule]:
        """The rules that bind by `binds` and hold at `unit`: in its country, and brought in at it or above."""
        if (unit.pk, binds) not in self._holding:
            ways = self._ways(unit.pk)
            self._holding[unit.pk, binds] = [
                one.rule
                for one in self.rules.get(binds, ())
                if one.rule.holds_in(unit.country) and (one.unit is None or one.unit in ways)
            ]
        return self._holding[unit.pk, binds]

    @cached_property
    def own_texts(self) -> dict[tuple[str, int], UUID]:
        """The own texts that hold, by rule and edition."""
        return {
            (one.rule.id, one.rule.edition): one.own
            for ones in self.rules.values()
            for one in ones
            if one.own
        }

    def calendars(self, unit: UUID) -> dict[str, Calendar]:
        """The calendars that are otherwise than kept, for the clocks of `unit`."""
        if unit not in self._calendars:
            ways = self._ways(unit)
            days = [day for above in ways for day in self.days.get(above, ())]
            own = {one.code: one.reckoned() for above in ways for one in self.own_calendars.get(above, ())}
            names = {day.calendar for day in days} | own.keys()
            self._calendars[unit] = {
                name: altered(own.get(name) or known(name), [day for day in days if day.calendar == name]) for name in names
            }  # fmt: skip
        return self._calendars[unit]

    def _ways(self, unit: UUID) -> list[UUID]:
        """`unit` and all above it, also where it was reached only from below."""
        if unit in self.above:
            return self.above[unit]
        below = next((ways for ways in self.above.values() if unit in ways), [unit])
        return below[below.index(unit) :]


def _by_unit(rows: Iterable[Any]) -> dict[UUID, list[Any]]:  # Any: records of one model that lie at a unit
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.unit_id].append(row)
    return dict(found)


def known(name: str) -> Calendar:
    """The calendar that is kept under `name`; one of weekends alone where nobody keeps it any more."""
    return kept(name) or weekdays_only(name, "")


@dataclass(frozen=True)
class Teller:
    """A unit that may have to tell of an incident: what binds it on the day on which the incident became known.

    `named` are the customers whom the incident concerns, as somebody named them, and `passed_over` the keys of clauses
    of other customers, which bind for that reason no more, with their names."""

    unit: Unit
    known: Known
    rules: list[Rule]
    clauses: dict[tuple[str, str], NoticeClause]
    named: frozenset[str]
    passed_over: dict[UUID, str]
    own_texts: Mapping[tuple[str, int], UUID]
    questions: dict[UUID, ClauseQuestion]

    def own_text(self, rule: Rule) -> UUID | None:
        """The group's own text that `rule` is; None if it is the shipped one."""
        return self.own_texts.get((rule.id, rule.edition)) if rule.edition else None

    def binds_unnamed(self, reckoned: Reckoned) -> bool:
        """Whether a clock runs by the clause of a customer because nobody named those whom the incident concerns."""
        return reckoned.clause is not None and reckoned.rule.id == CUSTOMERS and not self.named

    def reckoned(self, now: datetime) -> list[Reckoned]:
        """Its clocks as of `now`."""
        return reckon(self.rules, self.known, now, named=False)

    def undecided(self) -> list[tuple[Rule, list[str]]]:
        """The rules of which it is not known whether they ask for a notice, with the facts that would tell."""
        return [(rule, missing) for rule, _unit, missing in undecided(self.rules, self.known)]

    def not_triggered(self) -> list[Rule]:
        """The rules that bind it and that the facts do not trigger."""
        unit = self.known.units[0]
        return [rule for rule in self.rules if asked_by(rule, self.known, unit) is False]


class Level(NamedTuple):
    """What a classification set, and when."""

    incident_id: UUID
    revision: int
    at: datetime
    level: int
    national_level: int | None


@dataclass(frozen=True)
class Case:
    """An incident as the clocks see it."""

    incident: Incident
    tellers: list[Teller]
    levels: list[Level]


def cases(about: About, *, submissions: Mapping[UUID, list[Event]]) -> Iterator[Case]:
    """Each of the incidents with all that its clocks are reckoned from; what is withdrawn has no tellers."""
    around = Surroundings.of(about)
    touched = _by_first(asking.TOUCHED.rows(about))
    rows = asking.INCIDENTS.records(about)
    customers = _by_first(asking.CUSTOMERS.rows(about)) if any(row.names_customers for row in rows) else {}
    answers = _by_incident(asking.ANSWERS.records(about)) if any(row.asks for row in rows) else {}
    levels = _by_incident(map(Level._make, asking.LEVELS.rows(about)))
    events, facts = _by_incident(asking.EVENTS.records(about)), _by_incident(asking.FACTS.records(about))
    for incident in rows:
        key = incident.pk
        happened = [*_events(incident, levels.get(key, []), events.get(key, [])), *submissions.get(key, [])]
        found = _Gathered(
            incident, _factors(incident, levels.get(key, []), facts.get(key, [])), tuple(happened),
            frozenset(customers.get(key, ())), answers.get(key, []),
            Awareness(incident.awareness, own_moments(events.get(key, [])), (incident.unit_id, *touched.get(key, ())),
                      around.above),
        )  # fmt: skip
        tellers = [] if incident.retired_at else [
            _teller(found, around.units[unit], around) for unit in around.tellers(incident.unit_id, touched.get(key, ()))
        ]  # fmt: skip
        yield Case(incident, _told_outside(tellers), levels.get(key, []))


@dataclass(frozen=True)
class _Gathered:
    incident: Incident
    factors: Mapping[str, Value]
    events: tuple[Event, ...]
    customers: frozenset[str]
    questions: list[ClauseQuestion]
    aware: Awareness


def _by_first(rows: Iterable[tuple[UUID, Any]]) -> dict[UUID, list[Any]]:  # Any: a key, or a name
    found: dict[UUID, list[Any]] = defaultdict(list)
    for first, second in rows:
        found[first].append(second)
    return found


def _by_incident(
    rows: Iterable[Any],
) -> dict[UUID, list[Any]]:  # Any: records of one model that belong to one
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.incident_id].append(row)
    return found


def _teller(found: _Gathered, unit: Unit, around: Surroundings) -> Teller:
    all_of_it = around.bound(unit, found.aware.of(unit.pk).astimezone(ZoneInfo(unit.time_zone)).date())
    bound = all_of_it.for_customers(found.customers)
    passed = passed_over(all_of_it.clauses, found.customers)
    own = around.holding(unit, ALWAYS) if unit.pk == found.incident.unit_id else []
    asked = {one.clause_id: one for one in found.questions if one.unit_id == unit.pk}
    worded = answered(bound.worded, bound.clauses, asked)
    events, own_awareness = found.events, found.aware.own_of(unit.pk)
    if own_awareness:
        events = (*events, Event(AWARENESS, own_awareness, unit=unit.code))
    known = Known((bound.standing,), found.factors, events, worded, around.calendars(unit.pk))
    names = {one.pk: one.counterparty for one in passed.values()}
    return Teller(
        unit, known, [*bound.rules, *own], bound.clauses, found.customers, names, around.own_texts, asked
    )


def _told_outside(tellers: list[Teller]) -> list[Teller]:
    """`tellers` with what the incident's own, the first, must know of the others: whether any tells somebody outside.

    Looked at only where a rule asks for it that nothing else decides.
    """
    if not tellers:
        return tellers
    own, facts = tellers[0], tellers[0].known.facts(tellers[0].known.units[0])
    if not any(asks_outside(rule) and rule.trigger.holds(facts) is not True for rule in own.rules):
        return tellers
    outside = any(tells_outside(one.rules, one.known) for one in tellers)
    return [replace(own, known=own.known.knowing(EXTERNAL, outside)), *tellers[1:]]


def _holds(row: LegalStanding | NoticeClause, day: date) -> bool:
    """Whether `row` is in force on `day`, both ends included."""
    return row.since <= day and (row.until is None or day <= row.until)


def _factors(incident: Incident, levels: list[Level], facts: list[NoticeFact]) -> dict[str, Value]:
    """What is known of the incident: as classified, as answered for notices, as decided on materiality."""
    found: dict[str, Value] = {name: value for name, value in incident.factors.items() if name in FACTORS}
    found |= {fact.factor: fact.value for fact in facts}
    if incident.is_material is not None:
        found["material"] = incident.is_material
    if levels:
        found |= {"level": levels[0].level, "national_level": levels[0].national_level or NO_LEVEL}
    return found


NO_LEVEL = 0
"""A nation's scale that gives no level: known, and below its lowest."""


def _events(incident: Incident, levels: list[Level], recorded: list[IncidentEvent]) -> Iterator[Event]:
    """What happened in it: its own moments, changes of level, and what was recorded beside."""
    yield Event("awareness", incident.awareness)
    yield Event("discovery", incident.discovery)
    if incident.is_material and incident.material_at:
        yield Event("materiality_determination", incident.material_at)
    if incident.contained_at:
        yield Event("damage_control_completed", incident.contained_at)
    if incident.closed_at:
        yield Event("incident_handled", incident.closed_at)
    for before, one in zip(levels, levels[1:], strict=False):
        if (before.level, before.national_level) != (one.level, one.national_level):
            yield Event(
                "level_change", one.at, level=one.level, national_level=one.national_level or NO_LEVEL
            )
    yield from (
        Event(row.kind, row.at, rule=row.rule, until=row.until) for row in recorded if row.kind != AWARENESS
    )
