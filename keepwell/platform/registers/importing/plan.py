"""Which column of a file is which column of the register."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from django.utils.translation import gettext as _

from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange import cells
from keepwell.platform.exchange.cells import CellError
from keepwell.platform.exchange.readers import SourceTable
from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models import Barred
from keepwell.platform.registers.columns import Column, Kind
from keepwell.platform.registers.register import Register

ID = "id"


Reader = Callable[[str], object]


@dataclass(frozen=True)
class Plan:
    """For each heading of the file its column (None for the id) and how its cells are read."""

    register: type[Register]
    headings: list[str]
    columns: list[Column | None]
    readers: list[Reader]
    barred: Barred = field(default_factory=Barred)

    @property
    def model(self) -> type[Tracked]:
        """The kind of record that rows become; files bring tracked ones alone."""
        if not issubclass(self.register.record, Tracked):
            raise TypeError(f"{self.register.slug()} are not tracked; a feed brings them.")
        return self.register.record

    @property
    def names(self) -> list[str]:
        return [c.name if c else ID for c in self.columns]


def only_told(register: type[Register]) -> set[str]:
    """The columns of a register's files that are taken out and never brought in."""
    return set(register.told_columns) - set(register.filed_names())


class Told:
    """A file without the columns that only tell, which are changed by acts: nothing of them is brought in."""

    def __init__(self, register: type[Register], table: SourceTable) -> None:
        told = only_told(register)
        self._places = [n for n, heading in enumerate(table.headings) if heading not in told]
        self._table = table
        self.headings = [table.headings[n] for n in self._places]
        self.total = table.total

    def __iter__(self) -> Iterator[tuple[int, list[str | None]]]:
        for line, texts in self._table:
            yield line, [texts[n] for n in self._places]


def plan(register: type[Register], table: SourceTable | Told) -> Plan:
    """Read the headings; refuses an unknown one and a file without the natural key and without ids."""
    known = {c.name: c for c in register.filed()}
    unknown = [h for h in table.headings if h != ID and h not in known]
    if unknown:
        raise Refused(_("No column of %(register)s is called “%(heading)s”; known are %(known)s.") % {
            "register": register.title(), "heading": unknown[0], "known": ", ".join([ID, *known])})  # fmt: skip
    missing = [name for name in key_columns(register) if name not in table.headings]
    if missing and ID not in table.headings:
        raise Refused(
            _("The column “%(name)s” is missing; it tells which record a row is.") % {"name": missing[0]}
        )
    columns = [None if h == ID else known[h] for h in table.headings]
    return Plan(register, table.headings, columns, [reader(c) for c in columns])


def key_columns(register: type[Register]) -> list[str]:
    """The file columns that make the natural key, as standard and number of standard__code and number."""
    paths: tuple[str, ...] = getattr(register.record, "key_fields", ())
    return [path.partition("__")[0] for path in paths]


def reader(c: Column | None) -> Reader:
    """How a filled cell of a column is read; the reader raises CellError saying what is expected."""
    if c is None:
        return _id
    if c.kind is Kind.CHOICE:
        return partial(cells.choice, codes=list(c.offered))
    if c.kind in (Kind.MANY, Kind.LIST):
        return cells.items
    known: dict[Kind, Reader] = {Kind.NUMBER: cells.integer, Kind.DECIMAL: cells.decimal, Kind.DAY: cells.day,
                                 Kind.YES_NO: cells.boolean, Kind.MAPPING: cells.mapping}  # fmt: skip
    return known.get(c.kind, cells.text)


def _id(text: str) -> UUID:
    try:
        return UUID(text.strip())
    except ValueError as error:
        raise CellError(_("the id of a record, or nothing for a new one")) from error


def filled_in(text: str | None) -> str:
    """What stood in a cell, for an error."""
    return text or ""
