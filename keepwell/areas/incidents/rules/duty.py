"""The ladder: whoever is on duty is called, and if nobody takes the incident up in time, the next one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import DutyShift, EscalationCall, Incident, TimelineEntry, scheme
from keepwell.areas.incidents.rules.timeline import note
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.notices.telling import Message, tell, withdraw
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards
from keepwell.platform.records.models import may_on
from keepwell.platform.tree.models import Ancestry

AREA = "incidents"
LADDER = Machine("the duty ladder")
COMES = gettext_noop("You are called to %(record)s: take it up by %(by)s (%(place)s).")
CALLED = gettext_noop("%(name)s is called; it is to be taken up by %(until)s.")
NO_ANSWER = gettext_noop("Nobody took it up within %(minutes)s minutes of the call to %(name)s.")
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


def allowed(incident: Incident) -> timedelta:
    """How long somebody who is called may take: by the level; while there is none, by the strictest."""
    minutes = [one.acknowledge_minutes for one in scheme().levels]
    return timedelta(minutes=min(minutes) if incident.level is None else minutes[incident.level])


def ladder(incident: Incident, at: datetime) -> list[DutyShift]:
    """Who may be called at `at`, in order: of the incident's own unit by number, then of each unit above it."""
    ways = Ancestry.objects.filter(descendant=incident.unit_id, until__isnull=True)
    depth = ways.filter(ancestor=OuterRef("unit")).values("depth")[:1]
    rows = (
        DutyShift.objects.on_duty(at).filter(unit__in=ways.values("ancestor")).annotate(depth=Subquery(depth))
    )
    if incident.level is not None:
        rows = rows.filter(from_level__lte=incident.level)
    found = rows.select_related("person", "unit").order_by("depth", "rank", "since", "pk")
    return [shift for shift in found if may_on(shift.person, AREA, Level.EDIT, incident)]


def _above(incident: Incident) -> QuerySet[Any]:
    """The incident's unit and those above it, as a subquery of ids."""
    return Ancestry.objects.filter(descendant=incident.unit_id, until__isnull=True).values("ancestor")


def escalate(incident: Incident) -> EscalationCall | None:
    """Call whoever is to be called now: the first on duty at once, the next one when the time of the last is over.

    Asked twice in one moment it calls once; of what was taken up or closed it calls nobody. Inside an act.
    """
    Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    incident.refresh_from_db(fields=["acknowledged_at", "state", "level", "retired_at", "version"])
    if not incident.is_open or incident.acknowledged_at is not None:
        return None
    now = moments.now()
    calls = list(EscalationCall.objects.filter(incident=incident).select_related("person").order_by("step"))
    last = calls[-1] if calls else None
    if last is not None and now < min(last.answer_by, last.called_at + allowed(incident)):
        return None
    called = {one.person_id for one in calls}
    following = next((shift for shift in ladder(incident, now) if shift.person_id not in called), None)
    if following is None:
        _end(incident, last)
        return None
    if last is not None:
        _unanswered(incident, last, now)
    return _call(incident, following, step=len(calls) + 1, now=now)


def _call(incident: Incident, shift: DutyShift, *, step: int, now: datetime) -> EscalationCall:
    call = EscalationCall(
        incident=incident, step=step, person=shift.person, phone=shift.phone, called_at=now,
        answer_by=now + allowed(incident),
    )  # fmt: skip
    call.save()
    by = f"{call.answer_by.astimezone(ZoneInfo(incident.unit.time_zone)):%H:%M}"
    note(
        incident,
        CALLED,
        verb="call",
        by=None,
        kind=TimelineEntry.Kind.COMMUNICATION,
        name=str(shift.person),
        until=by,
    )
    tell([shift.person], Message(
        "incident.called", key_of(call), COMES, facts={"by": by, "place": incident.unit.time_zone}, record=incident,
        url=reverse("incident-room", args=[incident.pk]),
    ))  # fmt: skip
    return call


def key_of(call: EscalationCall) -> str:
    """Under which key who was called was told."""
    return f"{keys_of(call.incident_id)}{call.step}"


def keys_of(incident_id: UUID) -> str:
    """How the keys begin under which those called to an incident were told."""
    return f"called:{incident_id}:"


def _unanswered(incident: Incident, last: EscalationCall, now: datetime) -> None:
    minutes = int((now - last.called_at).total_seconds() // 60)
    note(
        incident,
        NO_ANSWER,
        verb="late",
        by=None,
        kind=TimelineEntry.Kind.RECKONED,
        name=str(last.person),
        minutes=minutes,
    )


def _end(incident: Incident, last: EscalationCall | None) -> None:
    """Say once that the ladder has ended, until somebody further is called; nothing where there is no roster at all."""
    if last is None and not DutyShift.objects.current().filter(unit__in=_above(incident)).exists():
        return
    said = TimelineEntry.objects.filter(incident=incident, verb=END)
    if last is not None:
        said = said.filter(at__gt=last.called_at)
    if not said.exists():
        note(incident, NOBODY, verb=END, by=None, kind=TimelineEntry.Kind.RECKONED)


def answered(incident: Incident) -> None:
    """The incident was taken up: the last call has its answer, and nobody waits for the others. Inside the act."""
    open_ = EscalationCall.objects.filter(incident=incident, answered_at__isnull=True).select_related(
        "incident__unit"
    )
    for call in open_.order_by("-step")[:1]:
        call.answered_at = moments.now()
        call.save()
    for call in EscalationCall.objects.filter(incident=incident):
        withdraw(key_of(call))


def escalate_all() -> int:
    """Look at every incident that nobody has taken up; returns how many were called."""
    waiting = Incident.objects.open().filter(acknowledged_at__isnull=True).order_by("reported_at", "pk")
    called = 0
    for incident in waiting.select_related("unit"):
        with acting(LADDER, "incident.escalate"), transaction.atomic():
            called += escalate(incident) is not None
    return called
