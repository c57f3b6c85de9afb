"""One table out of a file, whatever its format: headings, then rows of text with their lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from keepwell.platform.exchange.readers import delimited, spreadsheet
from keepwell.platform.exchange.readers.limits import FileRefused, Limits

ZIP, OLE = (b"PK\x03\x04", b"PK\x05\x06"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHERS = (b"%PDF", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"<")
Cells = list[str | None]


class RawRows(Protocol):
    """What a format's reader offers: how many lines there are if known, and the rows with their lines."""

    total: int | None

    def __iter__(self) -> Iterator[tuple[int, Cells]]: ...


class SourceTable:
    """The headings of a file, and its rows as (line, one text or None for each heading).

    `total` is how many rows there are, if that is known. Blank rows are passed over. Iterating raises
    FileRefused at the first row that cannot be read.
    """

    def __init__(self, rows: RawRows, limits: Limits) -> None:
        self.limits = limits
        self._rows = iter(rows)
        self.headings = self._headings()
        self.total = max(0, rows.total - 1) if rows.total is not None else None

    def _headings(self) -> list[str]:
        cells = next((cells for _line, cells in self._rows if any(cells)), [])
        while cells and not cells[-1]:
            cells.pop()
        # A file of a million headings is refused before each is looked at.
        headings = [heading(cell) for cell in cells[: self.limits.columns + 1]]
        while headings and not headings[-1]:
            headings.pop()
        if not headings:
            raise empty()
        if len(headings) > self.limits.columns:
            said = _("The file has more than %(most)d columns; take out those that are not needed.")
            raise FileRefused(said % {"most": self.limits.columns})
        if "" in headings:
            said = _("Column %(number)d has no heading; name it or take it out.")
            raise FileRefused(said % {"number": headings.index("") + 1})
        alike = [h.casefold() for h in headings]
        twice = next((h for h in headings if alike.count(h.casefold()) > 1), None)
        if twice:
            said = _("Two columns are called “%(name)s”; each needs a name of its own.")
            raise FileRefused(said % {"name": twice[:80]})
        return headings

    def __iter__(self) -> Iterator[tuple[int, Cells]]:
        width, read, longest = len(self.headings), 0, self.limits.cell_characters
        for line, cells in self._rows:
            if not any(cells):
                continue
            read += 1
            if read > self.limits.rows:
                said = _("The file has more than %(most)d rows; part it.")
                raise FileRefused(said % {"most": self.limits.rows})
            if len(cells) < width:
                cells += [None] * (width - len(cells))
            elif len(cells) > width:
                self._need_blank(line, cells[width:])
                del cells[width:]
            for number, cell in enumerate(cells):
                if cell and len(cell) > longest:
                    raise self._too_long(line, self.headings[number])
            yield line, cells

    def _need_blank(self, line: int, cells: Cells) -> None:
        if any(cells):
            said = _("Line %(line)d has more cells than there are headings; mend the line.")
            raise FileRefused(said % {"line": line})

    def _too_long(self, line: int, column: str) -> FileRefused:
        said = _("Line %(line)d, %(column)s: A cell holds %(most)d characters at most; shorten it.")
        return FileRefused(said % {"line": line, "column": column, "most": self.limits.cell_characters})


def heading(cell: str | None) -> str:
    """A heading as it is compared: composed, on one line, without outer blanks or marks that do not show."""
    shown = "".join(c for c in unicodedata.normalize("NFC", cell or "") if unicodedata.category(c) != "Cf")
    return " ".join(shown.split())


def empty() -> FileRefused:
    """What is said of a file without a heading."""
    return FileRefused(_("The file is empty; its first line must name the columns."))


def open_table(path: Path, *, name: str = "", limits: Limits | None = None) -> SourceTable:
    """The table in the file at `path`, by its content; `name` is what the person calls it.

    Raises FileRefused.
    """
    limits = limits or Limits()
    size, called = path.stat().st_size, {"name": name or path.name}
    if size == 0:
        raise empty()
    if size > limits.size_bytes:
        raise FileRefused(
            _("The file is larger than %(most)d MB; part it.") % {"most": limits.size_bytes >> 20}
        )
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(ZIP):
        return SourceTable(spreadsheet.Sheet(path, limits), limits)
    if start.startswith(OLE):
        said = _("“%(name)s” is an old workbook, or one with a password; save it as XLSX without one.")
        raise FileRefused(said % called)
    if start.startswith(OTHERS):
        raise FileRefused(_("“%(name)s” is neither CSV nor XLSX; save it as one of them.") % called)
    return SourceTable(delimited.Lines(path, limits), limits)
