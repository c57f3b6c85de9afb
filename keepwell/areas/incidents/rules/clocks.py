"""The clocks of an incident: reckoned anew in the transaction of whatever changes them, owned, and answered for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import (
    CalendarDay,
    ClauseQuestion,
    Clock,
    Incident,
    IncidentEvent,
    IncidentNotice,
    NoticeFact,
    RuleInForce,
)
from keepwell.areas.incidents.models.timeline import beat_all
from keepwell.areas.incidents.rules import asking
from keepwell.areas.incidents.rules.asking import About
from keepwell.areas.incidents.rules.clauses import asks, to_ask
from keepwell.areas.incidents.rules.reckoning import Case, Teller, cases
from keepwell.areas.organization.models import BusinessCalendar, LegalStanding, NoticeClause
from keepwell.kernel import moments
from keepwell.kernel.clocks.calendars import Calendar
from keepwell.kernel.clocks.events import Event
from keepwell.kernel.clocks.reckoning import LATE, MET, WAITING
from keepwell.kernel.clocks.reckoning import Clock as Reckoned
from keepwell.kernel.clocks.spans import Span
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.bulk import create_all, update_all
from keepwell.platform.history.following import follows
from keepwell.platform.metrics.reading import uncollected
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on

State = Clock.State
Key = tuple[str, str, UUID, UUID | None, str]
A_DAY = timedelta(days=1)
AT_ONCE = 500
ASKED_FROM = 1
"""From this level on somebody is asked of clauses; below it nothing was touched."""


class Kept(NamedTuple):
    """A clock as it is kept: what it is of, and how it stands. Its columns in the order of the record's."""

    id: UUID
    version: int
    incident_id: UUID
    rule: str
    own_text_id: UUID | None
    stage: str
    unit_id: UUID
    clause_id: UUID | None
    occasion: str
    duty: str
    state: str
    zone: str
    start_at: datetime | None
    due_at: datetime | None
    internal_due_at: datetime | None
    ends_at: datetime | None
    done_at: datetime | None
    reckoning: dict[str, Any]
    lapse: dict[str, Any]

    @property
    def key(self) -> Key:
        """What it is of."""
        return self.rule, self.stage, self.unit_id, self.clause_id, self.occasion

    def record(self) -> Clock:
        """The clock itself, without what no reckoning looks at: nothing is read again to write it."""
        return Clock.from_db(None, self._fields, self)

    def stays(self, now: datetime) -> bool:
        """Whether it was late, or missed before `now`, which is never taken back; a term of an authority can lapse."""
        missed = self.state == State.RUNNING and self.ends_at is not None and self.ends_at < now
        return (missed or self.state == State.LATE) and self.duty != Clock.Duty.INBOUND


CLOCKS = asking.of_clocks(*Kept._fields)


@dataclass
class Work:
    """What clocks need: those to be made, and those that are kept as they are to stand."""

    made: list[Clock] = field(default_factory=list)
    changed: list[Clock] = field(default_factory=list)
    asked: list[ClauseQuestion] = field(default_factory=list)
    turned: list[ClauseQuestion] = field(default_factory=list)

    def done(self) -> int:
        """Write it; returns how many clocks were made or changed. Every open room of theirs is told."""
        count = create_all(self.made) + update_all(self.changed)
        create_all(self.asked)
        update_all(self.turned)
        of_clocks = {one.incident_id for one in (*self.made, *self.changed)}
        beat_all(of_clocks | {one.incident_id for one in (*self.asked, *self.turned)})
        return count


def recompute(incidents: QuerySet[Incident]) -> int:
    """Reckon the clocks of `incidents` anew, inside an act; returns how many clocks were made or changed.

    The same queries for one incident as for 20,000. What nobody has to do any more is not taken away: it becomes no
    longer binding, with the reason; what was late or missed by then stays so. An incident that was over before it came
    here has none.
    """
    now, work = moments.now(), Work()
    with transaction.atomic(), uncollected():
        rows = incidents.filter(is_history=False)
        # Nobody else reckons them meanwhile: locked before anything is read.
        locked = rows.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True)
        keys = list(locked)
        if not keys:
            return 0
        about = asking.one(*keys) if len(keys) == 1 else About(rows.only(*asking.RECKONED_FROM))
        kept = _kept(about)
        for case in cases(about, submissions=submissions(about)):
            _bring_in_line(case, kept.get(case.incident.pk, {}), now, work)
            _ask(case, work)
        return work.done()


