"""The clocks of an incident that is merged: each goes on in that of the other incident, with its notices and their
proof. None is dropped without a word, and what was late or missed stays counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, gettext_noop

from keepwell.areas.incidents.models import Clock, Incident, IncidentNotice
from keepwell.areas.incidents.rules import clocks
from keepwell.areas.incidents.rules.links import called
from keepwell.areas.incidents.rules.notices import number_of_next, takes_notice
from keepwell.areas.incidents.rules.timeline import note
from keepwell.kernel import moments
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on

NOT_HERE = gettext_noop(
    "By what is known here nobody asks for these duties of %(other)s any more: %(duties)s."
)
ABANDONED = gettext_noop("A notice prepared in %(other)s is not sent from here: %(duty)s.")
STAYS = gettext_noop("Counted here from now on, as they stood in %(other)s: %(duties)s.")
State = Clock.State
Moved = dict[str, dict[str, str]]


def hand_on(incident: Incident, other: Incident, *, by: Person) -> tuple[Moved, list[IncidentNotice]]:
    """Let the clocks of `incident` go on in `other`, which took over all that is known; inside an act. Returns what went,
    and the notices under way for which there is no clock any more."""
    now = moments.now()
    before = list(
        Clock.objects.binding().filter(incident=incident).select_related("unit", "clause").order_by("pk")
    )
    moved: Moved = {"notices": {}, "clocks": {}}
    _recompute(other)
    _pass_notices(before, _standing(other), moved, is_sent=True)
    _recompute(other)
    there = _standing(other)
    left = _pass_notices(before, there, moved, is_sent=False)
    gone, kept = [], []
    for clock in before:
        goes_on = there.get(_key(clock))
        if _stays(clock, goes_on, now):
            kept.append(_carry(clock, incident, other, moved))
        else:
            gone += [clock] if goes_on is None and clock.state == State.RUNNING else []
            _let_go(clock, goes_on, other)
    for says, rows in ((NOT_HERE, gone), (STAYS, kept)):
        if rows:
            note(
                other, says, verb="merge", by=by, other=called(incident), duties="; ".join(map(_named, rows))
            )
    return moved, left


def abandon(left: list[IncidentNotice], incident: Incident, other: Incident, *, by: Person) -> None:
    """Discard notices under way that cannot go over, and tell so in both."""
    for notice in left:
        notice.retire(gettext("Its incident was merged into %(other)s.") % {"other": called(other)})
        notice.save()
        for where, named in ((other, incident), (incident, incident)):
            note(
                where,
                ABANDONED,
                verb="merge",
                by=by,
                tlp=notice.tlp,
                other=called(named),
                duty=_named(notice.clock),
            )


def give_back(moved: Mapping[str, Any], incident: Incident) -> None:  # Any: what `hand_on` kept, as JSON
    """Let `incident`, whose merge is undone, have its clocks and notices again; inside an act."""
    for clock in Clock.objects.filter(pk__in=moved.get("clocks", {})):
        clock.incident, clock.lapse = incident, {}
        clock.occasion = moved["clocks"][str(clock.pk)]
        clock.save()
    for notice in IncidentNotice.objects.filter(pk__in=moved.get("notices", {})).select_related("clock"):
        clock = Clock.objects.get(pk=moved["notices"][str(notice.pk)])
        notice.clock, notice.number = clock, number_of_next(clock)
        notice.save()


def _recompute(incident: Incident) -> None:
    clocks.recompute(Incident.objects.filter(pk=incident.pk))


def _standing(incident: Incident) -> dict[Any, Clock]:
    rows = Clock.objects.binding().filter(incident=incident).select_related("unit", "clause")
    return {_key(clock): clock for clock in rows}


def _key(clock: Clock) -> tuple[str, str, UUID, UUID | None, str]:
    return clock.rule, clock.stage, clock.unit_id, clock.clause_id, clock.occasion


def _named(clock: Clock) -> str:
    """The duty by its rule, who has it, and its end; the same in every language."""
    ends = f", {clock.ends_at:%Y-%m-%d %H:%M} UTC" if clock.ends_at else ""
    return f"{clock.rule} ({clock.unit.code}{ends})"


def _pass_notices(
    before: list[Clock], there: Mapping[Any, Clock], moved: Moved, *, is_sent: bool
) -> list[IncidentNotice]:  # Any: what a clock is of
    """Let notices that were sent, or those under way, belong to the clock that goes on; returns those that cannot."""
    left = []
    rows = IncidentNotice.objects.current().filter(clock__in=[one.pk for one in before])
    rows = (
        rows.filter(state=IncidentNotice.State.SENT)
        if is_sent
        else rows.exclude(state=IncidentNotice.State.SENT)
    )
    own = {one.pk: one for one in before}
    for notice in rows.order_by("clock", "number"):
        clock = there.get(_key(own[notice.clock_id]))
        notice.clock = own[notice.clock_id]
        if clock is None and is_sent:
            continue
        if clock is None or not (is_sent or takes_notice(clock) and not clock.notices.current().exists()):
            left.append(notice)
            continue
        moved["notices"][str(notice.pk)] = str(notice.clock_id)
        notice.clock, notice.number = clock, number_of_next(clock)
        notice.save()
    return left


def _stays(clock: Clock, goes_on: Clock | None, now: datetime) -> bool:
    """Whether it must stand by itself: done or missed, where the other has no such duty; late or missed, where the
    other's is not."""
    if clock.duty == Clock.Duty.INBOUND:
        return False
    failed = clock.state == State.LATE or clock.is_missed(now)
    if goes_on is None:
        return failed or clock.state == State.MET
    return failed and not (goes_on.state == State.LATE or goes_on.is_missed(now))


def _carry(clock: Clock, incident: Incident, other: Incident, moved: Moved) -> Clock:
    """Let the clock stand in `other` as it stood, beside those that are reckoned there."""
    moved["clocks"][str(clock.pk)] = clock.occasion
    clock.incident, clock.occasion = other, f"{called(incident)} {str(clock.pk)[:8]}"
    clock.lapse = {"cause": "merged_here", "other": called(incident)}
    clock.save()
    return clock


def _let_go(clock: Clock, goes_on: Clock | None, other: Incident) -> None:
    """Let the clock say where it goes on; who looks after it and why it was late go with it."""
    clock.lapse = {"cause": "merged" if goes_on else "merged_without", "other": called(other)}
    if goes_on is not None:
        clock.lapse["clock"] = str(goes_on.pk)
        if clock.owner and not goes_on.owner and may_on(clock.owner, "incidents", Level.EDIT, goes_on):
            goes_on.owner = clock.owner
        if clock.reason and not goes_on.reason:
            goes_on.reason, goes_on.reason_by = clock.reason, clock.reason_by
        goes_on.save()
    clock.state = State.LAPSED
    clock.save()
