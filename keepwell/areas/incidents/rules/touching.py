"""What an incident comes to touch while it is open: further sites, and an earlier moment at which it was known."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from keepwell.areas.incidents.models import Incident, Report
from keepwell.areas.incidents.rules.timeline import note
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

TOUCHED = gettext_noop("%(site)s is touched too: its duties to tell are reckoned from now on.")
KNOWN_SINCE = gettext_noop("The site is taken as aware since %(since)s, when report %(report)s was received.")


def touch(incident: Incident, unit: Unit, *, by: Person) -> None:
    """Let the incident touch `unit` too, inside an act; its clocks follow."""
    there = list(incident.affected_units.all())
    if unit.pk == incident.unit_id or unit in there:
        return
    incident.save(links={"affected_units": [*there, unit]})
    note(incident, TOUCHED, verb="touch", by=by, site=str(unit.code))


def known_by(incident: Incident, report: Report, *, by: Person) -> None:
    """Let the incident be known since `report` was received, where that was earlier, inside an act; its clocks follow."""
    at = report.received_at
    if at < incident.discovery and not (incident.happened_at and at < incident.happened_at):
        incident.detected_at = at
    if at >= incident.awareness:
        incident.save()
        return
    incident.aware_at = at
    incident.save()
    since = f"{at.astimezone(ZoneInfo(incident.unit.time_zone)):%Y-%m-%d %H:%M}"
    note(incident, KNOWN_SINCE, verb="aware", by=by, since=since, tlp=report.tlp, report=str(report))
