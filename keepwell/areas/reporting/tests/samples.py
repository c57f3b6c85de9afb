"""Sample records for the house tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from keepwell.areas.reporting.models import Figure
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit


def figures(unit: Unit, person: Person) -> Figure:
    """A figure of 2023 that nobody has signed yet."""
    return Figure(unit=unit, year=2023, name="training.hours", kind="hours", title="Training hours",
                  definition="Minutes of all completions, in hours.", as_of=date(2023, 12, 31), value=Decimal(12),
                  records=24, digest="a" * 64)  # fmt: skip
