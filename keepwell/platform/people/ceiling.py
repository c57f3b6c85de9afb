"""How high a right may reach: nobody gives more than they hold, and what weighs on the whole group needs two."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from keepwell.platform.people.models import Grant, GroupRule, Person
from keepwell.platform.people.permissions import lacks, levels_held
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.tree.models import Unit


def needs_second(role: str, unit: Unit) -> bool:
    """Whether giving `role` at `unit` takes two persons: it decides or administers something for the whole group."""
    return unit.kind == Unit.Kind.GROUP and max(ROLES[role].levels.values()) >= Level.DECIDE


def require_below(by: Person, role: str, unit: Unit) -> None:
    """Refuse, naming the right and the place, unless `by` holds at `unit` all that `role` gives."""
    held = levels_held(by, unit)
    for area, level in ROLES[role].levels.items():
        if held.get(area, 0) < level:
            raise PermissionDenied(lacks(area, level, unit))


def require_above(by: Person, other: Person) -> None:
    """Refuse unless `by` holds, wherever `other` holds something or will, at least as much.

    Whoever may do something in the place of another, as make a token for a machine, gains nothing by it. A
    machine that tells who belongs to a group holds, as it were, what rules give to that group.
    """
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
