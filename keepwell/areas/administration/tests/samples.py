"""Sample records for the house tests."""

from __future__ import annotations

from datetime import date

from keepwell.platform.exchange.models import Source
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.tree.models import Unit


def grants(unit: Unit, person: Person) -> Grant:
    """The role of an auditor for a year."""
    other = Person.objects.exclude(pk=person.pk).order_by("number").last()
    return Grant(person=other, role="auditor", unit=unit, since=date(2025, 1, 1), until=date(2025, 12, 31))


def sources(unit: Unit, person: Person) -> Source:
    """A learning system."""
    return Source(
        name="lms-test",
        register="completions",
        unit=unit,
        time_zone="Asia/Taipei",
        mapping={"Employee No.": "person"},
    )
