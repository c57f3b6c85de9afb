"""Filters: which parameters a register's list takes, and how each narrows the rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from keepwell.kernel import moments
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers.columns import Column, Kind, column
from keepwell.platform.registers.register import Register
from keepwell.platform.tree.models import Ancestry, Unit

RANGED = (Kind.DAY, Kind.MOMENT, Kind.NUMBER, Kind.DECIMAL)
PLAIN_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
PLAIN_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
PLAIN_DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,9})?", re.ASCII)
YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class BadWish(ValueError):
    """A list was asked for something it has not; the message says what, in one sentence."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a list: its name in the address, its column, the bound it sets ("": equality)."""

    name: str
    column: Column
    bound: str = ""

    @property
    def takes_several(self) -> bool:
        """Whether it may be given more than once: any of the values will do."""
        return not self.bound and (self.column.kind is Kind.CHOICE or self.column.related is not None)


def parameters(register: type[Register]) -> dict[str, Parameter]:
    """The filters of a register's list, by their names in the address."""
    found: list[Parameter] = []
    for c in (column(register.record, name) for name in register.filters):
        if c.field is None or c.kind in (Kind.LIST, Kind.MAPPING):
            raise RuntimeError(f"{register.__name__} cannot filter by {c.name}: no database column holds it.")
        if c.kind not in (Kind.DAY, Kind.MOMENT):
            found.append(Parameter(c.name, c))
        if c.kind in RANGED:
            found += [Parameter(f"{c.name}_from", c, "gte"), Parameter(f"{c.name}_to", c, "lte")]
    return {p.name: p for p in found}


def checked(parameter: Parameter, texts: Iterable[str]) -> tuple[str, ...]:
    """The values given for a filter, each of its kind; raises BadWish. Relations are looked up when used."""
    found = tuple(texts)
    if len(found) > 1 and not parameter.takes_several:
        raise BadWish(_("“%(name)s” can be given once only.") % {"name": parameter.name})
    for text in found:
        value_of(parameter, text)
    return found


def value_of(parameter: Parameter, text: str) -> Any:
    """`text` as the column holds it; relations stay text."""
    return READERS.get(parameter.column.kind, _text)(parameter, text)


def narrowed(
    rows: QuerySet[Any], parameter: Parameter, texts: Iterable[str], person: Person, day: date | None
) -> QuerySet[Any]:
    """Those of `rows` that fit one of the values; units count with all below them on `day`."""
    c = parameter.column
    if c.related:
        return rows.filter(_related(c, rows.model, [named(c.related, text, person) for text in texts], day))
    wanted = Q()
    for text in texts:
        value, lookup = value_of(parameter, text), parameter.bound or "exact"
        if c.kind is Kind.MOMENT:
            # The days of a reader begin and end where their unit is.
            bound, lookup = (moments.begins, "gte") if lookup == "gte" else (moments.ends, "lt")
            value = bound(value, person.unit.time_zone)
        wanted |= Q(**{f"{c.name}__{lookup}": value})
    return rows.filter(wanted)


def named(model: type[models.Model], text: str, person: Person) -> Any:
    """The record of `model` called `text` (its natural key or id), as far as `person` may see it."""
    found = visible_to(model._default_manager.filter(called(model, text)), person).first()
    if found is None:
        raise BadWish(
            _("No %(kind)s is called “%(text)s”.") % {"kind": model._meta.verbose_name, "text": text}
        )
    return found


def called(model: type[models.Model], text: str) -> Q:
    """A filter for the record whose natural key or id is `text`."""
    try:
        return Q(pk=UUID(text))
    except ValueError:
        keys: tuple[str, ...] = getattr(model, "key_fields", ())
        parts = text.split("|") if len(keys) > 1 else [text]
        if not keys or len(parts) != len(keys):
            return Q(pk__in=())
        return Q(**dict(zip(keys, parts, strict=True)))


def _related(c: Column, model: type[models.Model], found: list[Any], day: date | None) -> Q:
    wanted = Q()
    for one in found:
        if c.related is Unit:
            wanted |= Q(**{f"{c.name}__in": Ancestry.objects.under(one, day)})
        else:
            wanted |= Q(**{c.name: one})
    # A row with several links is found once.
    return Q(pk__in=model._default_manager.filter(wanted).values("pk")) if c.kind is Kind.MANY else wanted


def plain_day(text: str) -> date:
    """The day that `text` says as 2023-12-31; raises BadWish."""
    try:
        if PLAIN_DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadWish(_("“%(text)s” is no day; write it as 2023-12-31.") % {"text": text})


def _day(parameter: Parameter, text: str) -> date:
    return plain_day(text)


def _number(parameter: Parameter, text: str) -> int:
    if not PLAIN_NUMBER.fullmatch(text):
        raise BadWish(
            _("“%(name)s” takes a whole number, not “%(text)s”.") % {"name": parameter.name, "text": text}
        )
    return int(text)


def _decimal(parameter: Parameter, text: str) -> Decimal:
    if not PLAIN_DECIMAL.fullmatch(text):
        raise BadWish(
            _("“%(name)s” takes a number, not “%(text)s”.") % {"name": parameter.name, "text": text}
        )
    return Decimal(text)


def _yes_no(parameter: Parameter, text: str) -> bool:
    if text not in YES_NO:
        raise BadWish(
            _("“%(name)s” takes yes or no, not “%(text)s”.") % {"name": parameter.name, "text": text}
        )
    return YES_NO[text]


def _choice(parameter: Parameter, text: str) -> str:
    codes = [str(code) for code in parameter.column.choices]
    if text not in codes:
        raise BadWish(_("“%(name)s” takes %(codes)s; not “%(text)s”.") % {
            "name": parameter.name, "codes": ", ".join(codes), "text": text})  # fmt: skip
    return text


def _text(parameter: Parameter, text: str) -> str:
    return text


READERS: dict[Kind, Callable[[Parameter, str], Any]] = {
    Kind.DAY: _day, Kind.MOMENT: _day, Kind.NUMBER: _number, Kind.DECIMAL: _decimal, Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
}  # fmt: skip
