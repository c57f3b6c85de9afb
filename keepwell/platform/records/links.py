"""Any record named from elsewhere by its kind and id: who may see it, and where its page is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.text import slugify
from django.utils.translation import override

from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import Record, visible_to

Name = tuple[str, UUID]
PAGE = re.compile(r"/([a-z-]+)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/?(?:[?#].*)?$")


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


def resolve_all(names: Iterable[Name], person: Person, level: Level = Level.VIEW) -> dict[Name, Any]:
    """The rows called `names` on which `person` holds `level`, by name: one query for each kind of record."""
    keys: dict[str, set[UUID]] = defaultdict(set)
    for kind, key in names:
        keys[kind].add(key)
    found: dict[Name, Any] = {}
    for kind, wanted in sorted(keys.items()):
        model = kind_named(kind)
        if model:
            found |= {(kind, row.pk): row for row in rows_of(model, person, level).filter(pk__in=wanted)}
    return found


@cache
def kinds() -> dict[str, type[Tracked]]:
    """Every kind of record that can be named, by the name of its register, as "certificates"."""
    found = (m for m in apps.get_models() if kind_named(m._meta.label_lower))
    return {slug_of(model): model for model in found}  # type: ignore[misc]  # what can be named is tracked


def slug_of(model: type[models.Model]) -> str:
    """What a register of `model` is called in addresses: its plural, in English."""
    with override("en"):
        return slugify(str(model._meta.verbose_name_plural))


def named(text: str, person: Person, level: Level = Level.VIEW) -> Any | None:
    """The record that a person calls `text`, on which they hold `level`: the address of its page, or REGISTER:KEY.

    KEY is its id or what the trade knows it by, as `units:KHH1`. None if there is none, or none to be seen.
    """
    plain = text.strip()
    if match := PAGE.search(plain):
        slug, key = match.groups()
    else:
        slug, _colon, key = plain.partition(":")
    model = kinds().get(slug.strip())
    if model is None or not key:
        return None
    by_id = resolve(model.type_name(), key, person, level)
    return by_id or _by_key(rows_of(model, person, level), key.strip())


def _by_key(rows: QuerySet[Any], key: str) -> Any | None:
    """The one of `rows` known in the trade by `key`, its parts divided by |."""
    fields: tuple[str, ...] = rows.model.key_fields
    parts = key.split("|")
    if not fields or len(parts) != len(fields) or "\x00" in key:
        return None
    try:
        found = list(rows.filter(**dict(zip(fields, parts, strict=True)))[:2])
    except (ValueError, ValidationError):  # a part that its column cannot hold
        return None
    return found[0] if len(found) == 1 else None


def address(kind: str, id: UUID | str) -> str:
    """Where the page of that record is; "" if such records have no page."""
    model, key = kind_named(kind), _key(id)
    if model is None or key is None:
        return ""
    try:
        return reverse(f"{slug_of(model)}-record", kwargs={"pk": key})
    except NoReverseMatch:
        return ""


def _key(id: UUID | str) -> UUID | None:
    try:
        return id if isinstance(id, UUID) else UUID(str(id))
    except ValueError:
        return None
