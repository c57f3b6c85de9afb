"""The one question of permission: may this person do this, here, now?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.narrowing import capped, reaches
from keepwell.platform.people.roles import ROLES, Level, roles_with
from keepwell.platform.tree.models import Ancestry, Unit


@dataclass(frozen=True)
class Held:
    """A grant in force, as far as rights are concerned: which role, at what kind of unit, for one record or all."""

    role: str
    unit_kind: str
    only_register: str


_asked: ContextVar[dict[UUID, list[Held]] | None] = ContextVar("asked", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Inside, no right changes, so that what a person holds is asked of the database once."""
    token = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(token)


def held(person: Person) -> list[Held]:
    """What gives `person` rights now."""
    asked = _asked.get()
    if asked is not None and person.pk in asked:
        return asked[person.pk]
    rows = grants_in_force(person).values_list("role", "unit__kind", "only_register")
    found = [Held(*row) for row in rows]
    if asked is not None:
        asked[person.pk] = found
    return found


def held_for(person: Person, area: str, level: Level) -> list[Held]:
    """That by which `person` holds `level` in `area`, as far as the token they came with reaches."""
    roles = roles_with(area, level) if reaches(area, level) else []
    return [one for one in held(person) if one.role in roles]


def may_everywhere(person: Person, area: str, level: Level) -> bool:
    """Whether `person` holds `level` in `area` at the group itself, under which everything lies."""
    return any(
        one.unit_kind == Unit.Kind.GROUP and not one.only_register for one in held_for(person, area, level)
    )


def grants_in_force(person: Person) -> QuerySet[Grant]:
    """The grants of `person` that give rights now; who has left or whose account was ended has none."""
    return Grant.objects.in_force().filter(person=person)


def grants_giving_to(person: Person, area: str, level: Level) -> QuerySet[Grant]:
    """The grants by which `person` holds `level` in `area` today, as far as the token they came with reaches."""
    grants = grants_in_force(person).filter(role__in=roles_with(area, level))
    return grants if reaches(area, level) else grants.none()


def units_granted(person: Person, area: str, level: Level = Level.VIEW) -> QuerySet[Any]:
    """Units (as a subquery of ids) where `person` holds `level` in `area`, by today's structure."""
    grants = grants_giving_to(person, area, level).filter(only_id__isnull=True)
    return Ancestry.objects.filter(ancestor__in=grants.values("unit"), until__isnull=True).values(
        "descendant"
    )


def levels_held(person: Person, unit: Unit) -> dict[str, int]:
    """The highest level that `person` holds in each area at `unit`, today."""
    above = Ancestry.objects.filter(descendant=unit, until__isnull=True).values("ancestor")
    grants = grants_in_force(person).filter(unit__in=above, only_id__isnull=True)
    held: dict[str, int] = {}
    for role in set(grants.values_list("role", flat=True)):
        for area, level in ROLES[role].levels.items():
            held[area] = max(capped(area, level), held.get(area, 0))
    return held


def grants_giving(area: str, level: Level, unit: Unit) -> QuerySet[Grant]:
    """Grants by which somebody who can sign in holds `level` in `area` at `unit`, today."""
    above = Ancestry.objects.filter(descendant=unit, until__isnull=True).values("ancestor")
    roles = roles_with(area, level)
    grants = Grant.objects.in_force().filter(unit__in=above, role__in=roles, only_id__isnull=True)
    return grants.filter(person__account__isnull=False)


def records_granted(person: Person, register: str, area: str, level: Level = Level.VIEW) -> QuerySet[Any]:
    """Records (as a subquery of ids) of `register` that were given to `person` one by one."""
    return grants_giving_to(person, area, level).filter(only_register=register).values("only_id")


def units_seen(person: Person) -> QuerySet[Unit]:
    """Units at which `person` holds any right, by today's structure."""
    grants = grants_in_force(person)
    return Unit.objects.filter(pk__in=Ancestry.objects.filter(
        ancestor__in=grants.values("unit"), until__isnull=True).values("descendant"))  # fmt: skip


def may(person: Person, area: str, level: Level, unit: Unit | UUID) -> bool:
    """Whether `person` holds `level` in `area` at `unit`, today."""
    return units_granted(person, area, level).filter(descendant=unit).exists()


def may_anywhere(person: Person, area: str, level: Level = Level.VIEW) -> bool:
    """Whether `person` holds `level` in `area` at some unit, today."""
    return bool(held_for(person, area, level))


def require(person: Person, area: str, level: Level, unit: Unit) -> None:
    """Refuse, naming the right and the place, unless `person` holds `level` in `area` at `unit`."""
    if not may(person, area, level, unit):
        raise PermissionDenied(lacks(area, level, unit))


def lacks(area: str, level: Level, unit: Unit) -> str:
    """The sentence that says which right is missing where."""
    return _("You need the right to %(level)s %(area)s in %(unit)s.") % {
        "level": level.label, "area": settings.AREA_TITLES.get(area, area), "unit": unit}  # fmt: skip
