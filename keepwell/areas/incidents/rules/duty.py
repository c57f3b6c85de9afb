"""Who is on duty is called, and the next one if nobody answers: takes it up, acknowledges the level, looks at it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import (
    Classification,
    DutyShift,
    EscalationCall,
    Incident,
    Report,
    TimelineEntry,
)
from keepwell.areas.incidents.models.schemes import by_one_edition
from keepwell.areas.incidents.rules.ladder import (
    Ladder,
    allowed,
    calls_about,
    ends,
    is_acknowledged,
    reports_waiting,
    rosters,
    rungs,
    units_above,
)
from keepwell.areas.incidents.rules.timeline import named, note
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.history.following import follows
from keepwell.platform.notices.telling import Message, tell, withdraw
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards

AREA = "incidents"
LADDER = Machine(gettext_noop("the duty ladder"))
COMES = gettext_noop("You are called to %(record)s: take it up by %(by)s (%(place)s).")
COMES_FOR_LEVEL = gettext_noop(
    "You are called to %(record)s, now S%(level)s: acknowledge it by %(by)s (%(place)s)."
)
COMES_TO_REPORT = gettext_noop("You are called to report %(record)s: look at it by %(by)s (%(place)s).")
CALLED = gettext_noop("%(name)s is called; it is to be taken up by %(until)s.")
CALLED_FOR_LEVEL = gettext_noop("%(name)s is called, for it is S%(level)s; to be acknowledged by %(until)s.")
CALLED_TO_REPORT = gettext_noop("%(name)s was called to report %(report)s, which nobody had looked at.")
NO_ANSWER = gettext_noop("Nobody took it up within %(minutes)s minutes of the call to %(name)s.")
NO_ANSWER_FOR_LEVEL = gettext_noop(
    "Nobody acknowledged S%(level)s within %(minutes)s minutes of the call to %(name)s."
)
ACKNOWLEDGED = gettext_noop("%(name)s acknowledged S%(level)s.")
NOBODY = gettext_noop("Nobody further is on duty who could be called.")
END = "ladder-end"


@guards(DutyShift)
def may_be_called(shift: DutyShift, by: Person) -> None:
    """Refuse somebody on duty who could not take an incident up there."""
    if not may(shift.person, AREA, Level.EDIT, shift.unit_id):
        raise Refused(
            gettext("%(name)s may not work on incidents in %(unit)s; choose somebody with that right.")
            % {"name": shift.person, "unit": shift.unit}
        )


@act(
    Level.EDIT,
    label=_("End the shift"),
    offered=lambda shift: shift.retired_at is None and shift.until > moments.now(),
    explains=_("From now on this person is called no more; what they were called to stays."),
)
def relieve(shift: DutyShift, *, by: Person, reason: str = "") -> None:
    """Let the shift be over now; one that has not begun is taken out."""
    now = moments.now()
    if shift.since >= now:
        shift.retired_at, shift.retired_reason = now, reason.strip()[:300]
    else:
        shift.until = now
    shift.save()


def escalate(incident: Incident) -> list[EscalationCall]:
    """Call whoever is to be called now: until somebody takes the incident up, and for a level to which it rose, though
    somebody did. The first on duty at once, the next one when the time of the last is over.

    Asked twice in one moment it calls once; of what is closed it calls nobody. Inside an act.
    """
    Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    incident.refresh_from_db(fields=["acknowledged_at", "lead", "state", "level", "retired_at", "version"])
    if not incident.is_open:
        return []
    now, made = moments.now(), []
    if incident.acknowledged_at is None:
        made.append(_climb(Ladder(incident), now))
    for rise in Classification.objects.filter(incident=incident, wakes_above__isnull=False):
        made += _wake(incident, rise, now)
    return [call for call in made if call is not None]


def begin(made: Classification, before: int | None) -> None:
    """A level that rose wakes whom it asks for, from that level on; whoever was called for the one before and has not
    acknowledged it is called for this one. A level that fell calls nobody and ends nothing. Before `made` is written."""
    above = before or 0
    if made.level <= above:
        return
    for earlier in Classification.objects.filter(incident=made.incident, wakes_above__isnull=False):
        above = min(above, earlier.wakes_above)
        _heard(earlier)
    made.wakes_above = above


def _wake(incident: Incident, rise: Classification, now: datetime) -> list[EscalationCall | None]:
    """Call for a rise at every unit that must know of it; it is over when somebody has acknowledged it at each."""
    waiting = _unheard(incident, rise, now)
    if not waiting:
        _heard(rise)
    return [_climb(one, now) for one in waiting]


def _unheard(incident: Incident, rise: Classification, now: datetime) -> list[Ladder]:
    """The ladders of a rise on which nobody has acknowledged it."""
    ladders = (Ladder(incident, rise, roster) for roster in rosters(incident, rise, now))
    return [one for one in ladders if not is_acknowledged(one, one.calls())]


def _heard(rise: Classification) -> None:
    """Nobody is called for that rise any more."""
    rise.wakes_above = None
    rise.save()
    for call in EscalationCall.objects.filter(rise=rise, answered_at__isnull=True):
        withdraw(key_of(call))


def _climb(ladder: Ladder, now: datetime) -> EscalationCall | None:
    """Call the next one if the time of the last is over, and say that nobody answered it."""
    calls = ladder.calls()
    last = calls[-1] if calls else None
    if last is not None and now < ends(ladder, last):
        return None
    spent, held = _called_otherwise(ladder, now)
    spent |= {one.person_id for one in calls}
    following = next((shift for shift in rungs(ladder, now) if shift.person_id not in spent), None)
    if following is None:
        _end(ladder, last)
        return None
    if following.person_id in held:
        return None
    if last is not None:
        _unanswered(ladder, last, now)
    return _call(ladder, following, now)


def _called_otherwise(ladder: Ladder, now: datetime) -> tuple[set[UUID], set[UUID]]:
    """Who was called to take the incident up since it rose and did not answer, and who still may: neither is woken a
    second time for the level at that moment."""
    if ladder.rise is None:
        return set(), set()
    rows = calls_about(ladder.about).filter(
        rise__isnull=True, answered_at__isnull=True, answer_by__gt=ladder.rise.at
    )
    told = list(rows.values_list("person", "answer_by"))
    return {person for person, by in told if by <= now}, {person for person, by in told if by > now}


def _call(ladder: Ladder, shift: DutyShift, now: datetime) -> EscalationCall:
    about = ladder.about
    incident, report = (about, None) if isinstance(about, Incident) else (None, about)
    call = EscalationCall(
        unit=about.unit, incident=incident, report=report, rise=ladder.rise, roster=ladder.roster,
        step=calls_about(about).count() + 1, person=shift.person, phone=shift.phone, called_at=now,
        answer_by=now + allowed(about, shift.unit, ladder.level),
    )  # fmt: skip
    call.save()
    by = f"{call.answer_by.astimezone(ZoneInfo(about.unit.time_zone)):%H:%M}"
    level: dict[str, Any] = {"level": ladder.rise.level} if ladder.rise is not None else {}
    facts = {"by": by, "place": about.unit.time_zone} | level
    says, where = COMES_TO_REPORT, "reports-record"
    if incident is not None:
        says, where = COMES_FOR_LEVEL if level else COMES, "incident-room"
        note(incident, CALLED_FOR_LEVEL if level else CALLED, verb="call", by=None,
             kind=TimelineEntry.Kind.COMMUNICATION, until=by, **named(shift.person), **level)  # fmt: skip
    url = reverse(where, args=[about.pk])
    tell([shift.person], Message("incident.called", key_of(call), says, facts=facts, record=about, url=url))
    return call


def key_of(call: EscalationCall) -> str:
    """Under which key who was called was told."""
    return f"called:{call.report_id or call.incident_id}:{call.step}"


def _unanswered(ladder: Ladder, last: EscalationCall, now: datetime) -> None:
    if not isinstance(ladder.about, Incident):
        return
    level: dict[str, Any] = {"level": ladder.rise.level} if ladder.rise is not None else {}
    minutes = int((now - last.called_at).total_seconds() // 60)
    note(ladder.about, NO_ANSWER_FOR_LEVEL if level else NO_ANSWER, verb="late", by=None,
         kind=TimelineEntry.Kind.RECKONED, minutes=minutes, **named(last.person), **level)  # fmt: skip


def _end(ladder: Ladder, last: EscalationCall | None) -> None:
    """Say once that the ladder has ended, until somebody further is called; nothing where there is no roster at all."""
    incident = ladder.about
    if not isinstance(incident, Incident):
        return
    rows = DutyShift.objects.current().filter(unit__in=units_above(incident.unit_id))
    if last is None and not rows.exists():
        return
    said = TimelineEntry.objects.filter(incident=incident, verb=END)
    if last is not None:
        said = said.filter(at__gt=last.called_at)
    if not said.exists():
        note(incident, NOBODY, verb=END, by=None, kind=TimelineEntry.Kind.RECKONED)


def answered(incident: Incident, *, by: Person) -> None:
    """The incident was taken up: the last call has its answer, and nobody waits for the others. Who took it up has
    acknowledged its level too. Inside the act."""
    calls = calls_about(incident).filter(rise__isnull=True).select_related("unit", "incident__unit")
    for call in calls.filter(answered_at__isnull=True).order_by("-step")[:1]:
        call.answered_at = moments.now()
        call.save()
    for call in calls:
        withdraw(key_of(call))
    for call in calls_for_level(incident).filter(person=by):
        _acknowledged(call, by)


def calls_for_level(incident: Incident) -> Any:
    """The calls for a level that nobody has acknowledged yet where they were called, the newest last."""
    rows = calls_about(incident).filter(rise__wakes_above__isnull=False, answered_at__isnull=True)
    known = calls_about(incident).filter(rise__wakes_above__isnull=False, answered_at__isnull=False)
    for rise, roster in set(known.values_list("rise", "roster")):
        rows = rows.exclude(rise=rise, roster=roster)
    return rows.select_related("person", "rise", "unit", "incident__unit").order_by("step")


@act(
    Level.EDIT,
    label=_("Acknowledge the level"),
    offered=lambda call: (
        call.rise is not None and call.rise.wakes_above is not None and call.answered_at is None
    ),
    explains=_(
        "You know of it and see to it: nobody further is called for that level where you are on duty."
    ),
)
def acknowledge_level(call: EscalationCall, *, by: Person) -> None:
    """Whoever was called knows of the level, late or in time. Raises Refused for anybody else."""
    if call.person_id != by.pk:
        raise Refused(gettext("%(name)s was called; only they acknowledge it.") % {"name": call.person})
    _acknowledged(call, by)


def _acknowledged(call: EscalationCall, by: Person) -> None:
    incident, rise = call.incident, call.rise
    if incident is None or rise is None:
        return
    call.answered_at = moments.now()
    call.save()
    note(incident, ACKNOWLEDGED, verb="acknowledge", by=by, level=rise.level, **named(by))
    for other in EscalationCall.objects.filter(rise=rise, roster=call.roster):
        withdraw(key_of(other))
    if not _unheard(incident, rise, moments.now()):
        _heard(rise)


def looked_at(report: Report, *, by: Person) -> None:
    """Somebody looked at a report: nobody is called to it any more. Inside the act."""
    calls = calls_about(report).filter(answered_at__isnull=True)
    for call in calls.filter(called_at__gte=report.waiting_since).select_related("incident", "report"):
        withdraw(key_of(call))
        if call.person_id == by.pk:
            call.answered_at = moments.now()
            call.save()


def tell_calls(report: Report, incident: Incident) -> None:
    """Let the timeline of an incident tell who was called to a report that belongs to it from now on. Inside the act."""
    for call in calls_about(report).select_related("person").order_by("step"):
        note(incident, CALLED_TO_REPORT, verb="call", by=None, kind=TimelineEntry.Kind.COMMUNICATION, at=call.called_at,
             tlp=report.tlp, report=str(report), **named(call.person))  # fmt: skip


def over(incident: Incident) -> None:
    """Nobody is called to what is closed or taken out. Inside the act."""
    for rise in Classification.objects.filter(incident=incident, wakes_above__isnull=False):
        _heard(rise)
    for call in calls_about(incident).filter(answered_at__isnull=True):
        withdraw(key_of(call))


def escalate_all() -> int:
    """Look at every incident that nobody has taken up or that rose to a level nobody has acknowledged, and at every
    report that waits too long; returns how many were called."""
    rising = Classification.objects.filter(wakes_above__isnull=False).values("incident")
    waiting = Incident.objects.open().filter(Q(acknowledged_at__isnull=True) | Q(pk__in=rising))
    called = 0
    with by_one_edition():
        for incident in waiting.select_related("unit").order_by("reported_at", "pk"):
            with acting(LADDER, "incident.escalate"), transaction.atomic():
                called += len(escalate(incident))
        for key in reports_waiting(moments.now()):
            with acting(LADDER, "report.escalate"), transaction.atomic():
                called += _escalate_report(key)
    return called


def _escalate_report(key: UUID) -> int:
    report = Report.objects.select_for_update(of=("self",)).select_related("unit").get(pk=key)
    now = moments.now()
    return key in reports_waiting(now, report.unit_id) and _climb(Ladder(report), now) is not None


@follows
class Keeper:
    """The follower by which calls lie where that lies to which somebody was called, and those to a report belong to
    the incident that was made of it."""

    def one(self, record: Any, names: Collection[str]) -> None:
        self.many([record], names)

    def many(self, records: Sequence[Any], names: Collection[str]) -> None:
        of = {Incident: "incident", Report: "report"}.get(type(records[0]))
        moved = [one for one in records if one.version > 1]
        if of is None or not moved or {"unit_id", "incident_id"}.isdisjoint(names):
            return
        found = EscalationCall.objects.filter(**{f"{of}__in": [one.pk for one in moved]})
        for call in found.select_related("incident__unit", "report__unit", "report__incident"):
            if call.report is not None:
                call.incident = call.report.incident
            call.unit = call.about.unit
            call.save()
