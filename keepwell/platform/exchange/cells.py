"""Cells of a file: from text to a typed value, or what was expected instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

LONGEST = 32_767
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")
YES, NO = ("true", "yes", "1"), ("false", "no", "0")


class CellError(ValueError):
    """A cell does not fit; `expected` says what would."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


@dataclass(frozen=True)
class RowError:
    """A cell of a file that does not fit: where, what stood there, what is expected."""

    line: int
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        words = {"line": self.line, "column": self.column, "found": self.found[:80], "expected": self.expected}
        return _("line %(line)d, %(column)s: found “%(found)s”, expected %(expected)s.") % {
            **words, "expected": self.expected.rstrip(".")}  # fmt: skip


def text(cell: str) -> str:
    """Text without outer blanks, composed (NFC), without control characters."""
    found = cell.strip()
    if found.isascii() and found.isprintable():
        return found
    found = unicodedata.normalize("NFC", found)
    if CONTROL.search(found):
        raise CellError(_("text without control characters"))
    return found


def integer(cell: str) -> int:
    """A whole number, as 12 or -3."""
    found = cell.strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", found):
        raise CellError(_("a whole number, as 12"))
    return int(found)


def decimal(cell: str) -> Decimal:
    """A number with a point."""
    found = cell.strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?", found):
        raise CellError(_("a number with a point, as 1.5"))
    try:
        return Decimal(found)
    except InvalidOperation as error:
        raise CellError(_("a number with a point, as 1.5")) from error


def day(cell: str) -> date:
    """A day in ISO form; the midnight of a spreadsheet's day is that day."""
    found = cell.strip().removesuffix("T00:00:00").removesuffix(" 00:00:00")
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", found):
            return date.fromisoformat(found)
    except ValueError as error:
        raise CellError(_("a day that exists, as 2023-02-28")) from error
    raise CellError(_("a day as 2023-02-28"))


def moment(cell: str) -> datetime:
    """A moment in ISO form, aware if it names a zone; a day alone is its midnight."""
    found = cell.strip()
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", found):
        raise CellError(_("a moment as 2023-02-28T08:15:00"))
    try:
        return datetime.fromisoformat(found)
    except ValueError as error:
        raise CellError(_("a moment that exists, as 2023-02-28T08:15:00")) from error


def boolean(cell: str) -> bool:
    """True or false."""
    found = cell.strip().lower()
    if found in YES:
        return True
    if found in NO:
        return False
    raise CellError(_("true or false"))


def choice(cell: str, codes: Sequence[str]) -> str:
    """One of the codes, exactly."""
    found = cell.strip()
    if found not in codes:
        raise CellError(_("one of %(codes)s") % {"codes": ", ".join(codes)})
    return found


def items(cell: str) -> list[str]:
    """A list whose items are parted by |."""
    return [text(item) for item in cell.split("|") if item.strip()]
