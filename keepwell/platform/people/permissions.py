"""The one question of permission: may this person do this, here, now?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.narrowing import capped, reaches
from keepwell.platform.people.roles import ROLES, Level, roles_with
from keepwell.platform.tree.models import Ancestry, Unit

Asking = TypeVar("Asking")


@dataclass(frozen=True)
class Held:
    """A grant in force, as far as rights are concerned: which role, at which unit, for one record or all."""

    role: str
    unit_id: UUID
    unit_kind: str
    only_register: str
    only_id: UUID | None


@dataclass
class Asked:
    """What was asked of the database while nothing changes: what people hold, and what lies above units."""

    held: dict[UUID, list[Held]] = field(default_factory=dict)
    above: dict[UUID, frozenset[UUID]] = field(default_factory=dict)
    further: dict[Hashable, Any] = field(default_factory=dict)


HELD = Ready(
    lambda person: (
        Grant.objects.in_force()
        .filter(person=person)
        .values_list("role", "unit_id", "unit__kind", "only_register", "only_id")
    ),
    UUID,
)
ABOVE = Ready(
    lambda unit: Ancestry.objects.filter(descendant=unit, until__isnull=True).values_list("ancestor_id"),
    UUID,
)
FEW_UNITS = 6
ABOVE_SOME = Ready(
    lambda *units: Ancestry.objects.filter(descendant__in=units, until__isnull=True).values_list(
        "ancestor_id"
    ),
    *[UUID] * FEW_UNITS,
)
_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Inside, no right changes, so that what a person holds is asked of the database once."""
    token = _asked.set(Asked())
    try:
        yield
    finally:
        _asked.reset(token)


@contextmanager
def reading_together() -> Iterator[None]:
    """Inside, the same as inside `reading_once`; where that is entered already, with what was asked there."""
    with reading_once() if _asked.get() is None else nullcontext():
        yield


@contextmanager
def reading_alone(person: Person, rights: list[Held]) -> Iterator[None]:
    """Inside, `person` holds these `rights`, just read, and nothing else is known of what was asked before."""
    token = _asked.set(Asked(held={person.pk: rights}))
    try:
        yield
    finally:
        _asked.reset(token)


def each_read_once(rows: Iterable[Asking]) -> Iterator[Asking]:
    """`rows` as they come, all read as inside `reading_once`, though whoever takes them is outside it: a file that is
    sent while it is written."""
    asked, left = Asked(), iter(rows)
    while True:
        token = _asked.set(asked)
        try:
            row = next(left)
        except StopIteration:
            return
        finally:
            _asked.reset(token)
        yield row


def asked_once(key: Hashable, find: Callable[[], Asking]) -> Asking:
    """What `find` answers; inside `reading_once` the database is asked but once under one `key`."""
    asked = _asked.get()
    if asked is None:
        return find()
    if key not in asked.further:
        asked.further[key] = find()
    found: Asking = asked.further[key]
    return found


def held(person: Person) -> list[Held]:
    """What gives `person` rights now; all that is decided about their rights follows from it."""
    asked = _asked.get()
    if asked is not None and person.pk in asked.held:
        return asked.held[person.pk]
    found = [Held(*row) for row in HELD.rows(person.pk)]
    if asked is not None:
        asked.held[person.pk] = found
    return found


def above(unit: UUID) -> frozenset[UUID]:
    """`unit` and every unit above it, by today's structure."""
    asked = _asked.get()
    if asked is not None and unit in asked.above:
        return asked.above[unit]
    found = frozenset(one for (one,) in ABOVE.rows(unit))
    if asked is not None:
        asked.above[unit] = found
    return found


def all_above(units: Collection[UUID]) -> set[UUID]:
    """`units` and every unit above one of them, by today's structure; one query however many they are."""
    if len(units) == 1:
        return set(above(next(iter(units))))
    if not units:
        return set()
    named = sorted(units)
    if len(named) <= FEW_UNITS:
        return {one for (one,) in ABOVE_SOME.rows(*named, *[named[0]] * (FEW_UNITS - len(named)))}
    rows = Ancestry.objects.filter(descendant__in=named, until__isnull=True)
    return set(rows.values_list("ancestor_id", flat=True))


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


def units_granted(person: Person, area: str, level: Level = Level.VIEW) -> QuerySet[Any]:
    """Units (as a subquery of ids) where `person` holds `level` in `area`, by today's structure."""
    return _under(one for one in held_for(person, area, level) if not one.only_register)


