"""Records that only named people know, whatever rights others hold at their unit (security.md R9).

A model that keeps such records answers `withheld_from(person)`, a query set of those that the person must not know,
and its records `may_be_withheld`: whether anybody may be kept from this one.
What belongs to such a record is withheld with it: rows whose way to their unit leads through it, and rows that name
it by `kept_with`. A need to know takes away and gives nothing: who is named needs the right as well.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Q

from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import asked_once

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


def keeper(model: Any) -> tuple[str, Any] | None:
    """How a row of `model` reaches the record that is known to named people alone, and that record's model; None if
    nothing of the kind stands behind it."""
    return _keeper(model)


@cache
def _keeper(model: Any) -> tuple[str, Any] | None:
    if hasattr(model, "withheld_from"):
        return "pk", model
    ways = (getattr(model, "kept_with", ""), getattr(model, "unit_field", ""))
    return next((found for way in ways if (found := _along(model, way.split("__")[0]))), None)


def _along(model: type[models.Model], step: str) -> tuple[str, Any] | None:
    """What stands behind the record to which `step` leads."""
    related: Any = model._meta.get_field(step).related_model if step not in ("", "pk") else None
    found = keeper(related) if related else None
    if found is None:
        return None
    path, kept = found
    return (step if path == "pk" else f"{step}__{path}"), kept


def known_to(rows: Rows, person: Person) -> Rows:
    """Those of `rows` that `person` may know."""
    found = keeper(rows.model)
    if found is None:
        return rows
    path, model = found
    return rows.exclude(**{f"{path}__in": model.withheld_from(person).values("pk")})


def may_know(person: Person, row: Any) -> bool:
    """Whether `person` may know `row`; asked of the database only where what stands behind it is kept from anybody."""
    found = keeper(type(row))
    kept = _behind(row, found[0]) if found else None
    if kept is None or not kept.may_be_withheld:
        return True
    rows = type(row)._default_manager.filter(pk=row.pk)
    return asked_once((person.pk, type(row), row.pk), lambda: known_to(rows, person).exists())


def _behind(row: Any, path: str) -> Any:
    for step in path.split("__") if path != "pk" else ():
        row = getattr(row, step, None)
    return row


def withheld(person: Person, *, kind: str = "record_type", besides: tuple[Any, ...] = ()) -> Q:
    """Which rows name, by `kind` and `record_id`, a record that `person` must not know, but for what `besides` keep.

    Each keeper is asked once; the few that are withheld are named one by one, for a statement can be only so deep.
    """
    found = Q(pk__in=[])
    for of in _keepers():
        hidden = [] if of in besides else list(of.withheld_from(person).values_list("pk", flat=True))
        if not hidden:
            continue
        for model, path in _kept_by(of):
            ids = model._default_manager.filter(**{f"{path}__in": hidden}).values("pk")
            found |= Q(**{kind: model._meta.label_lower}, record_id__in=ids)
    return found


@cache
def _kept_by(of: Any) -> list[tuple[Any, str]]:
    """The models whose rows are withheld with a record of `of`, each with its way there."""
    found = ((model, keeper(model)) for model in apps.get_models())
    return [(model, kept[0]) for model, kept in found if kept is not None and kept[1] is of]


@cache
def _keepers() -> list[Any]:
    """The models that keep such records."""
    return [model for model in apps.get_models() if hasattr(model, "withheld_from")]