def _kept(about: About) -> dict[UUID, dict[Key, Kept]]:
    """The clocks there are, by incident and by what they are of."""
    found: dict[UUID, dict[Key, Kept]] = defaultdict(dict)
    for clock in map(Kept._make, CLOCKS.rows(about)):
        found[clock.incident_id][clock.key] = clock
    return found


def submissions(about: About) -> dict[UUID, list[Event]]:
    """The notices that were sent, by incident, as the kernel knows them."""
    found: dict[UUID, list[Event]] = defaultdict(list)
    for notice in asking.SENT.records(about):
        clock = notice.clock
        stage = str(clock.clause) if clock.clause else clock.stage
        if notice.sent_at:
            found[clock.incident_id].append(
                Event("submission", notice.sent_at, rule=clock.rule, stage=stage, unit=clock.unit.code)
            )
    return found


def _bring_in_line(case: Case, kept: dict[Key, Kept], now: datetime, work: Work) -> None:
    """Add to `work` what the clocks of one incident need."""
    left = dict(kept)
    for teller in case.tellers:
        for reckoned in teller.reckoned(now):
            key = _of(reckoned, teller)
            clock, values = left.pop(key, None), _values(reckoned, teller)
            if clock is None:
                work.made.append(_filled(_new(key, case.incident, teller), case.incident, values))
            elif values["state"] == State.WAITING and clock.stays(now):
                _keep(clock, {"cause": "event"}, case, work)
            elif any(getattr(clock, name) != value for name, value in values.items()):
                work.changed.append(_filled(clock.record(), case.incident, values))
    for clock in left.values():
        if clock.stays(now):
            _keep(clock, _cause(clock, case), case, work)
        elif clock.state in (State.WAITING, State.RUNNING):
            values = {"state": State.LAPSED, "lapse": _cause(clock, case)}
            work.changed.append(_filled(clock.record(), case.incident, values))


def _ask(case: Case, work: Work) -> None:
    """Add to `work` of which clauses somebody is to say whether they apply, once something was touched; what the facts
    decide meanwhile is asked no more."""
    standing = ClauseQuestion.State
    is_asked = bool(case.levels) and case.levels[-1].level >= ASKED_FROM and case.incident.closed_at is None
    for teller in case.tellers:
        asked = {one.pk: one for one in to_ask(teller)} if is_asked else {}
        for pk, clause in asked.items():
            if pk not in teller.questions:
                work.asked.append(ClauseQuestion(incident=case.incident, unit=teller.unit, clause=clause))
        for pk, question in teller.questions.items():
            state = standing.OPEN if pk in asked else standing.MOOT
            if question.answer is None and question.state != state:
                question.state = state
                work.turned.append(question)


def _keep(clock: Kept, cause: dict[str, Any], case: Case, work: Work) -> None:
    """What was late or missed stands as it is, with why its duty binds no more since."""
    if not clock.lapse:
        work.changed.append(_filled(clock.record(), case.incident, {"lapse": cause}))


def _of(reckoned: Reckoned, teller: Teller) -> Key:
    """What a reckoned clock is of; of a stage that each event starts anew, also by which one."""
    clause = teller.clauses[reckoned.rule.id, reckoned.clause.counterparty].pk if reckoned.clause else None
    occasion = reckoned.start.isoformat() if reckoned.stage.each and reckoned.start else ""
    return reckoned.rule.id, reckoned.stage.name, teller.unit.pk, clause, occasion


def _new(key: Key, incident: Incident, teller: Teller) -> Clock:
    rule, stage, _unit, clause, occasion = key
    return Clock(
        incident=incident, unit=teller.unit, rule=rule, stage=stage, clause_id=clause, occasion=occasion
    )


