"""Nobody leads an incident whom it concerns, and somebody else is asked to."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules.timeline import named, note
from keepwell.platform.acts.act import act
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import may_know
from keepwell.platform.people.roles import Level

LEADS = gettext_noop("%(name)s leads it now.")
LEADS_NO_MORE = gettext_noop("%(name)s leads it no more; whoever may work on it takes the lead.")
HANDER = Machine(gettext_noop("the handing on of leads"))


def is_without_lead(incident: Incident) -> bool:
    """Whether it was taken up, is open, and nobody leads it any more."""
    return incident.is_open and incident.acknowledged_at is not None and incident.lead_id is None


def led_by_who_knows(incident: Incident, *, by: Person) -> None:
    """Let `by` lead the incident if it is led by somebody whom it, or a report that belongs to it now, concerns."""
    if incident.lead is None or may_know(incident.lead, incident):
        return
    incident.lead = by
    incident.save()
    note(incident, LEADS, verb="lead", by=by, **named(by))


def hand_on(incident: Incident, *, concerning: Collection[UUID]) -> None:
    """Let nobody lead an open incident any more that is led by one of those whom it turned out to concern: taking the lead
    is owed by whoever may work on it and may know it, and its timeline says so. By the platform, inside an act."""
    incident.refresh_from_db()
    gone = incident.lead
    if gone is None or gone.pk not in concerning or not incident.is_open:
        return
    with acting(HANDER, "incident.hand_on"):
        incident.lead = None
        incident.save()
        note(incident, LEADS_NO_MORE, verb="lead", by=None, **named(gone))


@act(
    Level.EDIT,
    label=_("Take the lead"),
    offered=is_without_lead,
    explains=_("You lead it from now on; when it was taken up stays as it was."),
)
def take_lead(incident: Incident, *, by: Person) -> None:
    """Somebody leads it again."""
    incident.lead = by
    incident.save()
    note(incident, LEADS, verb="lead", by=by, **named(by))
