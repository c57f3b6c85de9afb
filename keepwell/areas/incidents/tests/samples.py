"""Sample records for the house tests."""

from __future__ import annotations

from decimal import Decimal

from keepwell.areas.incidents.models import (
    Classification,
    Incident,
    IncidentCost,
    Report,
    ReportWord,
    TimelineEntry,
)
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit


def incidents(unit: Unit, person: Person) -> Incident:
    """Malware on the controllers of a line."""
    return Incident(
        title="Malware on the controllers of line 3",
        unit=unit,
        kind="infected-system",
        summary="Two stations.",
    )


def classifications(unit: Unit, person: Person) -> Classification:
    """The first level of an incident of the same unit, which is made with it."""
    incident = incidents(unit, person)
    incident.save()
    return Classification(
        incident=incident, revision=1, person=person, factors={"plant": 2}, reckoned=3, level=3
    )


def reports(unit: Unit, person: Person) -> Report:
    """Three lines from the floor."""
    return Report(unit=unit, spot="Line 3", says="The screens on line 3 ask for money.", reach="ext. 4711")


def report_words(unit: Unit, person: Person) -> ReportWord:
    """What the reporter was answered."""
    report = reports(unit, person)
    report.save()
    return ReportWord(report=report, by=person, says="We are on the way.")


def timeline_entries(unit: Unit, person: Person) -> TimelineEntry:
    """What was seen first."""
    incident = incidents(unit, person)
    incident.save()
    return TimelineEntry(
        incident=incident, says="Line 3 stands.", zone="Asia/Taipei", person=person, source="the shift’s log"
    )


def incident_costs(unit: Unit, person: Person) -> IncidentCost:
    """A night without a line."""
    incident = incidents(unit, person)
    incident.save()
    return IncidentCost(
        incident=incident, what="Line 3, one night", amount=Decimal("184000"), currency="USD", person=person
    )
