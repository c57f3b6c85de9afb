"""Rows to files that spreadsheets open without running anything in them, and that read back unchanged.

CSV has only text, and a spreadsheet takes what begins with = + - @ (also in full width), TAB, CR or LF for
a formula; one whose lists are parted by semicolons sees such a beginning after a semicolon or a line break
too. At each such place one apostrophe is put, also before an apostrophe that stands there already; the
reader takes one apostrophe away at each. So every text comes back as it was, and numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from keepwell.kernel.refusing import Refused

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
RUNS = "[\\s\"\ufeff\u200b]*[=+\\-@＝＋－＠']"
PARTS = "(?<=[;\t\r\n])"
SUSPECT = re.compile("[=+\\-@＝＋－＠'\t\r\n]")
GUARDED = re.compile(f"\\A(?=[\t\r\n]|{RUNS})|{PARTS}(?={RUNS})")
UNGUARDED = re.compile(f"\\A'(?=[\t\r\n]|{RUNS})|{PARTS}'(?={RUNS})")
FLUSH_ROWS = 1_000
MOST_ROWS_XLSX = 1_048_575
WIDTH = 18


def guarded(cell: str) -> str:
    """`cell` as a spreadsheet shows it and never runs it."""
    if not SUSPECT.search(cell) or NUMBER.fullmatch(cell):
        return cell
    return GUARDED.sub("'", cell)


def unguarded(cell: str) -> str:
    """The cell that was guarded."""
    return UNGUARDED.sub("", cell)


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Parts of a CSV file (UTF-8 with BOM, CRLF, RFC 4180)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([guarded(heading) for heading in headings])
    for number, row in enumerate(rows, start=1):
        writer.writerow([guarded(cell) for cell in row])
        if number % FLUSH_ROWS == 0:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> bytes:
    part = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return part


def write_xlsx(headings: Sequence[str], rows: Iterable[Sequence[str]], file: IO[bytes]) -> int:
    """Write an XLSX file of text cells only, whatever they begin with; returns how many rows.

    Raises Refused for more rows or longer cells than a workbook holds.
    """
    import xlsxwriter  # some 30 ms, and few processes write a workbook

    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet("Keepwell")
    bold, plain = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    sheet.set_column(0, len(headings) - 1, WIDTH, plain)
    sheet.freeze_panes(1, 0)
    count = 0
    for column, heading in enumerate(headings):
        put_text(sheet, 0, column, heading, bold)
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS_XLSX:
            said = _("A workbook holds %(most)d rows at most; take them out as CSV.")
            raise Refused(said % {"most": MOST_ROWS_XLSX})
        for column, cell in enumerate(row):
            if cell:
                put_text(sheet, count, column, cell, plain)
    book.close()
    return count


def put_text(sheet: Any, row: int, column: int, cell: str, look: Any) -> None:  # XlsxWriter tells no types
    """Write one cell as text; the typed methods of XlsxWriter never look for formulas, links or numbers."""
    if cell.startswith("<r>") and cell.endswith("</r>"):
        # XlsxWriter 3 writes such a string as ready XML, which could hold a formula: so it gets ready XML.
        cell = f'<r><t xml:space="preserve">{escape(cell)}</t></r>'
    told = sheet.write_string(row, column, cell, look)
    if told:
        raise Refused(
            _("Row %(row)d has a text too long for a workbook; take the rows out as CSV.") % {"row": row}
        )
