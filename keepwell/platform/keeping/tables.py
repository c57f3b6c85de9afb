"""Which tables a backup holds, and of what kind their columns are, told without a database's own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

PASSING = {"sessions.session", "identity.session", "people.budget"}
"""Rows that are worth nothing an hour later; a model of ours says so itself by `is_passing`."""

KINDS: dict[type[models.Field[Any, Any]], str] = {
    models.BooleanField: "boolean",
    models.IntegerField: "integer",
    models.FloatField: "float",
    models.DecimalField: "decimal",
    models.DateTimeField: "moment",
    models.DateField: "day",
    models.TimeField: "time",
    models.DurationField: "duration",
    models.UUIDField: "uuid",
    models.JSONField: "json",
    models.BinaryField: "binary",
    models.GenericIPAddressField: "address",
    models.FileField: "text",
    models.CharField: "text",
    models.TextField: "text",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, the kind of its values, and the places of a decimal."""

    name: str
    kind: str
    places: int = 0


@dataclass(frozen=True)
class Table:
    """One table with its columns in the order in which its rows are written; `by` is the column by which rows follow each
    other where nothing may tell in which order they came ("": they follow each other as it is quickest)."""

    name: str
    columns: tuple[Column, ...]
    by: str = ""

    @property
    def ordered(self) -> str:
        """The words of a statement that put its rows in order."""
        return f' ORDER BY "{self.by}"' if self.by else ""

    def told(self) -> dict[str, Any]:
        """The table as a backup tells of it."""
        return {"name": self.name, "columns": [[c.name, c.kind, c.places] for c in self.columns]}

    @classmethod
    def of(cls, told: dict[str, Any]) -> Table:
        """The table that a backup tells of."""
        return cls(told["name"], tuple(Column(*column) for column in told["columns"]))


def kept_tables() -> list[Table]:
    """Every table whose rows a backup holds, by name."""
    tables = [Table(m._meta.db_table, tuple(_columns(m)), _by(m)) for m in kept_models()]
    return sorted(tables, key=lambda table: table.name)


def kept_models() -> list[type[models.Model]]:
    """Every model whose rows a backup holds; links between two included."""
    return [
        model for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and not is_passing(model)
    ]  # fmt: skip


def is_passing(model: type[models.Model]) -> bool:
    """Whether rows of `model` are left out of backups."""
    return model._meta.label_lower in PASSING or getattr(model, "is_passing", False)


def _by(model: type[models.Model]) -> str:
    """By which column rows follow each other whose order is nobody's to know: the key of a model that says so by
    `keeps_no_order`, of a link to one what it links; else ""."""
    link = _link_without_order(model)
    if link is not None:
        return str(link.column)
    return str(model._meta.pk.column) if getattr(model, "keeps_no_order", False) else ""


def _link_without_order(model: type[models.Model]) -> Any:
    """Of a table of links between two models, the link to one whose order is nobody's to know; None where there is none.
    Its own key is counted on with each row and tells that order: a backup leaves it out, and it is drawn anew."""
    links = model._meta.local_concrete_fields if model._meta.auto_created else ()
    return next((one for one in links if getattr(one.related_model, "keeps_no_order", False)), None)


def _columns(model: type[models.Model]) -> Iterator[Column]:
    is_counted = _link_without_order(model) is not None
    for field in model._meta.local_concrete_fields:
        if not getattr(field, "generated", False) and not (is_counted and field.primary_key):
            target = _target(field)
            yield Column(str(field.column), kind_of(target), getattr(target, "decimal_places", None) or 0)


def kind_of(field: models.Field[Any, Any]) -> str:
    """The kind of a field's values; one of no known kind is a programming error."""
    for known, kind in KINDS.items():
        if isinstance(field, known):
            return kind
    raise RuntimeError(f"{field} is of no kind that a backup knows; name it in keeping/tables.py.")


def _target(field: Any) -> Any:
    """The field whose values a column holds: of a link, the key of what it links to."""
    while field.is_relation:
        field = field.target_field
    return field
