"""Cells: values of a record as a reader sees them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import ForeignKey, QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Person
from keepwell.platform.publishing import format as told
from keepwell.platform.records.models import sees_all, visible_to
from keepwell.platform.registers.columns import Column, Kind, column
from keepwell.platform.registers.filtering import BadWish, plain_day
from keepwell.platform.registers.register import Register, register_of

FEW, SHORT = 12, 14
NOBODY, NOTHING = UUID(int=0), 0


class Cell(NamedTuple):
    """One value: its column, the raw value, the text of a choice or relation, and where it leads."""

    column: Column
    value: Any
    text: str
    url: str = ""
    badge: Any = None

    @property
    def first_text(self) -> str:
        """The text of the cell that leads to the record; never empty."""
        return self.text or "…"

    @property
    def is_short(self) -> bool:
        """Whether it stays on one line: a day, a moment, a number or a code, not a sentence."""
        return self.column.kind in (Kind.DAY, Kind.MOMENT) or len(self.text) <= SHORT

    @property
    def is_empty(self) -> bool:
        return self.value in (None, "", [], {})


def cells(register: type[Register], record: Any, columns: Sequence[Column] = ()) -> list[Cell]:
    """The cells of a list row, of the register's own columns if none are named; the first leads to the record."""
    return leading(register, record, [cell(c, record) for c in columns or register.shown()])


def leading(register: type[Register], record: Any, row: list[Cell]) -> list[Cell]:
    """`row` with a first cell that leads to the record's page."""
    first = row[0]
    return [Cell(first.column, first.value, first.text, record_url(register, record.pk)), *row[1:]]


def record_url(register: type[Register], pk: Any) -> str:
    """Where the page of a record is; a list asks for hundreds."""
    before, after = _around(register.slug(), NOBODY if register.has_uuid() else NOTHING)
    return f"{before}{pk}{after}"


@cache
def _around(slug: str, some: UUID | int) -> tuple[str, str]:
    """What stands before and after the key in the addresses of a register's records."""
    before, _key, after = reverse(f"{slug}-record", kwargs={"pk": some}).rpartition(str(some))
    return before, after


def facts(register: type[Register], record: Any) -> list[Cell]:
    """Everything a record's page says, each once: what was typed, then what follows from it. What the record keeps for
    files and programs alone (`files_alone`), as a web address that nobody shall open, is left out."""
    names = dict.fromkeys([*register.form_fields, *register.filed_names(), *register.columns])
    alone = getattr(register.record, "files_alone", ())
    names = {
        name: None
        for name in names
        if name not in alone
        and (name.removesuffix("_here") == name or name.removesuffix("_here") not in names)
    }
    found: dict[str, Cell] = {}
    for name in names:
        one = cell(column(register.record, name), record, linked=True)
        label = str(one.column.label)
        # A state and its badge are one fact; the badge says more.
        found[label if one.badge or label not in found else name] = one
    return list(found.values())


def cell(c: Column, record: Any, *, linked: bool = False) -> Cell:
    """One column of one record."""
    value = c.value(record)
    url = relation_url(c, value) if linked and c.kind is Kind.ONE and value is not None else ""
    return Cell(c, value, text(c, value), url, value if hasattr(value, "icon") else None)


def text(c: Column, value: Any) -> str:
    """A choice by its label, relations by name, lists with commas; other kinds are formatted by the page."""
    if value is None:
        return ""
    if c.kind is Kind.CHOICE:
        return c.label_of(value)
    if c.kind is Kind.MANY:
        names = [getattr(one, "code", str(one)) for one in value]
        return ", ".join(names[:FEW]) + ("…" if len(names) > FEW else "")
    if c.kind is Kind.LIST:
        return _(", ").join(map(item, value))
    if c.kind is Kind.MAPPING:
        return mapping(value)
    return str(value)


def mapping(value: Any) -> str:
    """Names and values, each as a reader sees it; what lies deeper stands in brackets."""
    return _("; ").join(f"{key}: {item(one)}" for key, one in value.items())


def item(value: Any) -> str:
    """One item of a list; a day as a day is read, and what has parts by its parts."""
    if isinstance(value, dict):
        return f"({mapping(value)})"
    if isinstance(value, list):
        return _(", ").join(map(item, value))
    if isinstance(value, bool) or value is None:
        return _("yes") if value else _("no") if value is False else "–"
    try:
        return told.day(plain_day(value))
    except (BadWish, TypeError):
        return str(value)


def relation_url(c: Column, value: Any) -> str:
    """Where the related record's page is; empty if it has none."""
    register = register_of(type(value))
    return record_url(register, value.pk) if register else ""


@dataclass(frozen=True)
class Panel:
    """A related list on a record's page."""

    title: str
    columns: list[Column]
    rows: list[list[Cell]]
    more: bool


MOST_ROWS = 20
PANELS: dict[Hashable, Ready] = {}


def panels(register: type[Register], record: Any, person: Person) -> list[Panel]:
    """The related lists a record's page shows, as far as `person` may see them."""
    return [_panel(getattr(record, name), names, record, person) for name, names in register.panels.items()]


def _panel(manager: Any, names: list[str], record: Any, person: Person) -> Panel:
    columns = [column(manager.model, name) for name in names]
    register = register_of(manager.model)
    found = _rows_of(manager, names, record, person)
    shown = [(r, [cell(c, r, linked=True) for c in columns]) for r in found[:MOST_ROWS]]
    title = capfirst(str(manager.model._meta.verbose_name_plural))
    return Panel(
        title,
        columns,
        [leading(register, r, row) if register else row for r, row in shown],
        len(found) > MOST_ROWS,
    )


def _rows_of(manager: Any, names: list[str], record: Any, person: Person) -> list[Any]:
    """What a panel shows of the rows that `manager` relates to `record`, and one more; by a query made once where rights
    keep none of them out."""
    model, link = manager.model, getattr(manager, "field", None)
    singles = sorted({path for name in names for path in column(model, name).single_relations})

    def shown(rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.select_related(*singles).order_by("-since" if "since" in names else "-pk")[
            : MOST_ROWS + 1
        ]

    is_closed = register_of(model) is not None and not sees_all(model, person)
    if is_closed or not isinstance(link, ForeignKey) or not isinstance(record.pk, UUID):
        rows = manager.all()
        return list(shown(visible_to(rows, person) if is_closed else rows))
    key = model, link.name, tuple(names)
    if key not in PANELS:
        PANELS[key] = Ready(lambda pk: shown(model._default_manager.filter(**{link.attname: pk})), UUID)
    found = PANELS[key].records(record.pk)
    for row in found:
        setattr(row, link.name, record)
    return found
