"""Cells of a file: from text to a typed value, or what was expected instead."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
ZONE = r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
MOMENT = re.compile(f"{DAY.pattern}(?:[T ]{CLOCK}{ZONE})?")
PARTED = re.compile(r"(?:\\.|[^|])+", re.DOTALL)
ESCAPED = re.compile(r"\\([\\|])")
SHOWN = 80
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
        return _("line %(line)d, %(column)s: found “%(found)s”, expected %(expected)s.") % {
            "line": self.line,
            "column": self.column,
            "found": shown(self.found),
            "expected": self.expected.rstrip("."),
        }


def shown(found: str) -> str:
    """What stood in a cell, short and on one line, for a message or a log."""
    return "".join(c if c.isprintable() else "\ufffd" for c in found[:SHOWN])


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
    return Decimal(found)


def day(cell: str) -> date:
    """A day in ISO form; the midnight of a spreadsheet's day is that day."""
    found = cell.strip().removesuffix("T00:00:00").removesuffix(" 00:00:00")
    if not DAY.fullmatch(found):
        raise CellError(_("a day as 2023-02-28"))
    try:
        return date.fromisoformat(found)
    except ValueError as error:
        raise CellError(_("a day that exists, as 2023-02-28")) from error


def moment(cell: str, zone: ZoneInfo | None = None) -> datetime:
    """A moment in ISO form; a day alone is its midnight.

    One that names no zone is told by the clocks of `zone` and comes in UTC: the first of two if they show it
    twice, refused if they skip it; without `zone` it stays without one.
    """
    found = cell.strip()
    if not MOMENT.fullmatch(found):
        raise CellError(_("a moment as 2023-02-28T08:15:00"))
    try:
        told = datetime.fromisoformat(found)
        # A zone may carry a moment beyond the years there are.
        if told.tzinfo:
            told.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CellError(_("a moment that exists, as 2023-02-28T08:15:00")) from error
    return told if told.tzinfo or zone is None else placed(told, zone)


def placed(told: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of `zone` told, in UTC; refused if they never showed it, as in a skipped hour."""
    try:
        at = told.replace(tzinfo=zone).astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=None) == told:
            return at
    except OverflowError:
        pass  # a zone may carry a moment beyond the years there are; what that means is said below
    raise CellError(_("a moment that the clocks of %(zone)s show") % {"zone": zone.key})


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


def mapping(cell: str) -> dict[str, str]:
    """Names and what each stands for, as a JSON object of texts."""
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise CellError(_('a JSON object of texts, as {"Employee No.": "person"}'))
    return {text(name): text(value) for name, value in found.items()}


def items(cell: str) -> list[str]:
    r"""A list whose items are parted by |; within an item \| stands for | and \\ for \."""
    parted = (ESCAPED.sub(r"\1", item) for item in PARTED.findall(cell))
    return [text(item) for item in parted if item.strip()]


def joined(values: Iterable[object]) -> str:
    """A list as `items` reads it back, whatever its items hold."""
    return "|".join(re.sub(r"([\\|])", r"\\\1", str(value)) for value in values)
