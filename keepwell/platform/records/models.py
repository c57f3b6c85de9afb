"""The base of everything an area keeps, and the only permission filter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q, QuerySet

from keepwell.kernel import moments
from keepwell.platform.history.models import Tracked, TrackedQuerySet
from keepwell.platform.people.models import Person
from keepwell.platform.people.narrowing import reaches
from keepwell.platform.people.need_to_know import keepers, known_to, may_know
from keepwell.platform.people.permissions import (
    held_for,
    lacks,
    may,
    may_everywhere,
    records_granted,
    units_granted,
)
from keepwell.platform.people.roles import Level
from keepwell.platform.replicas.routing import decided
from keepwell.platform.tree.models import Ancestry, Unit, on

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


def area_of(model: type[models.Model]) -> str:
    """The area whose rights govern rows of `model`."""
    return getattr(model, "area", model._meta.app_label)


def unit_path(model: type[models.Model]) -> str:
    """How a row of `model` reaches its unit, as "unit" or "course__unit"; "pk" for a unit itself."""
    return "pk" if model is Unit else getattr(model, "unit_field", "unit")


def visible_to(rows: Rows, person: Person, level: Level = Level.VIEW) -> Rows:
    """Those of `rows` on which `person` holds `level` today, and which they may know: by a grant at a unit above, by
    a grant of just that record, or (to view) because the row is about that person, or what it tells holds for them.

    The person's grants are asked first, so that a way nobody gave costs the database nothing.
    """
    return known_to(_within_rights(rows, person, level), person)


def _within_rights(rows: Rows, person: Person, level: Level) -> Rows:
    model, area = rows.model, area_of(rows.model)
    if may_everywhere(person, area, level):
        return rows
    registers = {one.only_register for one in held_for(person, area, level)}
    ways: list[Q] = []
    if "" in registers:
        ways.append(Q(**{f"{unit_path(model)}__in": decided(units_granted(person, area, level))}))
        ways += _held_elsewhere(model, person) if level is Level.VIEW else []
    if issubclass(model, Tracked) and model.type_name() in registers:
        ways.append(Q(pk__in=records_granted(person, model.type_name(), area, level)))
    if level is Level.VIEW and hasattr(model, "own") and reaches(area, level):
        ways.append(model.own(person))
    return rows.filter(reduce(or_, ways)) if ways else rows.none()


def is_visible_to(row: Any, person: Person) -> bool:
    """Whether `person` may view `row`: what `visible_to` says, without asking where a grant at its unit says so."""
    model, place = type(row), _place_id(row)
    if not may_know(person, row):
        return False
    if may_everywhere(person, area_of(model), Level.VIEW):
        return True
    if place is not None and may(person, area_of(model), Level.VIEW, place):
        return True
    return visible_to(model._default_manager.filter(pk=row.pk), person).exists()


def may_on(person: Person, area: str, level: Level, record: Any) -> bool:
    """Whether `person` may know `record`, and holds `level` in `area` where it lies or on just this record."""
    if not may_know(person, record):
        return False
    if may(person, area, level, record.place):
        return True
    return isinstance(record, Tracked) and record.pk in records_granted(
        person, type(record).type_name(), area, level
    )


def require_on(person: Person, area: str, level: Level, record: Any) -> None:
    """Refuse, naming the right and the place, unless `person` holds it on `record`."""
    if not may_on(person, area, level, record):
        raise PermissionDenied(lacks(area, level, record.place))


def _place_id(row: Any) -> UUID | None:
    """The unit that `row` lies in; None if in none."""
    *steps, last = unit_path(type(row)).split("__")
    for step in steps:
        row = getattr(row, step, None)
    found: UUID | None = getattr(row, "pk" if last == "pk" else f"{last}_id", None)
    return found


def sees_all(model: type[models.Model], person: Person, level: Level = Level.VIEW) -> bool:
    """Whether `person` holds `level` at the group itself, under which every row of `model` lies, and none of them is
    for named people alone."""
    return not keepers(model) and may_everywhere(person, area_of(model), level)


def _held_elsewhere(model: type[Any], person: Person) -> Iterator[Q]:
    """What may be seen, not changed, beyond the units below: rows that name a unit of theirs through a
    relation of `also_at`, as the sites of a certificate; rows of a unit above, where they hold below it."""
    units = decided(units_granted(person, area_of(model), Level.VIEW))
    yield from _reaching(model, units)
    if getattr(model, "holds_below", False):
        above = Ancestry.objects.filter(descendant__in=units, until__isnull=True)
        yield Q(**{f"{unit_path(model)}__in": decided(above.values("ancestor"))})


def _reaching(model: type[Any], units: QuerySet[Any] | list[Any]) -> Iterator[Q]:
    """Rows of `model` that name one of `units` through a relation of `also_at`."""
    for name in getattr(model, "also_at", ()):
        field = model._meta.get_field(name)
        rows = field.remote_field.through._default_manager.filter(
            **{f"{field.m2m_reverse_field_name()}__in": units}
        )
        yield Q(pk__in=rows.values(field.m2m_field_name()))


def below(rows: Rows, unit: Unit, day: date | None = None) -> Rows:
    """Those of `rows` that lie at `unit` or under it in the structure of `day` (today if not given), or reach it."""
    place, units = unit_path(rows.model), Ancestry.objects.under(unit, day)
    found = reduce(or_, _reaching(rows.model, units), Q(**{f"{place}__in": units}))
    if getattr(rows.model, "holds_below", False):
        found |= Q(
            **{
                f"{place}__in": Ancestry.objects.filter(on(day or moments.today()), descendant=unit).values(
                    "ancestor"
                )
            }
        )
    return rows.filter(found)


class Sight:
    """The words of a query set whose rows a person sees only as far as that person's rights go."""

    def visible_to(self, person: Person, level: Level = Level.VIEW) -> Self:
        rows: Any = self  # mixed into query sets alone
        return visible_to(rows, person, level)

    def below(self, unit: Unit, day: date | None = None) -> Self:
        rows: Any = self  # mixed into query sets alone
        return below(rows, unit, day)


class Visible(Sight, models.QuerySet[Any]):
    """Rows that are closed by default, without a history of their own."""


VisibleRows = models.Manager.from_queryset(Visible)


class RecordQuerySet(Sight, TrackedQuerySet):
    """Records: tracked, and closed by default."""


RecordRows = models.Manager.from_queryset(RecordQuerySet)


class Record(Tracked):
    """A tracked row that lies in the tree."""

    unit_field: ClassVar[str] = "unit"
    area: ClassVar[str]

    objects: ClassVar[RecordRows] = RecordRows()

    class Meta:
        abstract = True

    @property
    def place(self) -> Unit:
        """The unit this record belongs to."""
        found: Any = self
        for step in self.unit_field.split("__"):
            found = getattr(found, step)
        return found

    @property
    def placed_unit_id(self) -> UUID:
        """The unit's id, without reading the unit."""
        found: Any = self
        *steps, last = self.unit_field.split("__")
        for step in steps:
            found = getattr(found, step)
        return getattr(found, f"{last}_id")


class ObservationQuerySet(Visible):
    """Rows from machines, in bulk; seen as far as rights go."""


ObservationRows = models.Manager.from_queryset(ObservationQuerySet)


class Observation(models.Model):
    """A fact delivered by a machine; its provenance is its batch, not a Change of its own."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey("exchange.Batch", models.PROTECT, related_name="+")

    objects: ClassVar[ObservationRows] = ObservationRows()

    class Meta:
        abstract = True