def _values(reckoned: Reckoned, teller: Teller) -> dict[str, Any]:
    """How a clock stands as it was reckoned; that it was missed follows from its end."""
    return {
        "state": {WAITING: State.WAITING, MET: State.MET, LATE: State.LATE}.get(reckoned.state, State.RUNNING),
        "duty": reckoned.stage.duty, "zone": reckoned.zone, "start_at": reckoned.start, "due_at": reckoned.due,
        "internal_due_at": reckoned.internal_due, "ends_at": reckoned.ends, "done_at": reckoned.done_at,
        "own_text_id": teller.own_text(reckoned.rule), "lapse": {},
        "reckoning": kept_of(reckoned) | ({"unnamed": True} if teller.binds_unnamed(reckoned) else {}),
    }  # fmt: skip


def _filled(clock: Clock, incident: Incident, values: dict[str, Any]) -> Clock:
    clock.incident = incident
    for name, value in values.items():
        setattr(clock, name, value)
    return clock


def kept_of(reckoned: Reckoned) -> dict[str, Any]:
    """What the sentence of a clock needs beyond its own columns, as JSON keeps it."""
    span = reckoned.span
    found: dict[str, Any] = {
        "from": reckoned.from_kind,
        "level": reckoned.level,
        "extended": reckoned.extended,
    }
    if span:
        found["span"] = {"unit": span.unit, "n": span.n, "opens": span.opens.strftime("%H:%M")}
    if reckoned.clause:
        found["clause"] = {"counterparty": reckoned.clause.counterparty, "start": reckoned.clause.start}
    if span and reckoned.calendar and reckoned.start:
        found["calendar"] = _of_calendar(
            reckoned.calendar, span, reckoned.start.astimezone(ZoneInfo(reckoned.zone)).date()
        )
    if reckoned.own_awareness:
        found["own_awareness"] = reckoned.own_awareness.isoformat()
    if reckoned.stuck_after:
        found["stuck_after"] = reckoned.stuck_after.isoformat()
    return found


def _of_calendar(calendar: Calendar, span: Span, first: date) -> dict[str, Any]:
    """What is kept of a calendar: the days at which a term from `first` looks."""
    days = [first + n * A_DAY for n in range((span.last_counted(first, calendar) - first).days + 2)]
    return {
        "name": calendar.name, "closed": {str(d): calendar.closed[d] for d in days if d in calendar.closed},
        "opened": [str(day) for day in days if day in calendar.opened], "weekend": sorted(calendar.weekend),
        "is_known": all(calendar.knows(day) for day in days), "published": calendar.published,
    }  # fmt: skip


def _cause(clock: Kept, case: Case) -> dict[str, Any]:
    """Why a duty no longer binds, as JSON keeps it."""
    if case.incident.retired_at:
        return {"cause": "withdrawn"}
    teller = next((one for one in case.tellers if one.unit.pk == clock.unit_id), None)
    if teller and clock.clause_id and clock.clause_id in teller.passed_over:
        return {"cause": "customer", "customer": teller.passed_over[clock.clause_id]}
    if clock.clause_id and (teller is None or clock.clause_id not in {c.pk for c in teller.clauses.values()}):
        return {"cause": "clause"}
    if teller is None:
        return {"cause": "unit"}
    said = teller.questions.get(clock.clause_id) if clock.clause_id else None
    if said is not None and said.answer is False:
        return {"cause": "answer", "reason": said.reason}
    if said is not None and said.is_open:
        return {"cause": "asked"}
    if clock.rule in {rule.id for rule in teller.not_triggered()} or _clause_is_off(clock, teller):
        return {"cause": "facts", "revision": case.levels[-1].revision if case.levels else 0}
    return {"cause": "event" if clock.rule in {rule.id for rule in teller.rules} else "rule"}


def _clause_is_off(clock: Kept, teller: Teller) -> bool:
    """Whether the facts that its clause names do not hold."""
    clause = next((one for one in teller.clauses.values() if one.pk == clock.clause_id), None)
    return clause is not None and asks(teller, clause) is False


def is_answered_for(clock: Clock) -> bool:
    """Whether somebody may still be asked about it."""
    return clock.retired_at is None and clock.state != State.LAPSED


