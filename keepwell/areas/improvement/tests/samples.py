"""Sample records for the house tests."""

from __future__ import annotations

from datetime import date

from keepwell.areas.improvement.models import Action, Initiative
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit


def actions(unit: Unit, person: Person) -> Action:
    """An action of `unit`, owned by the group's CISO, who may carry it out anywhere."""
    return Action(
        code="IA-2025-1", title="Keep logs for a year", unit=unit, owner=_ada(), raised_on=date(2025, 6, 1),
        due_on=date(2026, 3, 31),
    )  # fmt: skip


def initiatives(unit: Unit, person: Person) -> Initiative:
    """A programme of `unit`."""
    return Initiative(
        code=f"GI-2025-{Initiative.objects.count() + 1}",
        title="Logs of every site in one place",
        unit=unit,
        lead=_ada(),
        due_on=date(2026, 6, 30),
    )


def _ada() -> Person:
    return Person.objects.get(number="A0000001")
