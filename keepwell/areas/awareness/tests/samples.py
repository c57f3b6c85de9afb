"""One unsaved record of each register, for the tests of the house."""

from __future__ import annotations

from datetime import date

from keepwell.areas.awareness.models import Course
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit


def courses(unit: Unit, person: Person) -> Course:
    """A course that `unit` answers for."""
    return Course(code="SEC-SAMPLE", name="Security basics", name_zh="資安基礎", minutes=30, mandatory=True,
                  unit=unit, active_from=date(2022, 1, 1))  # fmt: skip