@act(
    Level.EDIT,
    label=_("Give to somebody"),
    offered=lambda clock: is_answered_for(clock) and clock.done_at is None,
    explains=_("They look after the notice from now on; approving it is still for who may decide."),
)
def assign(clock: Clock, *, by: Person, owner: Person) -> None:
    """Let `owner`, who may work on incidents there, look after the clock."""
    if not may_on(owner, "incidents", Level.EDIT, clock):
        raise Refused(
            gettext("%(name)s may not work on incidents in %(unit)s; choose somebody with that right.")
            % {"name": owner, "unit": clock.place}
        )
    clock.owner = owner
    clock.save()


@act(
    Level.EDIT,
    label=_("Say why"),
    offered=lambda clock: (
        is_answered_for(clock) and (clock.state == State.LATE or clock.is_missed(moments.now()))
    ),
    explains=_("A duty that was late or missed stays visible for good, with who said why."),
)
def give_reason(clock: Clock, *, by: Person, reason: str) -> None:
    """Keep why it was late or missed."""
    if not reason.strip():
        raise Refused(gettext("Write why it was late or missed."))
    clock.reason, clock.reason_by = reason.strip()[:500], by
    clock.save()


@follows
class Keeper:
    """The follower that keeps clocks in line with incidents and with what decides on them."""

    watched: dict[type[Any], frozenset[str]] = {
        Incident: frozenset({
            "unit_id", "aware_at", "detected_at", "reported_at", "factors", "level", "national_level", "is_material",
            "material_at", "contained_at", "closed_at", "retired_at", "affected_units", "customers_named",
        }),
        IncidentEvent: frozenset(), NoticeFact: frozenset(), RuleInForce: frozenset(), CalendarDay: frozenset(),
        IncidentNotice: frozenset({"state", "sent_at", "retired_at"}),
        ClauseQuestion: frozenset({"answered_at", "state"}),
        LegalStanding: frozenset(), NoticeClause: frozenset(), BusinessCalendar: frozenset(),
    }  # fmt: skip

    def one(self, record: Any, names: Collection[str]) -> None:
        if self.is_watched(type(record), names):
            recompute(self.concerned(record))

    def many(self, records: Sequence[Any], names: Collection[str]) -> None:
        # Questions by the many are those that the reckoning itself asks.
        if isinstance(records[0], ClauseQuestion) or not self.is_watched(type(records[0]), names):
            return
        for rows in self.concerned_by(records):
            recompute(rows)

    def is_watched(self, model: type[Any], names: Collection[str]) -> bool:
        """Whether a change of these columns can move a clock."""
        watched = self.watched.get(model)
        return watched is not None and (not watched or not watched.isdisjoint(names))

    def concerned(self, record: Any) -> QuerySet[Incident]:
        """The incidents whose clocks a change of `record` can move; of what holds for units, the open ones there."""
        if isinstance(record, Incident):
            return Incident.objects.filter(pk=record.pk)
        if isinstance(record, IncidentNotice):
            return Incident.objects.filter(pk=record.clock.incident_id)
        if isinstance(record, IncidentEvent | NoticeFact | ClauseQuestion):
            return Incident.objects.filter(pk=record.incident_id)
        return open_at(record.unit)

    def concerned_by(self, records: Sequence[Any]) -> Iterator[QuerySet[Incident]]:
        """The same for rows of one model that were written in bulk."""
        if isinstance(records[0], Incident | IncidentEvent | IncidentNotice | NoticeFact):
            keys = [_incident_of(one) for one in records]
            for start in range(0, len(keys), AT_ONCE):
                yield Incident.objects.filter(pk__in=keys[start : start + AT_ONCE])
            return
        for unit in {one.unit_id: one.unit for one in records}.values():
            yield open_at(unit)


def _incident_of(record: Any) -> UUID:
    """The key of the incident that `record` is, or belongs to."""
    owner = record.clock if isinstance(record, IncidentNotice) else record
    found: UUID = getattr(owner, "incident_id", owner.pk)
    return found


def open_at(unit: Any) -> QuerySet[Incident]:
    """The open incidents at `unit` or below it, or that touch a unit there."""
    return Incident.objects.open().below(unit)
