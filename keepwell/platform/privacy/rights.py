"""Who may take the report about a person: they themselves, and whoever administers where they are."""

from __future__ import annotations

from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may, require
from keepwell.platform.people.roles import Level

AREA, LEVEL = "administration", Level.ADMINISTER


def may_take_report(by: Person, about: Person) -> bool:
    """Whether `by` may be told everything that is kept about `about`."""
    return by.pk == about.pk or may(by, AREA, LEVEL, about.unit)


def require_report(by: Person, about: Person) -> None:
    """Refuse, naming the right and the place, unless `by` may."""
    if by.pk != about.pk:
        require(by, AREA, LEVEL, about.unit)
