"""Which cycle a page of maturity is about."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Case, QuerySet, Value, When

from keepwell.areas.assessment.models import Cycle
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import visible_to
from keepwell.platform.tree.models import Unit

MOST = 40


def cycles_seen(person: Person) -> QuerySet[Cycle]:
    """The cycles that were opened and that `person` may see, with what every page of them needs."""
    rows = Cycle.objects.current().exclude(state=Cycle.State.DRAFT).select_related(
        "unit", "framework_version__framework", "scale", "previous__framework_version"
    )  # fmt: skip
    return visible_to(rows, person)


def choices(person: Person, year: int) -> list[Cycle]:
    """The cycles up to a year, the newest first, the group's before a company's."""
    group_first = Case(When(unit__kind=Unit.Kind.GROUP, then=Value(0)), default=Value(1))
    return list(
        cycles_seen(person).filter(year__lte=year).order_by("-year", group_first, "-opens_on", "pk")[:MOST]
    )


def find(among: list[Cycle], wanted: str) -> Cycle | None:
    """The cycle whose id is asked for, the first one if none is; None if there is no such cycle."""
    if not wanted:
        return among[0] if among else None
    try:
        key = UUID(wanted)
    except ValueError:
        return None
    return next((cycle for cycle in among if cycle.pk == key), None)
