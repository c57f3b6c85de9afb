"""What the clocks of incidents are reckoned from: rules in force, entities, clauses, closures, events and facts,
read for many incidents at the cost of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from keepwell.areas.incidents.models import (
    CalendarDay,
    Classification,
    Incident,
    IncidentEvent,
    NoticeFact,
    RuleInForce,
    clock_rules,
)
from keepwell.areas.incidents.models.duties import altered
from keepwell.areas.organization.models import BusinessCalendar, LegalStanding, NoticeClause
from keepwell.kernel.clocks.calendars import Calendar, kept, weekdays_only
from keepwell.kernel.clocks.events import Event, Standing
from keepwell.kernel.clocks.factors import EXTERNAL, FACTORS, Value
from keepwell.kernel.clocks.reckoning import Clause, asks_outside, reckon, tells_outside, undecided
from keepwell.kernel.clocks.reckoning import Clock as Reckoned
from keepwell.kernel.clocks.reckoning import Incident as Known
from keepwell.kernel.clocks.rules import ALWAYS, Rule, Stage
from keepwell.kernel.clocks.spans import Span
from keepwell.platform.tree.models import Ancestry, Unit

WORDED = {NoticeClause.Kind.CUSTOMER: "customer-contract", NoticeClause.Kind.INSURER: "insurer-notice",
          NoticeClause.Kind.AUTHORITY: "authority-order"}  # fmt: skip
"""Under which rule a clause of each kind runs."""
CUSTOMERS = WORDED[NoticeClause.Kind.CUSTOMER]
Rules = QuerySet[Incident]


def in_force(rows: Iterable[RuleInForce]) -> list[Rule]:
    """The shipped rules as `rows` let them hold; a rule without a row holds as it is shipped, if it was verified."""
    turns: dict[str, list[RuleInForce]] = defaultdict(list)
    for row in rows:
        turns[row.rule].append(row)
    found: list[Rule] = []
    for rule in clock_rules().values():
        if rule.id not in turns:
            found += [rule] if rule.is_verified else []
        found += [_within(rule, row) for row in turns[rule.id] if row.is_confirmed]
    return found


def _within(rule: Rule, row: RuleInForce) -> Rule:
    """`rule` no longer than `row` lets it hold, with our own deadline where the regime sets none."""
    since = max((day for day in (rule.since, row.since) if day), default=None)
    until = min((day for day in (rule.until, row.until) if day), default=None)
    stages = rule.stages
    if row.own_hours:
        stages = tuple(_with_own(stage, Span("hours", row.own_hours)) for stage in stages)
    return replace(rule, since=since, until=until, stages=stages)


def _with_own(stage: Stage, own: Span) -> Stage:
    return replace(stage, internal=own) if stage.internal else stage


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


def passed_over(
    clauses: Mapping[tuple[str, str], NoticeClause], named: frozenset[str]
) -> dict[tuple[str, str], NoticeClause]:
    """Clauses of customers who are not among the `named`; none where nobody is named."""
    if not named:
        return {}
    return {
        key: one
        for key, one in clauses.items()
        if one.kind == NoticeClause.Kind.CUSTOMER and one.counterparty not in named
    }


@dataclass
class Surroundings:
    """All that is not the incidents' own, as far as it touches the units that they touch."""

    rules: dict[str, list[Rule]]
    units: dict[UUID, Unit]
    above: dict[UUID, list[UUID]]
    standings: dict[UUID, list[LegalStanding]]
    clauses: dict[UUID, list[NoticeClause]]
    days: dict[UUID, list[CalendarDay]]
    own_calendars: dict[UUID, list[BusinessCalendar]]
    _calendars: dict[UUID, dict[str, Calendar]] = field(default_factory=dict)
    _bound: dict[tuple[UUID, date], Bound] = field(default_factory=dict)

    @classmethod
    def of(cls, incidents: Rules) -> Surroundings:
        """What surrounds `incidents`; eight queries, however many they are."""
        keys = incidents.order_by().values("pk")
        touching = Incident.affected_units.through.objects.filter(incident__in=keys)
        reached = Q(descendant__in=incidents.order_by().values("unit")) | Q(
            descendant__in=touching.values("unit")
        )
        ways = Ancestry.objects.filter(reached, until__isnull=True)
        here = {"unit__in": ways.values("ancestor")}
        above: dict[UUID, list[UUID]] = defaultdict(list)
        for low, high in ways.order_by("depth").values_list("descendant", "ancestor"):
            above[low].append(high)
        rules: dict[str, list[Rule]] = defaultdict(list)
        for rule in in_force(RuleInForce.objects.current().filter(**here).order_by("turn")):
            rules[rule.binds].append(rule)
        return cls(
            rules, {unit.pk: unit for unit in Unit.objects.filter(pk__in=ways.values("ancestor"))}, above,
            _by_unit(LegalStanding.objects.current().filter(**here).order_by("pk")),
            _by_unit(NoticeClause.objects.current().filter(**here).order_by("pk")),
            _by_unit(CalendarDay.objects.current().filter(**here).order_by("pk")),
            _by_unit(BusinessCalendar.objects.current().filter(**here).order_by("pk")),
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
        """What binds `unit` by what it is and by what was agreed, on `day`."""
        if (unit.pk, day) not in self._bound:
            self._bound[unit.pk, day] = self._binding(unit, day)
        return self._bound[unit.pk, day]

    def _binding(self, unit: Unit, day: date) -> Bound:
        attributes = frozenset(one.attribute for one in self.standings.get(unit.pk, ()) if _holds(one, day))
        clauses = {
            (WORDED[NoticeClause.Kind(one.kind)], str(one)): one
            for one in self.clauses.get(unit.pk, ())
            if _holds(one, day)
        }
        wordings = {rule for rule, _name in clauses}
        rules = [rule for binds in sorted(attributes) for rule in self.rules.get(binds, ())]
        rules += [
            rule for binds, ones in self.rules.items() if binds not in attributes for rule in ones if rule.id in wordings
        ]  # fmt: skip
        worded = (
            Clause(rule, name, one.starts, one.span(), unit.code, one.calendar) for (rule, name), one in clauses.items()
        )  # fmt: skip
        standing = Standing(unit.code, unit.country, unit.time_zone, attributes)
        return Bound(standing, rules, clauses, tuple(worded))

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
        facts = self.known.facts(self.known.units[0])
        return [rule for rule in self.rules if rule.trigger.holds(facts) is False]


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


def cases(incidents: Rules, *, submissions: Mapping[UUID, list[Event]]) -> Iterator[Case]:
    """Each of `incidents` with all that its clocks are reckoned from; what is withdrawn has no tellers."""
    around, keys = Surroundings.of(incidents), incidents.order_by().values("pk")
    touching = Incident.affected_units.through.objects.filter(incident__in=keys)
    touched: dict[UUID, list[UUID]] = defaultdict(list)
    for incident_id, unit_id in touching.order_by("pk").values_list("incident", "unit"):
        touched[incident_id].append(unit_id)
    classified = Classification.objects.current().filter(incident__in=keys).order_by("revision")
    naming = Incident.customers_named.through.objects.filter(incident=OuterRef("pk"))
    rows = list(incidents.annotate(names_customers=Exists(naming)).order_by("pk"))
    customers = _customers(keys) if any(row.names_customers for row in rows) else {}
    levels = _by_incident(map(Level._make, classified.values_list(*Level._fields)))
    events = _by_incident(IncidentEvent.objects.current().filter(incident__in=keys).order_by("at", "pk"))
    facts = _by_incident(NoticeFact.objects.current().filter(incident__in=keys).order_by("pk"))
    for incident in rows:
        key = incident.pk
        happened = [*_events(incident, levels.get(key, []), events.get(key, [])), *submissions.get(key, [])]
        found = _Gathered(
            incident, _factors(incident, levels.get(key, []), facts.get(key, [])), tuple(happened),
            frozenset(customers.get(key, ())),
        )  # fmt: skip
        tellers = [] if incident.retired_at else [
            _teller(found, around.units[unit], around) for unit in around.tellers(incident.unit_id, touched[key])
        ]  # fmt: skip
        yield Case(incident, _told_outside(tellers), levels.get(key, []))


@dataclass(frozen=True)
class _Gathered:
    incident: Incident
    factors: Mapping[str, Value]
    events: tuple[Event, ...]
    customers: frozenset[str]


def _customers(keys: QuerySet[Incident, Any]) -> dict[UUID, list[str]]:  # Any: rows of keys alone
    """The customers who were named, by incident: whatever their clauses are called today."""
    naming = Incident.customers_named.through.objects.filter(incident__in=keys)
    found: dict[UUID, list[str]] = defaultdict(list)
    for incident_id, name in naming.order_by("pk").values_list("incident", "noticeclause__counterparty"):
        found[incident_id].append(name)
    return found


def _by_incident(
    rows: Iterable[Any],
) -> dict[UUID, list[Any]]:  # Any: records of one model that belong to one
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.incident_id].append(row)
    return found


def _teller(found: _Gathered, unit: Unit, around: Surroundings) -> Teller:
    day = found.incident.awareness.astimezone(ZoneInfo(unit.time_zone)).date()
    all_of_it = around.bound(unit, day)
    bound = all_of_it.for_customers(found.customers)
    passed = passed_over(all_of_it.clauses, found.customers)
    own = around.rules.get(ALWAYS, []) if unit.pk == found.incident.unit_id else []
    known = Known((bound.standing,), found.factors, found.events, bound.worded, around.calendars(unit.pk))
    names = {one.pk: one.counterparty for one in passed.values()}
    return Teller(unit, known, [*bound.rules, *own], bound.clauses, found.customers, names)


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
    for row in recorded:
        yield Event(row.kind, row.at, rule=row.rule, until=row.until)
