"""Who may see and do what, reckoned by hand from roles, grants and the tree: no query, no product rule.

The house tests hold the product's answers against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import UUID

from keepwell.kernel import moments
from keepwell.platform.history.models import follow
from keepwell.platform.people.models import Grant, Outsider, Person, Service
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.registers.register import Register
from keepwell.platform.tree.models import Unit


class Policy:
    """The tree and the grants as they stand, read once."""

    def __init__(self) -> None:
        self.parents = dict(Unit.objects.values_list("pk", "parent_id"))
        given = Grant.objects.current().filter(standing="given").select_related("unit", "person__unit")
        self.grants = [grant for grant in given if self.holds(grant)]

    def holds(self, grant: Grant) -> bool:
        """Whether today, where its unit is, is a day of the grant, and its person has not left."""
        day = moments.today(grant.unit.time_zone)
        left = grant.person.employed_until
        gone = left is not None and left < moments.today(grant.person.unit.time_zone)
        return grant.since <= day and (grant.until is None or day <= grant.until) and not gone

    def above(self, unit: UUID | None) -> Iterator[UUID]:
        """`unit` and all that lies above it."""
        while unit:
            yield unit
            unit = self.parents[unit]

    def level(self, person: Person, area: str, unit: UUID) -> int:
        """The highest level held in `area` at `unit`; 0 for none."""
        above = set(self.above(unit))
        held = [
            ROLES[g.role].levels.get(area, 0)
            for g in self.grants
            if g.person_id == person.pk and g.unit_id in above and g.only_id is None
        ]
        return max(held, default=0)

    def anywhere(self, person: Person, area: str, level: Level) -> bool:
        """Whether `level` is held in `area` at some unit."""
        return any(
            ROLES[g.role].levels.get(area, 0) >= level for g in self.grants if g.person_id == person.pk
        )

    def at(self, person: Person, register: type[Register], record: Any) -> int:
        """The level held where `record` lies, or on it alone."""
        return max(self.level(person, register.area(), place(record)), self.alone(person, register, record))

    def alone(self, person: Person, register: type[Register], record: Any) -> int:
        """The level given on just `record`; 0 for none."""
        kind = type(record)._meta.label_lower
        held = [
            ROLES[g.role].levels.get(register.area(), 0)
            for g in self.grants
            if g.person_id == person.pk and (g.only_register, g.only_id) == (kind, record.pk)
        ]
        return max(held, default=0)

    def sees(self, person: Person, register: type[Register], record: Any) -> bool:
        """Whether `person` may view `record`: where it lies, at a unit it names, below it, or as their own."""
        area, home, model = register.area(), place(record), type(record)
        units = [
            home,
            *(unit.pk for name in getattr(model, "also_at", ()) for unit in getattr(record, name).all()),
        ]
        if getattr(model, "holds_below", False):
            units += [unit for unit in self.parents if home in self.above(unit)]
        owners = [record, getattr(record, "person", None)]
        if model in (Outsider, Service):
            owners.append(record.responsible)
        is_own = hasattr(model, "own") and person in owners
        if self.alone(person, register, record) >= Level.VIEW:
            return True
        return is_own or any(self.level(person, area, unit) >= Level.VIEW for unit in units)


class Remembered(Policy):
    """The same for whoever changes nothing meanwhile: what was reckoned once is not reckoned again."""

    def __init__(self) -> None:
        super().__init__()
        self.anywhere, self.at, self.sees = cache(self.anywhere), cache(self.at), cache(self.sees)


def place(record: Any) -> UUID:
    """The unit in which `record` lies."""
    if isinstance(record, Unit):
        return record.pk
    unit: Unit = follow(record, getattr(record, "unit_field", "unit"))
    return unit.pk
