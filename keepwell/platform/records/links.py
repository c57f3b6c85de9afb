"""Any record named from elsewhere by its kind and id: who may see it, and where its page is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.text import slugify
from django.utils.translation import override

from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import Record, visible_to

Name = tuple[str, UUID]


def kind_named(kind: str) -> type[Tracked] | None:
    """The model called `kind` ("app.model"), if its rows are tracked and governed by rights; else None."""
    try:
        model = apps.get_model(kind)
    except (LookupError, ValueError):
        return None
    governed = issubclass(model, Record) or (issubclass(model, Tracked) and hasattr(model, "area"))
    return model if governed and model.type_name() == kind else None


def rows_of(model: type[Tracked], person: Person, level: Level = Level.VIEW) -> QuerySet[Any]:
    """The rows of `model` on which `person` holds `level`, each with the unit it lies in."""
    rows = visible_to(model._default_manager.all(), person, level)
    place = getattr(model, "unit_field", "unit")
    return rows.select_related(place) if hasattr(model, place.partition("__")[0]) else rows


def resolve(kind: str, id: UUID | str, person: Person, level: Level = Level.VIEW) -> Any | None:
    """The row of `kind` ("app.model", as `Tracked.type_name()`) called `id` on which `person` holds `level`.

    None for what is not there and for what may not be seen alike.
    """
    model, key = kind_named(kind), _key(id)
    return rows_of(model, person, level).filter(pk=key).first() if model and key else None


def resolve_all(names: Iterable[Name], person: Person) -> dict[Name, Any]:
    """The rows called `names` that `person` may see, by name: one query for each kind of record."""
    keys: dict[str, set[UUID]] = defaultdict(set)
    for kind, key in names:
        keys[kind].add(key)
    found: dict[Name, Any] = {}
    for kind, wanted in sorted(keys.items()):
        model = kind_named(kind)
        if model:
            found |= {(kind, row.pk): row for row in rows_of(model, person).filter(pk__in=wanted)}
    return found


def address(kind: str, id: UUID | str) -> str:
    """Where the page of that record is; "" if such records have no page."""
    model, key = kind_named(kind), _key(id)
    if model is None or key is None:
        return ""
    with override("en"):
        slug = slugify(str(model._meta.verbose_name_plural))
    try:
        return reverse(f"{slug}-record", kwargs={"pk": key})
    except NoReverseMatch:
        return ""


def _key(id: UUID | str) -> UUID | None:
    try:
        return id if isinstance(id, UUID) else UUID(str(id))
    except ValueError:
        return None