def _under(grants: Iterable[Held]) -> QuerySet[Any]:
    """The units at which `grants` are held and all below them, as a subquery of ids.

    The few units of one person's grants are named one by one: the rows that hang on them are asked for once a
    request, not once a question.
    """
    units = sorted({one.unit_id for one in grants})
    return Ancestry.objects.filter(ancestor__in=units, until__isnull=True).values("descendant")


def levels_held(person: Person, unit: Unit) -> dict[str, int]:
    """The highest level that `person` holds in each area at `unit`, today."""
    there = above(unit.pk)
    return _levels(one.role for one in held(person) if one.unit_id in there and not one.only_register)


def levels_held_at(person: Person, units: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """The same as `levels_held` for each of `units`, at the cost of one."""
    roles: dict[UUID, set[str]] = defaultdict(set)
    for one in held(person):
        if not one.only_register:
            roles[one.unit_id].add(one.role)
    there: dict[UUID, set[str]] = {unit: set() for unit in units}
    places = Ancestry.objects.filter(descendant__in=units, ancestor__in=list(roles), until__isnull=True)
    for unit, ancestor in places.values_list("descendant_id", "ancestor_id"):
        there[unit] |= roles[ancestor]
    return {unit: _levels(found) for unit, found in there.items()}


def _levels(roles: Iterable[str]) -> dict[str, int]:
    """The highest level by area that `roles` give, as far as the token reaches with which somebody came."""
    found: dict[str, int] = {}
    for role in set(roles):
        for area, level in ROLES[role].levels.items():
            found[area] = max(capped(area, level), found.get(area, 0))
    return found


def grants_giving(area: str, level: Level, unit: Unit) -> QuerySet[Grant]:
    """Grants by which somebody who can sign in holds `level` in `area` at `unit`, today."""
    there = Ancestry.objects.filter(descendant=unit, until__isnull=True).values("ancestor")
    roles = roles_with(area, level)
    grants = Grant.objects.in_force().filter(unit__in=there, role__in=roles, only_id__isnull=True)
    return grants.filter(person__account__isnull=False)


def records_granted(person: Person, register: str, area: str, level: Level = Level.VIEW) -> list[UUID]:
    """The records (by id) of `register` that were given to `person` one by one."""
    granted = (one for one in held_for(person, area, level) if one.only_register == register)
    return [one.only_id for one in granted if one.only_id is not None]


def units_seen(person: Person) -> QuerySet[Unit]:
    """Units at which `person` holds any right, by today's structure."""
    grants = held(person)
    if any(one.unit_kind == Unit.Kind.GROUP for one in grants):
        return Unit.objects.all()
    return Unit.objects.filter(pk__in=_under(grants))


def units_above(person: Person) -> list[UUID]:
    """The units below which lie all that `person` may see: the group's alone where they hold anything there."""
    grants = held(person)
    at_group = [one.unit_id for one in grants if one.unit_kind == Unit.Kind.GROUP]
    return at_group[:1] or sorted({one.unit_id for one in grants})


def sees(person: Person, unit: UUID) -> bool:
    """Whether `person` holds any right at `unit`, today."""
    granted = units_above(person)
    return bool(granted) and not above(unit).isdisjoint(granted)


def may(person: Person, area: str, level: Level, unit: Unit | UUID) -> bool:
    """Whether `person` holds `level` in `area` at `unit`, today."""
    granted = {one.unit_id for one in held_for(person, area, level) if not one.only_register}
    return bool(granted) and not granted.isdisjoint(above(unit.pk if isinstance(unit, Unit) else unit))


def who_may(area: str, level: Level, units: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The people (by id) who hold `level` in `area` at each of `units`, today; two queries however many there are."""
    found: dict[UUID, set[UUID]] = {unit: set() for unit in units}
    if not reaches(area, level):
        return found
    ways = Ancestry.objects.filter(descendant__in=list(units), until__isnull=True)
    grants = Grant.objects.in_force().filter(role__in=roles_with(area, level), only_id__isnull=True)
    holding: dict[UUID, set[UUID]] = {}
    for unit, person in grants.filter(unit__in=ways.values("ancestor")).values_list("unit", "person"):
        holding.setdefault(unit, set()).add(person)
    for unit, above_it in ways.values_list("descendant", "ancestor"):
        found[unit] |= holding.get(above_it, set())
    return found


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
