"""XLSX: looked at as an archive before any of it is parsed, then read as text."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine
from django.utils.translation import gettext as _

from keepwell.platform.exchange.readers.limits import FileRefused, Limits

PART_BYTES = 1 << 20
OVERLAP = 512
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
FORMULA = re.compile(rb'<c [^>]*?r="([A-Z]{1,3}[0-9]{1,7})"[^>]*><f[ >/]')
DIMENSION = re.compile(rb'<dimension ref="[A-Z]{1,3}[0-9]{1,7}:([A-Z]{1,3})([0-9]{1,7})"')


class Sheet:
    """The rows of the first sheet."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.limits = limits
        inspect(path, limits)
        try:
            book = python_calamine.CalamineWorkbook.from_path(str(path))
            names = book.sheet_names
            self.sheet = book.get_sheet_by_index(0) if names else None
        except (python_calamine.CalamineError, ValueError, OSError) as error:
            raise damaged() from error
        if self.sheet is None:
            raise FileRefused(_("The workbook has no sheet."))
        self.total: int | None = self.sheet.total_height
        if self.sheet.total_width > 10 * limits.columns:
            raise FileRefused(_("The file has more than %(most)d columns; take out those that are not needed.") % {
                "most": limits.columns})  # fmt: skip

    def __iter__(self) -> Iterator[tuple[int, list[str | None]]]:
        assert self.sheet is not None  # noqa: S101  # refused above
        start = self.sheet.start[0] + 1 if self.sheet.start else 1
        for line, row in enumerate(self.sheet.iter_rows(), start=start):
            yield line, [told(value) for value in row]


def told(value: Any) -> str | None:
    """A cell's value as canonical text: ISO days and moments, whole numbers without a point; None if empty."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return None if value is None else str(value)


def damaged() -> FileRefused:
    """What is said of a workbook that cannot be opened."""
    return FileRefused(_("The workbook is damaged or cut off; open it, save it again as XLSX, and bring that in."))


def inspect(path: Path, limits: Limits) -> None:
    """Refuse an archive that is damaged, unpacks to too much, or holds formulas."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > limits.members:
                raise FileRefused(_("The workbook has too many parts; save it again as XLSX."))
            if not any(SHEET.fullmatch(m.filename) for m in members):
                raise FileRefused(_("This archive is no XLSX workbook; save the sheet as XLSX or CSV."))
            left = min(limits.unpacked_bytes, max(limits.ratio * path.stat().st_size, PART_BYTES))
            for member in members:
                if member.flag_bits & 1:
                    raise FileRefused(_("The workbook is protected by a password; save it without one."))
                left -= _weigh(archive, member, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as error:
        raise damaged() from error


def _weigh(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> int:
    """How many bytes a member really unpacks to, read in parts; sheets are searched for formulas."""
    size, tail, is_sheet = 0, b"", bool(SHEET.fullmatch(member.filename))
    with archive.open(member) as file:
        while part := file.read(PART_BYTES):
            size += len(part)
            if size > left:
                raise FileRefused(_("The workbook unpacks to more than is allowed; save it again with fewer rows, or as CSV."))
            if is_sheet and (found := FORMULA.search(tail + part)):
                raise FileRefused(_("Cell %(cell)s holds a formula; put its value there instead.") % {"cell": found[1].decode()})
            tail = part[-OVERLAP:]
    return size
