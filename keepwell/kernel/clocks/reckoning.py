"""Running the clocks: for every unit that a triggered rule binds, each stage from its event to its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from keepwell.kernel.clocks.calendars import Calendar, NoBusinessDay
from keepwell.kernel.clocks.clauses import Clause
from keepwell.kernel.clocks.events import AWARENESS, STANDS_IN, Event, Standing
from keepwell.kernel.clocks.factors import EXTERNAL, Facts, level_of
from keepwell.kernel.clocks.known import Incident
from keepwell.kernel.clocks.rules import ALWAYS, Rule, Stage
from keepwell.kernel.clocks.spans import Span

RUNNING, MET, LATE, MISSED, WAITING = "running", "met", "late", "missed", "waiting"
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Clock:
    """One duty of one unit: from `start`, by `due`; both None while it waits for its event.

    A duty without a fixed end has `internal_due` and no `due`. `span` and `calendar` are what it was reckoned
    with, `from_kind` the event that started it, `level` the level that set its term. Where its calendar has no
    business day for longer than any closure lasts, `stuck_after` is the day from which none comes: it then ends by
    ourselves, as if there were weekends alone. `own_awareness` is when its unit became aware, if that is of its own.
    """

    rule: Rule
    stage: Stage
    unit: Standing
    zone: str
    state: str
    start: datetime | None = None
    due: datetime | None = None
    internal_due: datetime | None = None
    done_at: datetime | None = None
    from_kind: str = ""
    level: int | None = None
    span: Span | None = None
    calendar: Calendar | None = None
    extended: bool = False
    clause: Clause | None = None
    bound_by_name: bool = False
    stuck_after: date | None = None
    own_awareness: datetime | None = None

    @property
    def ends(self) -> datetime | None:
        """When it ends, by the regime or by ourselves."""
        return self.due or self.internal_due


def reckon(rules: Iterable[Rule], incident: Incident, now: datetime, *, named: bool) -> list[Clock]:
    """Every clock of `rules` in `incident`, those that end first before the others, waiting ones last.

    `named` rules are taken as triggered, and bind every unit if they bind none by its attributes; of others
    their triggers decide, and whether they were in force when the incident became known.
    """
    rules = list(rules)
    incident = incident if named else told_outside(rules, incident)
    found = [
        clock
        for rule in rules
        for unit in bound(rule, incident, named=named)
        if named or triggered(rule, incident, unit)
        for clock in _clocks(rule, incident, unit, now, named=named)
    ]
    return sorted(found, key=lambda c: (c.ends or FAR, c.rule.id, c.unit.code, c.stage.name))


def bound(rule: Rule, incident: Incident, *, named: bool) -> list[Standing]:
    """The units that `rule` binds: in its countries by an attribute, or by a clause that is recorded."""
    held = {clause.unit for clause in incident.clauses if clause.rule == rule.id}
    found = [
        unit
        for unit in incident.units
        if rule.holds_in(unit.country)
        and (rule.binds in {ALWAYS, *unit.attributes} or held & {"", unit.code})
    ]
    return found or (list(incident.units) if named else [])


def triggered(rule: Rule, incident: Incident, unit: Standing) -> bool:
    """Whether the incident makes `rule` ask for a notice of `unit`, by itself or by one of its clauses."""
    return asked_by(rule, incident, unit) is True and _in_force(rule, incident, unit)


def asked_by(rule: Rule, incident: Incident, unit: Standing) -> bool | None:
    """Whether the facts make `rule` ask for a notice; of one that clauses word, whether any of them does."""
    facts, clauses = incident.facts(unit), _wording(rule, incident, unit)
    if not clauses:
        return rule.trigger.holds(facts)
    found = [clause.asks(rule, facts) for clause in clauses]
    return True if True in found else (None if None in found else False)


def _wording(rule: Rule, incident: Incident, unit: Standing) -> list[Clause]:
    """The clauses that word `rule` at `unit`."""
    if not any(stage.as_written for stage in rule.stages):
        return []
    return [one for one in incident.clauses if one.rule == rule.id and one.unit in ("", unit.code)]


def asks_outside(rule: Rule) -> bool:
    """Whether it is triggered by the duty to tell somebody outside."""
    return any(one.factor == EXTERNAL for one in rule.trigger.conditions)


def tells_outside(rules: Iterable[Rule], incident: Incident) -> bool:
    """Whether one of `rules` that binds asks to tell somebody outside the group."""
    return any(
        triggered(rule, incident, unit)
        for rule in rules
        if rule.is_external
        for unit in bound(rule, incident, named=False)
    )


def told_outside(rules: Iterable[Rule], incident: Incident) -> Incident:
    """The incident with what follows from `rules` themselves, as far as one of them asks for it."""
    rules = list(rules)
    if EXTERNAL in incident.factors or not any(map(asks_outside, rules)):
        return incident
    return incident.knowing(EXTERNAL, tells_outside(rules, incident))


def undecided(rules: Iterable[Rule], incident: Incident) -> Iterator[tuple[Rule, Standing, list[str]]]:
    """Rules that bind a unit and of which it is not known whether the incident triggers them, with the factors
    that would tell."""
    for rule in rules:
        for unit in bound(rule, incident, named=False):
            facts = incident.facts(unit)
            if asked_by(rule, incident, unit) is None and _in_force(rule, incident, unit):
                yield rule, unit, _missing(rule, incident, unit, facts)


def _missing(rule: Rule, incident: Incident, unit: Standing, facts: Facts) -> list[str]:
    """The factors that would tell, of the rule and of its clauses that have a trigger of their own."""
    open_ = [one for one in _wording(rule, incident, unit) if one.asks(rule, facts) is None]
    asking = [one.trigger or rule.trigger for one in open_] or [rule.trigger]
    return list(dict.fromkeys(name for trigger in asking for name in trigger.missing(facts)))


def _in_force(rule: Rule, incident: Incident, unit: Standing) -> bool:
    """Whether the rule bound on the day on which the incident became known; an incident stays with that."""
    events = incident.at(unit)
    known = _moment(events, AWARENESS) or (events[0].at if events else None)
    return known is None or rule.in_force(known.astimezone(ZoneInfo(rule.zone or unit.zone)).date())


def _moment(events: Iterable[Event], kind: str) -> datetime | None:
    for wanted in (kind, *STANDS_IN.get(kind, ())):
        for event in events:
            if event.kind == wanted:
                return event.at
    return None


def _clocks(rule: Rule, incident: Incident, unit: Standing, now: datetime, *, named: bool) -> Iterator[Clock]:
    for stage in rule.stages:
        for clause in _clauses(rule, stage, incident, unit, named=named):
            yield from _stage(_Run(rule, stage, unit, incident, now, clause))


def _clauses(
    rule: Rule, stage: Stage, incident: Incident, unit: Standing, *, named: bool
) -> list[Clause | None]:
    """The clauses under which the stage runs; a stage that no contract words runs once, without one."""
    wording = _wording(rule, incident, unit) if stage.as_written else []
    if not wording:
        return [None]
    return [one for one in wording if named or one.asks(rule, incident.facts(unit)) is True]


@dataclass(frozen=True)
class _Run:
    """A stage about to be run at a unit."""

    rule: Rule
    stage: Stage
    unit: Standing
    incident: Incident
    now: datetime
    clause: Clause | None

    @property
    def zone(self) -> str:
        return self.rule.zone or self.unit.zone

    @property
    def events(self) -> tuple[Event, ...]:
        return self.incident.at(self.unit)

    def calendar(self) -> Calendar | None:
        name = (self.clause.calendar if self.clause else "") or self.rule.calendar
        return self.incident.calendar(name, self.zone)

    def by_name(self) -> bool:
        """Whether nothing but its name lets the rule bind the unit."""
        if not self.rule.holds_in(self.unit.country):
            return True
        return self.clause is None and self.rule.binds not in {ALWAYS, *self.unit.attributes}


def _stage(run: _Run) -> Iterator[Clock]:
    """The clocks of one stage: one for every event that starts it anew, else one, which may wait."""
    starts = _starts(run)
    if run.stage.each:
        yield from (_run(run, event) for event in starts)
    elif starts:
        yield _run(run, starts[-1] if run.stage.start.last else starts[0])
    else:
        yield Clock(
            run.rule, run.stage, run.unit, run.zone, WAITING, clause=run.clause, bound_by_name=run.by_name()
        )


def _starts(run: _Run) -> list[Event]:
    """The events that start the stage, in order: the very kind, else the first kind that stands in for it."""
    wanted = run.clause.start if run.clause and run.clause.start else run.stage.start.event
    if run.stage.each == "rise":
        return list(_rises(run))
    found = [event for event in run.events if event.kind == wanted and _is_meant(event, run)]
    if found or run.stage.each:
        return found
    implied = list(_implied(run, wanted))
    if implied:
        return implied
    for kind in STANDS_IN.get(wanted, ()):
        if found := [event for event in run.events if event.kind == kind]:
            return found
    return []


def _is_meant(event: Event, run: _Run) -> bool:
    """Whether a submission is the one of the rule and stage that the chain names."""
    start = run.stage.start
    if start.rule and event.rule != start.rule:
        return False
    return not (start.stage and event.stage and event.stage != start.stage)


# What a notice under one rule brings about, where nobody recorded it apart.
BROUGHT_ABOUT = {"home_disclosure": "twse-material-info", "report_received_by_authority": "tw-csma-report"}


def _implied(run: _Run, wanted: str) -> Iterator[Event]:
    rule = BROUGHT_ABOUT.get(wanted)
    for event in run.events:
        if rule and event.kind == "submission" and event.rule == rule:
            yield event


def _rises(run: _Run) -> Iterator[Event]:
    """The changes by which the level rose above the one before; the first level of all is no rise."""
    national = run.stage.national
    before = run.incident.factors.get("national_level" if national else "level")
    for event in run.events:
        level = level_of(event, national=national)
        if level is None:
            continue
        if before is not None and level > before:
            yield event
        before = level


def _run(run: _Run, event: Event) -> Clock:
    """The clock that `event` started, with its end and how it stands."""
    span, level = _term(run, event)
    end, calendar, stuck_after = _end(run, span, event.at)
    is_fixed = span is not run.stage.internal and stuck_after is None
    clock = Clock(
        run.rule, run.stage, run.unit, run.zone, RUNNING, event.at, end if is_fixed else None,
        None if is_fixed else end, from_kind=event.kind, level=level, span=span, calendar=calendar,
        clause=run.clause, bound_by_name=run.by_name(), stuck_after=stuck_after,
        own_awareness=run.incident.own_awareness(run.unit),
    )  # fmt: skip
    return _settled(_extended(clock, run), run)


def _end(run: _Run, span: Span, start: datetime) -> tuple[datetime, Calendar | None, date | None]:
    """The end of `span`, the calendar by which it ends, and the day after which the true one has no business day."""
    zone = ZoneInfo(run.zone)
    calendar = run.calendar() if span.needs_calendar else None
    try:
        return span.end(start, zone, calendar), calendar, None
    except NoBusinessDay as stuck:
        bare = calendar.weekends_alone() if calendar else None
        return span.end(start, zone, bare), bare, stuck.day


def _term(run: _Run, event: Event) -> tuple[Span, int | None]:
    """The term, and the level that set it. While no level is known, the shortest counts."""
    stage = run.stage
    if run.clause and run.clause.deadline:
        return run.clause.deadline, None
    if stage.by_level:
        level = level_of(event, national=stage.national) if stage.each else _level(run)
        terms = dict(stage.by_level)
        step = None if level is None else next((n for n in sorted(terms) if n >= level), None)
        return (_shortest(terms.values()), None) if step is None else (terms[step], step)
    facts = run.incident.facts(run.unit)
    for instead in stage.instead:
        if instead.condition.holds(facts):
            return instead.deadline, None
    term = stage.deadline or stage.internal
    if term is None:
        raise RuntimeError(f"{run.rule.id}, {stage.name} was read without a term.")
    return term, None


def _level(run: _Run) -> int | None:
    """The level that sets a term which runs once: the nation's as it stands now, the group's as it began."""
    name = "national_level" if run.stage.national else "level"
    if run.stage.national:
        newest = run.incident.facts(run.unit).get(name)
        return None if newest is None else int(newest)
    began = run.incident.factors.get(name)
    changes = (level_of(event, national=False) for event in run.events)
    return int(began) if began is not None else next((level for level in changes if level is not None), None)


def _shortest(spans: Iterable[Span]) -> Span:
    order = {"minutes": 1, "hours": 60, "days": 1440, "business_days": 1440, "months": 40_000}
    return min(spans, key=lambda span: span.n * order.get(span.unit, 0))


def _extended(clock: Clock, run: _Run) -> Clock:
    """The clock with the later end that its recipient agreed to, if it did."""
    agreed = [e for e in run.events if e.kind == "extension" and e.until and _answers(e, clock)]
    until = agreed[-1].until if agreed else None
    if until is None or clock.ends is None or until <= clock.ends:
        return clock
    return replace(clock, due=until, internal_due=None, extended=True)


def _answers(event: Event, clock: Clock) -> bool:
    """Whether an event names this clock's rule and, if it names one, its stage."""
    return event.rule == clock.rule.id and event.stage in ("", clock.stage.name)


def _settled(clock: Clock, run: _Run) -> Clock:
    """The clock as it stands now: met, late, missed or running. The last moment of a term still counts."""
    done = [e.at for e in run.events if _settles(e, clock)]
    if clock.stage.each and clock.start:
        done = [at for at in done if at >= clock.start]
    if done:
        at = done[0]
        return replace(clock, done_at=at, state=MET if clock.ends is None or at <= clock.ends else LATE)
    is_over = clock.ends is not None and run.now > clock.ends
    return replace(clock, state=MISSED if is_over else RUNNING)


def _settles(event: Event, clock: Clock) -> bool:
    if event.kind in clock.stage.done_by:
        return True
    if event.kind != "submission" or event.rule != clock.rule.id:
        return False
    if clock.clause and event.stage and event.stage == clock.clause.counterparty:
        return True
    is_first = clock.stage is clock.rule.stages[0] or bool(clock.stage.each)
    return event.stage == clock.stage.name or (not event.stage and is_first)
