"""How high a right may reach: nobody gives more than they hold, and what weighs on the whole group needs two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied

from keepwell.platform.people.models import Grant, GroupRule, Person
from keepwell.platform.people.permissions import lacks, levels_held, levels_held_at
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.tree.models import Unit


def needs_second(role: str, unit: Unit) -> bool:
    """Whether giving `role` at `unit` takes two persons: it decides or administers something for the whole group."""
    return unit.kind == Unit.Kind.GROUP and max(ROLES[role].levels.values()) >= Level.DECIDE


@dataclass(frozen=True)
class Known:
    """What was asked about many at once: what they hold or will, and what `by` holds where that is."""

    by: UUID
    asked: frozenset[UUID]
    grants: dict[UUID, list[Grant]]
    rules: dict[str, list[GroupRule]]
    levels: dict[UUID, dict[str, int]]


_known: ContextVar[Known | None] = ContextVar("known", default=None)


@contextmanager
def knowing(others: Collection[Person], by: Person) -> Iterator[None]:
    """Inside no right changes, so that `require_above` of any of `others` asks nothing more of the database."""
    grants: dict[UUID, list[Grant]] = defaultdict(list)
    for grant in Grant.objects.not_over().filter(person__in=[o.pk for o in others]).select_related("unit"):
        grants[grant.person_id].append(grant)
    rules: dict[str, list[GroupRule]] = defaultdict(list)
    machines = [other.number for other in others if other.kind == Person.Kind.MACHINE]
    if machines:
        for rule in GroupRule.objects.current().filter(source__in=machines).select_related("unit"):
            rules[rule.source].append(rule)
    places = {g.unit_id for held in grants.values() for g in held}
    places |= {r.unit_id for held in rules.values() for r in held}
    levels = levels_held_at(by, places) if places else {}
    token = _known.set(Known(by.pk, frozenset(o.pk for o in others), dict(grants), dict(rules), levels))
    try:
        yield
    finally:
        _known.reset(token)


def _about(by: Person, other: Person) -> Known | None:
    """What was asked ahead about `by` and `other`; None if nothing was."""
    known = _known.get()
    return known if known is not None and known.by == by.pk and other.pk in known.asked else None


def require_below(by: Person, role: str, unit: Unit) -> None:
    """Refuse, naming the right and the place, unless `by` holds at `unit` all that `role` gives."""
    _require(levels_held(by, unit), role, unit)


def _require(held: dict[str, int], role: str, unit: Unit) -> None:
    for area, level in ROLES[role].levels.items():
        if held.get(area, 0) < level:
            raise PermissionDenied(lacks(area, level, unit))


def require_above(by: Person, other: Person) -> None:
    """Refuse unless `by` holds, wherever `other` holds something or will, at least as much.

    Whoever may do something in the place of another, as make a token for a machine, gains nothing by it. A
    machine that tells who belongs to a group holds, as it were, what rules give to that group.
    """
    if (known := _about(by, other)) is not None:
        for one in (*known.grants.get(other.pk, ()), *known.rules.get(other.number, ())):
            _require(known.levels[one.unit_id], one.role, one.unit)
        return
    for grant in Grant.objects.not_over().filter(person=other).select_related("unit"):
        require_below(by, grant.role, grant.unit)
    if other.kind == Person.Kind.MACHINE:
        for rule in GroupRule.objects.current().filter(source=other.number).select_related("unit"):
            require_below(by, rule.role, rule.unit)


def keep_levels(by: Person, before: Unit, after: Unit) -> None:
    """Refuse, naming the right and the place, unless `by` holds at `before` all that they hold at `after`."""
    held = levels_held(by, before)
    for area, level in levels_held(by, after).items():
        if held.get(area, 0) < level:
            raise PermissionDenied(lacks(area, Level(level), before))
