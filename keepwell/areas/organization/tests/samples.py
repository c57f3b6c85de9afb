"""Sample records for the house tests."""

from __future__ import annotations

from datetime import date

from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit


def units(unit: Unit, person: Person) -> Unit:
    """A unit below a site."""
    return Unit(
        code="KHH1-QA", name="Quality", kind="unit", parent=unit, country="TW", time_zone="Asia/Taipei",
        active_from=date(2019, 1, 1),
    )  # fmt: skip


def people(unit: Unit, person: Person) -> Person:
    """Somebody employed since 2020."""
    return Person(number="B0000001", name="Mei Chen", mail="mei.chen@meridian.example", unit=unit,
                  unit_since=date(2020, 1, 1), employed_from=date(2020, 1, 1))  # fmt: skip
