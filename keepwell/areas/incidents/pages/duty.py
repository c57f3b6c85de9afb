"""Who was called to an incident or a report, as their pages show it until somebody answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from keepwell.areas.incidents.models import EscalationCall, Incident
from keepwell.areas.incidents.pages.tasks import span
from keepwell.areas.incidents.rules import ladder
from keepwell.kernel import moments
from keepwell.platform.pages.templatetags.kw_words import clock


@dataclass(frozen=True)
class Waiting:
    """The call that waits for an answer: how long is left, by when, and who was called so far."""

    left: str
    by: str
    says: str
    is_late: bool


@dataclass(frozen=True)
class Unacknowledged:
    """A level for which somebody was called and that nobody has acknowledged: which, who was called, and the call that
    waits."""

    level: str
    says: str
    call: EscalationCall


def waiting(incident: Incident, calls: Sequence[EscalationCall]) -> Waiting | None:
    """What the room says first of an incident that nobody has taken up; None if somebody has."""
    if not incident.is_open or incident.acknowledged_at is not None:
        return None
    now, zone = moments.now(), incident.unit.time_zone
    called = [call for call in calls if call.rise is None]
    allowed = ladder.allowed(incident, incident.unit, incident.level)
    by = called[-1].answer_by if called else incident.reported_at + allowed
    says = _told(called, zone) if called else gettext("Nobody on duty was called yet.")
    left = span(by - now) if by > now else gettext("%(span)s late") % {"span": span(now - by)}
    return Waiting(left, clock(by, zone), says, by <= now)


def unacknowledged(incident: Incident, calls: Sequence[EscalationCall]) -> list[Unacknowledged]:
    """The levels of an open incident that somebody was called for and nobody acknowledged there, by unit."""
    if not incident.is_open:
        return []
    waits: dict[object, list[EscalationCall]] = {}
    for call in calls:
        if call.rise is not None and call.rise.wakes_above is not None:
            waits.setdefault((call.rise_id, call.roster_id), []).append(call)
    return [
        Unacknowledged(told[-1].for_level, _told(told, incident.unit.time_zone), told[-1])
        for told in waits.values()
        if not any(call.answered_at for call in told)
    ]


def called(incident: Incident) -> list[EscalationCall]:
    """Who was called to an incident, in order."""
    rows = ladder.calls_about(incident).select_related("person", "rise", "roster")
    return list(rows.order_by("step"))


def _told(calls: Iterable[EscalationCall], zone: str) -> str:
    names = ", ".join(f"{call.person} {clock(call.called_at, zone)}" for call in calls)
    return gettext("Called: %(names)s.") % {"names": names}
