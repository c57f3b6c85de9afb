"""Nobody leads an incident whom it concerns."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules.timeline import named, note
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import may_know

LEADS = gettext_noop("%(name)s leads it now.")


def led_by_who_knows(incident: Incident, *, by: Person) -> None:
    """Let `by` lead the incident if it is led by somebody whom it, or a report that belongs to it now, concerns."""
    if incident.lead is None or may_know(incident.lead, incident):
        return
    incident.lead = by
    incident.save()
    note(incident, LEADS, verb="lead", by=by, **named(by))
