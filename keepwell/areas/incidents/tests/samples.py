"""Sample records for the house tests."""

from __future__ import annotations

from keepwell.areas.incidents.models import Classification, Incident, Report, ReportWord
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
