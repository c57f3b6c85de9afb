"""Sample records for the house tests."""

from __future__ import annotations

from keepwell.areas.incidents.models import Classification, Incident
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
