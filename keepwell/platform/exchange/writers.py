"""Rows to files that spreadsheets open without running anything in them, and that read back unchanged.

CSV has only text, and a spreadsheet takes text that begins with = + - @ TAB or CR for a formula. Such
text is written with one apostrophe before it, and so is text that begins with an apostrophe; the reader
takes one apostrophe away. Numbers are written as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import xlsxwriter

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
FLUSH_ROWS = 1_000
MOST_ROWS_XLSX = 1_048_575
WIDTH = 18


def guarded(cell: str) -> str:
    """`cell` as a spreadsheet shows it and never runs it."""
    start = cell.lstrip(" \u00a0\u3000")
    return f"'{cell}" if start.startswith(RUNS) and not NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """The cell that was guarded."""
    start = cell[1:].lstrip(" \u00a0\u3000")
    return cell[1:] if cell.startswith("'") and start.startswith(RUNS) else cell


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Parts of a CSV file (UTF-8 with BOM, CRLF, RFC 4180)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(headings)
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
    """Write an XLSX file of text cells only, whatever they begin with; returns how many rows."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet("Keepwell")
    bold, plain = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    sheet.set_column(0, len(headings) - 1, WIDTH, plain)
    sheet.freeze_panes(1, 0)
    count = 0
    for number, heading in enumerate(headings):
        sheet.write_string(0, number, heading, bold)
    for count, row in enumerate(rows, start=1):
        for number, cell in enumerate(row):
            if cell:
                sheet.write_string(count, number, cell, plain)
    book.close()
    return count
