"""One table out of a file, whatever its format: headings, then rows of text with their lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from keepwell.platform.exchange.readers import delimited, spreadsheet
from keepwell.platform.exchange.readers.limits import FileRefused, Limits

ZIP, OLE, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF"
Cells = list[str | None]


class RawRows(Protocol):
    """What a format's reader offers: how many lines there are if known, and the rows with their lines."""

    total: int | None

    def __iter__(self) -> Iterator[tuple[int, Cells]]: ...


class SourceTable:
    """The headings of a file, and its rows as (line, one text or None for each heading); `total` rows if known.

    Iterating raises FileRefused at the first row that cannot be read.
    """

    def __init__(self, rows: RawRows, limits: Limits) -> None:
        self.limits = limits
        self._rows = iter(rows)
        self.headings = self._headings()
        self.total = max(0, rows.total - 1) if rows.total is not None else None

    def _headings(self) -> list[str]:
        _line, cells = next(self._rows, (0, []))
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            raise FileRefused(_("The file is empty; its first line must name the columns."))
        if len(cells) > self.limits.columns:
            raise FileRefused(_("The file has more than %(most)d columns; take out those that are not needed.") % {
                "most": self.limits.columns})  # fmt: skip
        headings = [(cell or "").strip() for cell in cells]
        if "" in headings:
            raise FileRefused(_("Column %(number)d has no heading; name it or take it out.") % {"number": headings.index("") + 1})
        twice = next((h for h in headings if headings.count(h) > 1), None)
        if twice:
            raise FileRefused(_("Two columns are called “%(name)s”; each needs a name of its own.") % {"name": twice[:80]})
        return headings

    def __iter__(self) -> Iterator[tuple[int, Cells]]:
        width, read = len(self.headings), 0
        for line, cells in self._rows:
            if not any(cells):
                continue
            read += 1
            if read > self.limits.rows:
                raise FileRefused(_("The file has more than %(most)d rows; part it.") % {"most": self.limits.rows})
            if len(cells) > width:
                if any(cells[width:]):
                    raise FileRefused(_("Line %(line)d has more cells than there are headings; mend the line.") % {"line": line})
                del cells[width:]
            elif len(cells) < width:
                cells += [None] * (width - len(cells))
            yield line, cells


def open_table(path: Path, *, name: str = "", limits: Limits | None = None) -> SourceTable:
    """The table in the file at `path`; `name` is what the person calls it. Raises FileRefused."""
    limits = limits or Limits()
    size = path.stat().st_size
    if size == 0:
        raise FileRefused(_("The file is empty; its first line must name the columns."))
    if size > limits.size_bytes:
        raise FileRefused(_("The file is larger than %(most)d MB; part it.") % {"most": limits.size_bytes >> 20})
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(ZIP):
        return SourceTable(spreadsheet.Sheet(path, limits), limits)
    if start.startswith((OLE, PDF)) or name.lower().endswith((".xls", ".ods", ".pdf")):
        raise FileRefused(_("This is no CSV and no XLSX file, or it is protected by a password; save it as one of them."))
    return SourceTable(delimited.Lines(path, limits), limits)
