"""Columns: what a register knows of one field, property or path of its record."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, get_type_hints

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import get_language

from keepwell.platform.records.choices import GrowingChoice


class Kind(StrEnum):
    """What a column holds, which decides how it is shown, aligned, filtered, typed and filed."""

    TEXT = "text"
    NUMBER = "number"
    DECIMAL = "decimal"
    DAY = "day"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CHOICE = "choice"
    ONE = "one"
    MANY = "many"
    LIST = "list"
    MAPPING = "mapping"


SAID_AS_THEY_ARE = frozenset({Kind.TEXT, Kind.CHOICE, Kind.ONE, Kind.MANY, Kind.LIST, Kind.MAPPING})


@dataclass(frozen=True)
class Column:
    """One column: its name in the record, its label, its kind, and the field behind it (None: a property)."""

    name: str
    label: str | Promise
    kind: Kind
    field: Any  # models.Field of any kind, or None
    model: type[models.Model]

    @cached_property
    def steps(self) -> list[str]:
        """The attributes that lead to the value."""
        return self.name.split("__")

    @property
    def is_stored(self) -> bool:
        """Whether the database can sort and filter by it."""
        return self.field is not None and self.kind not in (Kind.MANY, Kind.LIST, Kind.MAPPING)

    @cached_property
    def is_numeric(self) -> bool:
        return self.kind in (Kind.NUMBER, Kind.DECIMAL)

    @cached_property
    def is_said_as_it_is(self) -> bool:
        """Whether the text of a cell is all that is shown of it: no amount, no day, no badge of a state."""
        return self.kind in SAID_AS_THEY_ARE and self.name not in ("state", "status")

    @cached_property
    def single_relations(self) -> list[str]:
        """Paths to fetch together with the row."""
        if self.kind is Kind.ONE:
            return [self.name]
        return [self.name.rpartition("__")[0]] if "__" in self.name else []

    @property
    def key_relations(self) -> list[str]:
        """Paths that the natural key of the related record reads."""
        if self.kind is not Kind.ONE:
            return []
        paths = (path.rpartition("__")[0] for path in getattr(self.related, "key_fields", ()))
        return [f"{self.name}__{path}" for path in paths if path]

    @property
    def many_relations(self) -> list[str]:
        """Paths to fetch in one further query."""
        return [self.name] if self.kind is Kind.MANY else []

    @property
    def related(self) -> type[models.Model] | None:
        """The model it points to; None if it points to none."""
        return self.field.related_model if self.kind in (Kind.ONE, Kind.MANY) else None

    @cached_property
    def choices(self) -> dict[str, str | Promise]:
        """Code to label; empty unless a choice."""
        return dict(self.field.flatchoices) if self.kind is Kind.CHOICE else {}

    @cached_property
    def _labels(self) -> dict[str | None, dict[str, str]]:
        """By language, what was said before; a list says the same few again and again."""
        return defaultdict(dict)

    def label_of(self, code: Any) -> str:
        """A choice by its label in the reader's language; what is no choice (any more) as it is."""
        if code not in self.choices:
            return str(code)
        known = self._labels[get_language()]
        if code not in known:
            known[code] = str(self.choices[code])
        return known[code]

    @property
    def offered(self) -> dict[str, str | Promise]:
        """The choices of today: those that are the same everywhere, and those that were added here."""
        added = self.field.added() if isinstance(self.field, GrowingChoice) else {}
        return {**self.choices, **added}

    def value(self, record: Any) -> Any:
        """The raw value in `record`."""
        for step in self.steps:
            record = getattr(record, step, None)
        if self.kind is Kind.MANY:
            return sorted(record.all(), key=str)
        return record

    def code(self, record: Any) -> Any:
        """The value as files and the API carry it: relations by natural key, the rest as it is."""
        found = self.value(record)
        if self.kind is Kind.ONE:
            return found.natural_key() if found is not None else None
        if self.kind is Kind.MANY:
            return sorted(one.natural_key() for one in found)
        return found


KINDS: list[tuple[type[models.Field[Any, Any]], Kind]] = [
    (models.ForeignKey, Kind.ONE),
    (models.ManyToManyField, Kind.MANY),
    (models.BooleanField, Kind.YES_NO),
    (models.DateTimeField, Kind.MOMENT),
    (models.DateField, Kind.DAY),
    (models.DecimalField, Kind.DECIMAL),
    (models.IntegerField, Kind.NUMBER),
]
PROPERTY_KINDS: dict[Any, Kind] = {
    int: Kind.NUMBER, bool: Kind.YES_NO, datetime: Kind.MOMENT, date: Kind.DAY, Decimal: Kind.DECIMAL,
}  # fmt: skip


@cache
def column(model: type[models.Model], name: str) -> Column:
    """The column `name` of `model`: a field, a path of fields, or a property."""
    field, owner = _field(model, name)
    if field is None:
        return _property(model, name)
    return Column(name, field.verbose_name, _kind(field), field, owner)


def _field(model: type[models.Model], name: str) -> tuple[Any, type[models.Model]]:
    *steps, last = name.split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]  # a step is a relation
    try:
        return model._meta.get_field(last), model
    except FieldDoesNotExist:
        return None, model


def _kind(field: Any) -> Kind:
    if getattr(field, "choices", None):
        return Kind.CHOICE
    if isinstance(field, models.JSONField):
        return Kind.LIST if field.default is list else Kind.MAPPING
    return next((kind for cls, kind in KINDS if isinstance(field, cls)), Kind.TEXT)


def _property(model: type[models.Model], name: str) -> Column:
    found = getattr(model, name, None)
    getter = getattr(found, "fget", found)
    if getter is None:
        raise RuntimeError(f"{model.__name__} has no field or property called {name}.")
    returns = get_type_hints(getter).get("return") if callable(getter) else None
    options = [t for t in getattr(returns, "__args__", (returns,)) if t is not type(None)]
    label = getattr(getter, "label", name.replace("_", " "))
    return Column(name, label, PROPERTY_KINDS.get(options[0] if options else None, Kind.TEXT), None, model)
