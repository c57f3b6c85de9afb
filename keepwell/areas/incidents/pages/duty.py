"""Who was called to an incident, as its room shows it until somebody takes it up."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from keepwell.areas.incidents.models import EscalationCall, Incident
from keepwell.areas.incidents.pages.tasks import span
from keepwell.areas.incidents.rules import duty
from keepwell.kernel import moments
from keepwell.platform.pages.templatetags.kw_words import clock


@dataclass(frozen=True)
class Waiting:
    """The call that waits for an answer: how long is left, by when, and who was called so far."""

    left: str
    by: str
    says: str
    is_late: bool


def waiting(incident: Incident) -> Waiting | None:
    """What the room says first of an incident that nobody has taken up; None if somebody has."""
    if not incident.is_open or incident.acknowledged_at is not None:
        return None
    now, zone = moments.now(), incident.unit.time_zone
    calls = list(EscalationCall.objects.filter(incident=incident).select_related("person").order_by("step"))
    by = calls[-1].answer_by if calls else incident.reported_at + duty.allowed(incident)
    told = ", ".join(f"{call.person} {clock(call.called_at, zone)}" for call in calls)
    says = (
        gettext("Called: %(names)s.") % {"names": told} if told else gettext("Nobody on duty was called yet.")
    )
    left = span(by - now) if by > now else gettext("%(span)s late") % {"span": span(now - by)}
    return Waiting(left, clock(by, zone), says, by <= now)
