"""Excel: a sheet of figures, one of their proof, one to each table; words are never formulas or links."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, pgettext

from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import (
    Badge,
    Chart,
    Column,
    Document,
    Drawing,
    Figure,
    Group,
    Table,
    Text,
)
from keepwell.platform.publishing.charts import LIGHT
from keepwell.platform.publishing.layout import Frame, cell, frame, in_its_language, line, proof_words

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

# What Excel forbids in the name of a sheet, and how long one may be.
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
NAME_LENGTH = 31
CELL_LENGTH = 32_767
OPENERS = ("=", "+", "-", "@", "\t", "\r", "\n")
QUIET = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}
DAYS = {"en": "d mmm yyyy", "zh-hant": 'yyyy" 年 "m" 月 "d" 日"'}


@dataclass
class Book:
    """A workbook in the making: its formats, each made once, and the names its sheets have taken."""

    file: Workbook
    language: str
    frame: Frame

    def __post_init__(self) -> None:
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.names: set[str] = {"history"}

    def style(self, **wanted: Any) -> Any:  # the keywords are XlsxWriter's of a format
        """The format with these properties over our own."""
        key = tuple(sorted(wanted.items()))
        if key not in self.formats:
            font = "Calibri" if self.language == "en" else "Microsoft JhengHei"
            ours = {"font_name": font, "font_size": 10, "font_color": LIGHT["ink"], "valign": "vcenter"}
            self.formats[key] = self.file.add_format({**ours, **wanted})
        return self.formats[key]

    def sheet(self, title: str) -> Worksheet:
        """A new sheet named as near to `title` as Excel allows."""
        bare = FORBIDDEN.sub(" ", printed.plain(title)).replace("\n", " ").strip() or gettext("Table")
        name, number = bare[:NAME_LENGTH], 1
        while name.lower() in self.names:
            number += 1
            name = f"{bare[: NAME_LENGTH - len(str(number)) - 1]} {number}"
        self.names.add(name.lower())
        return self.file.add_worksheet(name)


@in_its_language
def write_excel(document: Document) -> bytes:
    """The document as XLSX; the same bytes for the same document."""
    from xlsxwriter import Workbook  # some 30 ms, and few processes write a workbook

    buffer = BytesIO()
    words = frame(document)
    with Workbook(buffer, QUIET) as file:
        told = {
            "title": words.title,
            "author": words.group,
            "subject": words.subtitle,
            "comments": words.digest,
        }
        file.set_properties({**told, "created": document.dated_at.replace(tzinfo=None)})
        book = Book(file, document.language, words)
        if document.figures or not _tables(document):
            _figures(book, document)
        for table in _tables(document):
            _table(book, table)
        if document.figures:
            _proof(book, document)
    return buffer.getvalue()


def _tables(document: Document) -> list[Table]:
    return [block if isinstance(block, Table) else block.table
            for block in document.blocks if isinstance(block, Chart | Drawing | Table)]  # fmt: skip


def _figures(book: Book, document: Document) -> None:
    columns = (
        Column(gettext("Mark"), "number", weight=7),
        Column(gettext("Section"), weight=28),
        Column(gettext("Figure"), weight=34),
        Column(document.period or pgettext("column", "Value"), "number"),
        Column(pgettext("column", "Unit"), weight=14),
        Column(document.last_period or pgettext("column", "Before"), "number"),
        Column(pgettext("column", "Change"), "number"),
        Column(pgettext("column", "State"), "state"),
        Column(pgettext("documents", "Note"), weight=60),
    )
    rows = [_figure(section, figure) for section, figure in _sectioned(document)]
    _table(book, Table(gettext("Figures"), columns, tuple(rows)))


def _sectioned(document: Document) -> Iterable[tuple[str, Figure]]:
    """Each figure with the heading it stands under."""
    section = ""
    for block in document.blocks:
        if isinstance(block, Text) and block.heading:
            section = block.heading
        elif isinstance(block, Figure):
            yield section, block
        else:
            table = block.table if isinstance(block, Chart | Drawing) else block
            rows = [row for row in getattr(table, "rows", ()) if isinstance(row, tuple)]
            yield from ((section, found) for row in rows for found in row if isinstance(found, Figure))


def _figure(section: str, figure: Figure) -> tuple[Any, ...]:
    found = line(figure)
    change = printed.difference(figure.value, figure.last, figure.unit)
    last = "" if figure.last is None else replace(figure, value=figure.last)
    return (
        figure.mark, section, figure.title, figure, printed.unit(figure.unit), last,
        "" if change is None else change, found.state, " ".join(found.notes),
    )  # fmt: skip


def _proof(book: Book, document: Document) -> None:
    columns = (
        Column(gettext("Mark"), "number", weight=7),
        Column(gettext("Figure"), weight=34),
        Column(gettext("Id"), weight=32),
        Column(gettext("Definition"), weight=60),
        Column(pgettext("column", "Records"), "number"),
        Column(pgettext("column", "As of"), "date"),
        Column(pgettext("column", "State"), "state"),
        Column(gettext("Signed by"), weight=18),
        Column(gettext("Signed on"), "date"),
        Column(gettext("Digest"), weight=70),
    )
    rows = [
        (
            figure.mark, figure.title, figure.id, figure.definition, figure.records,
            figure.as_of or document.as_of, printed.state(figure.state), figure.signed_by,
            figure.signed_on, figure.digest,
        )
        for figure in document.figures
    ]  # fmt: skip
    _table(book, Table(pgettext("documents", "Proof"), columns, tuple(rows)), note=proof_words(document))


def _table(book: Book, table: Table, *, note: str = "") -> None:
    """A sheet: title and facts above, heads that stay in sight, one row to each row."""
    sheet = book.sheet(table.caption)
    top = _above(book, sheet, table.caption, note)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, _width(column))
        head = {"bold": True, "bottom": 1, "bottom_color": LIGHT["edge"], **_side(column), "text_wrap": True}
        _words(book, sheet, top, place, column.title, **head)
    for down, row in enumerate(table.rows, start=top + 1):
        if isinstance(row, Group):
            _group(book, sheet, down, row, len(table.columns))
            continue
        sheet.set_row(down, _height(row, table.columns))
        for place, (content, column) in enumerate(zip(row, table.columns, strict=True)):
            _cell(book, sheet, down, place, content, column)
    if not table.rows:
        _words(book, sheet, top + 1, 0, table.empty or printed.no_data(), font_color=LIGHT["ink3"])
    sheet.freeze_panes(top + 1, 0)
    _paper(book, sheet, top)


def _group(book: Book, sheet: Worksheet, down: int, group: Group, columns: int) -> None:
    ruled = {"bold": True, "valign": "bottom", "bottom": 1, "bottom_color": LIGHT["edge"]}
    sheet.set_row(down, 26)
    for place in range(columns):
        _words(book, sheet, down, place, "" if place else group.title, **ruled)


def _above(book: Book, sheet: Worksheet, caption: str, note: str) -> int:
    """What stands above the heads; the row of the heads is given back."""
    words = book.frame
    sheet.set_row(0, 24)
    state = words.state + (f" · {words.draft}" if words.draft else "")
    _words(
        book,
        sheet,
        0,
        0,
        gettext("{title}: {part}").format(title=words.title, part=caption),
        bold=True,
        font_size=14,
    )
    _words(book, sheet, 1, 0, words.subtitle, font_color=LIGHT["ink2"])
    _words(book, sheet, 2, 0, f"{state} · SHA-256 {words.digest}", font_color=LIGHT["ink3"], font_size=9)
    if note:
        _words(book, sheet, 3, 0, note, font_color=LIGHT["ink3"], font_size=9)
    return 5 if note else 4


def _paper(book: Book, sheet: Worksheet, top: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    sheet.hide_gridlines(2)
    # An ampersand begins a code in heads and feet; its wide sister does not.
    group, state = (
        text.replace("&", "\N{FULLWIDTH AMPERSAND}")[:80] for text in (book.frame.group, book.frame.state)
    )
    sheet.set_header(f"&L{group}&R{book.frame.draft} {book.frame.language}")
    sheet.set_footer(f"&L{state}&C&P / &N&R{book.frame.code}")


def _cell(book: Book, sheet: Worksheet, down: int, place: int, content: Any, column: Column) -> None:
    ruled = {"bottom": 1, "bottom_color": LIGHT["line"], **_side(column), "text_wrap": column.kind == "text"}
    places = f"#,##0.{'0' * column.places}" if column.places else "#,##0"
    if isinstance(content, Figure):
        places = {"share": "0.0%", "score": "0.0", "duration": "#,##0.0"}.get(content.unit, "#,##0")
        content = (
            cell(content, column) if content.unit == "yes_no" else printed.shown(content.value, content.unit)
        )
    if isinstance(content, Badge):
        _badge(book, sheet, down, place, content, ruled)
    elif isinstance(content, date) and not isinstance(content, datetime):
        sheet.write_datetime(down, place, datetime(content.year, content.month, content.day),
                             book.style(num_format=DAYS[book.language], **ruled))  # fmt: skip
    elif isinstance(content, int | Decimal) and not isinstance(content, bool) and column.kind == "number":
        sheet.write_number(down, place, float(content), book.style(num_format=places, **ruled))
    elif content is None and column.kind == "number":
        _words(book, sheet, down, place, printed.no_data(), font_color=LIGHT["ink3"], **ruled)
    else:
        _words(book, sheet, down, place, cell(content, column), **ruled)


def _badge(book: Book, sheet: Worksheet, down: int, place: int, badge: Badge, ruled: dict[str, Any]) -> None:
    ink = LIGHT["ink2" if badge.tint == "mute" else badge.tint]
    fill = LIGHT["mute" if badge.tint == "mute" else f"{badge.tint}-wash"]
    _words(book, sheet, down, place, str(badge), font_color=ink, bg_color=fill, **ruled)


def _words(book: Book, sheet: Worksheet, down: int, place: int, text: str, **style: Any) -> None:
    """Text as text: marked so that Excel keeps it text even after somebody edits the cell."""
    words = printed.plain(text)
    kept = words if len(words) <= CELL_LENGTH else words[: CELL_LENGTH - 1] + "…"
    if kept.startswith(OPENERS):
        style["quote_prefix"] = True
    sheet.write_string(down, place, kept, book.style(**style))


def _side(column: Column) -> dict[str, Any]:
    """Where the words of a column stand; a step in from the left, so that they part from numbers."""
    return {"align": column.side, **({"indent": 1} if column.side == "left" else {})}


def _height(row: tuple[Any, ...], columns: Sequence[Column]) -> float:
    """Points a row needs for its longest text; a Chinese character is as wide as two Latin ones."""
    lines = [1]
    for content, column in zip(row, columns, strict=True):
        if column.kind == "text" and isinstance(content, str):
            wide = sum(2 if ord(letter) > 0x2E7F else 1 for letter in content) + 2
            lines.append(content.count("\n") + math.ceil(wide / _width(column)))
    return 4 + 13.5 * min(max(lines), 30)


def _width(column: Column) -> float:
    """Characters to a column: a weight above 6 says them, else its kind does."""
    by_kind = {"number": 12.0, "date": 19.0, "state": 14.0}
    if column.weight > 6:
        return float(column.weight)
    if column.kind in by_kind:
        return max(by_kind[column.kind], min(len(column.title) * 1.2 + 2, 24))
    return 16.0 + 12.0 * column.weight
