"""What the one search asks of registers: which of them, with which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import held
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.registers.register import REGISTERS, Register
from keepwell.platform.search.finding import Question
from keepwell.platform.search.subjects import SUBJECTS
from keepwell.platform.search.words import LONGEST_QUESTION
from keepwell.platform.tree.models import Unit

PLACES: dict[type[Any], Callable[[Any], str]] = {}
"""Of records that are read in the page of another one: where a hit leads."""


def page_of(register: type[Register], record: Any) -> str:
    """Where a hit leads: to its own page, or to its place in the page where it is read."""
    own = reverse(f"{register.slug()}-record", kwargs={"pk": record.pk})
    where = PLACES.get(register.record)
    return (where(record) if where else "") or own


def is_searched(register: type[Register]) -> bool:
    """Whether the one search finds records of `register`."""
    return register.record._meta.label_lower in SUBJECTS


def searched(person: Person) -> list[type[Register]]:
    """The registers in which the search may find something for `person`, in the order of their areas."""
    roles = {one.role for one in held(person)}
    areas = {area for role in roles for area, level in ROLES[role].levels.items() if level >= Level.VIEW}
    return [
        r for r in REGISTERS.values() if is_searched(r) and (r.area() in areas or hasattr(r.record, "own"))
    ]


def sought(person: Person, text: str, *, slug: str = "", unit: Unit | None = None,
           retired: bool = False) -> Question:  # fmt: skip
    """The question `text`, put to the register `slug` or to all that `person` may search."""
    among = searched(person)
    chosen = [register for register in among if register.slug() == slug] if slug else among
    words = " ".join(text.replace("\x00", " ").split())[:LONGEST_QUESTION]
    return Question(words, tuple(r.record._meta.label_lower for r in chosen), unit, retired)
