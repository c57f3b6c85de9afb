"""How high a right may reach: nobody gives more than they hold, and what weighs on the whole group needs two."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import grants_in_force, lacks, levels_held
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
    """Refuse unless `by` holds, wherever `other` holds something, at least as much.

    Whoever may do something in the place of another, as make a token for a machine, gains nothing by it.
    """
    for grant in grants_in_force(other).select_related("unit"):
        require_below(by, grant.role, grant.unit)
