"""Which column of a file is which column of the register."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange import cells
from keepwell.platform.exchange.cells import CellError
from keepwell.platform.exchange.readers import SourceTable
from keepwell.platform.registers.columns import Column, Kind
from keepwell.platform.registers.register import Register

ID = "id"


@dataclass(frozen=True)
class Plan:
    """For each heading of the file its column; None for the id."""

    register: type[Register]
    headings: list[str]
    columns: list[Column | None]

    @property
    def names(self) -> list[str]:
        return [c.name if c else ID for c in self.columns]


def plan(register: type[Register], table: SourceTable) -> Plan:
    """Read the headings; refuses an unknown one and a file without the natural key and without ids."""
    known = {c.name: c for c in register.filed()}
    unknown = [h for h in table.headings if h != ID and h not in known]
    if unknown:
        raise Refused(_("No column of %(register)s is called “%(heading)s”; known are %(known)s.") % {
            "register": register.title(), "heading": unknown[0], "known": ", ".join([ID, *known])})  # fmt: skip
    missing = [name for name in key_columns(register) if name not in table.headings]
    if missing and ID not in table.headings:
        raise Refused(_("The column “%(name)s” is missing; it tells which record a row is.") % {"name": missing[0]})
    return Plan(register, table.headings, [None if h == ID else known[h] for h in table.headings])


def key_columns(register: type[Register]) -> list[str]:
    """The file columns that make the natural key, as standard and number of standard__code and number."""
    paths: tuple[str, ...] = getattr(register.record, "key_fields", ())
    return [path.partition("__")[0] for path in paths]


def parsed(c: Column | None, text: str | None) -> object:
    """A cell as its column's kind; empty is None. Raises CellError saying what is expected."""
    if text is None or not text.strip():
        return None
    if c is None:
        return _id(text)
    if c.kind is Kind.CHOICE:
        return cells.choice(text, list(c.choices))
    if c.kind in (Kind.MANY, Kind.LIST):
        return cells.items(text)
    reader = {Kind.NUMBER: cells.integer, Kind.DECIMAL: cells.decimal, Kind.DAY: cells.day,
              Kind.YES_NO: cells.boolean}.get(c.kind, cells.text)  # fmt: skip
    return reader(text)


def _id(text: str) -> UUID:
    try:
        return UUID(text.strip())
    except ValueError as error:
        raise CellError(_("the id of a record, or nothing for a new one")) from error


def filled_in(text: str | None) -> str:
    """What stood in a cell, for an error."""
    return text or ""
