"""How an incident begins with the words of reports: it is told to no more people than those."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from keepwell.areas.incidents.models import Incident, NamedPerson, Report
from keepwell.areas.incidents.models.marks import kept_marks
from keepwell.areas.incidents.rules.timeline import narrowest
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.models import Change, Tracked
from keepwell.platform.people.models import Person

Tlp = Incident.Tlp
VERB = "report.open_incident"


def begun_with(reports: Sequence[Report], *, title: str, tlp: Tlp | None, by: Person) -> Incident:
    """An incident at the unit of the first of `reports`, with its words, reported since the first of them came.

    It is marked as the narrowest of them is, or as `tlp` says (None: TLP:AMBER) where that is narrower. With RED it is for
    named people alone from its first moment on, and `by` is the first. Inside an act; Refused for a mark by which `by`
    could not read it."""
    report, *others = reports
    first = min(one.received_at for one in reports)
    mark = Tlp(narrowest(tlp or Tlp.AMBER, *(one.tlp for one in reports)))
    if mark == Tlp.STRICT and mark in kept_marks(by):
        raise Refused(
            gettext("What is marked %(label)s stays within the group, and you are not of it.")
            % {"label": mark.label}
        )
    incident = Incident(
        title=title.strip(), unit=report.unit, summary=report.says, reported_at=first, detected_at=first, tlp=mark,
        is_restricted=mark == Tlp.RED,
    )  # fmt: skip
    units: dict[str, Tracked] = {
        str(one.unit.code): one.unit for one in others if one.unit_id != report.unit_id
    }
    incident.save(links={"affected_units": list(units.values())} if units else None)
    if mark == Tlp.RED:
        why = gettext("Made of report %(report)s, marked %(label)s.") % {
            "report": report,
            "label": mark.label,
        }
        NamedPerson(incident=incident, person=by, by=by, reason=why).save()
    return incident


def began_with(incident: Incident, report: Report) -> bool:
    """Whether the incident began with the words of the report, so that it and its history repeat them."""
    made = Change.objects.filter(
        record_type=Incident.type_name(), record_id=incident.pk, verb=VERB, version=1
    )
    return made.filter(after__summary=report.says).exists()
