"""Tables of a Word document: rules without stripes, a head that repeats, rows that stay whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx.document import Document as WordFile
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Badge, Cell, Column, Document, Figure, Group, Table
from keepwell.platform.publishing.charts import LIGHT
from keepwell.platform.publishing.layout import (
    Figures,
    Line,
    as_of,
    cell,
    figure_columns,
    line,
    proof_columns,
)
from keepwell.platform.publishing.word_styles import CELL, border, coloured

SIDES = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
WIDTH = 166.0
WIDE_FROM = 0x2E80
NEED, MOST = {"date": 26.0, "state": 28.0}, {"number": 30.0, "date": 40.0}
A_SIGN, MARGIN, LEAST, LEAST_TEXT = 1.9, 4.0, 8.5, 20.0
"""Millimetres: of a sign of a table (a wide one takes two), of the room beside a number, and the least columns."""


def figures_table(file: WordFile, figures: Figures) -> None:
    """Figures with their marks, under their groups."""
    titles = figure_columns(figures)
    between = len(titles) - 2
    sides = ["left", *["right"] * between, "left"]
    numbers = [25.0, *[19.0] * (between - 1)]
    widths = [WIDTH - sum(numbers) - 40, *numbers, 40.0]
    table = _started(file, titles, sides, widths)
    for found in figures.lines:
        if isinstance(found, Group):
            _group(table, found, len(titles))
        else:
            _figure(_row(table, sides), found, figures)
    _ended(file)


def plain_table(file: WordFile, found: Table, *, width: float = WIDTH) -> None:
    """A table as its columns say, `width` millimetres wide."""
    sides = [column.side for column in found.columns]
    table = _started(file, [column.title for column in found.columns], sides, _widths(found, width))
    for row in found.rows:
        if isinstance(row, Group):
            _group(table, row, len(sides))
            continue
        for place, content, column in zip(_row(table, sides), row, found.columns, strict=True):
            _content(place, content, column)
    _ended(file)


def proof_table(file: WordFile, document: Document) -> None:
    """Each mark with what it counts, how many records, as of when, digest and who signed."""
    sides = ["right", "left", "right", "left", "left"]
    table = _started(file, proof_columns(), sides, [11.0, 62.0, 26.0, 27.0, 40.0])
    for figure in document.figures:
        found = line(figure)
        mark, what, records, day, state = _row(table, sides)
        mark.add_run(found.mark)
        what.add_run(found.title).bold = True
        _small(what, f"  {printed.plain(figure.id)}", "ink3")
        _under(what, found.definition)
        for half in printed.whole_code(figure.digest):
            _under(what, half, "ink3", 7)
        records.add_run(found.records)
        day.add_run(as_of(figure, document))
        _state(state, found.state, found.signature)


def _started(file: WordFile, titles: Sequence[str], sides: Sequence[str], widths: Sequence[float]) -> Any:
    table = file.add_table(rows=1, cols=len(titles))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    _rules(table)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    table.widths = [Mm(width) for width in widths]
    head = table.rows[0]
    repeated = OxmlElement("w:tblHeader")
    head._tr.get_or_add_trPr().append(repeated)
    for place, title, side, width in zip(head.cells, titles, sides, widths, strict=True):
        place.width = Mm(width)
        _edge(place, "edge", 6)
        coloured(_in(place, side).add_run(printed.plain(title)), "ink2").font.size = Pt(8)
    return table


def _row(table: Any, sides: Sequence[str]) -> list[Paragraph]:
    row = table.add_row()
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for place, width in zip(row.cells, table.widths, strict=True):
        place.width = width
    return [_in(place, side) for place, side in zip(row.cells, sides, strict=True)]


def _ended(file: WordFile) -> None:
    """Room below a table: two tables that touch would become one."""
    after = file.add_paragraph(style=CELL)
    after.paragraph_format.space_after = Pt(2)


def _group(table: Any, group: Group, columns: int) -> None:
    row = table.add_row()
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    place = row.cells[0].merge(row.cells[columns - 1])
    _edge(place, "edge", 6)
    words = _in(place, "left")
    words.paragraph_format.space_before, words.paragraph_format.keep_with_next = Pt(9), True
    words.add_run(printed.plain(group.title)).bold = True


def _figure(places: Sequence[Paragraph], found: Line, figures: Figures) -> None:
    what, now, *before, state = places
    what.add_run(found.title).bold = True
    _under(what, found.definition)
    for note in found.notes:
        _under(what, note)
    value = now.add_run(found.value)
    value.font.size = Pt(12)
    value.bold = found.figure.value is not None
    if found.figure.value is None:
        coloured(value, "ink3")
    _mark(now, found)
    for place, words in zip(before, (found.last, found.change), strict=False):
        coloured(place.add_run(words), "ink2")
    _state(state, found.state, found.signature)


def _content(place: Paragraph, content: Cell, column: Column) -> None:
    if isinstance(content, Badge):
        _state(place, content, "")
        return
    run = place.add_run(cell(content, column))
    if content is None or (isinstance(content, Figure) and content.value is None):
        coloured(run, "ink3")
    if isinstance(content, Figure):
        _mark(place, line(content))


def _mark(place: Paragraph, found: Line) -> None:
    run = place.add_run(f"\N{NARROW NO-BREAK SPACE}{found.mark}")
    run.font.superscript = True
    run.font.size = Pt(11)


def _state(place: Paragraph, badge: Badge, signature: str) -> None:
    ink = "ink2" if badge.tint == "mute" else badge.tint
    run = coloured(place.add_run(f"\N{NO-BREAK SPACE}{printed.plain(badge)}\N{NO-BREAK SPACE}"), ink)
    run.font.size = Pt(8)
    shade = OxmlElement("w:shd")
    fill = LIGHT["mute" if badge.tint == "mute" else f"{badge.tint}-wash"]
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill[1:])):
        shade.set(qn(f"w:{name}"), value)
    run._r.get_or_add_rPr().append(shade)
    _under(place, signature, "ink3")


def _under(place: Paragraph, words: str, colour: str = "ink2", size: float = 8) -> None:
    if words:
        place.add_run().add_break()
        _small(place, words, colour, size)


def _small(place: Paragraph, words: str, colour: str, size: float = 8) -> None:
    coloured(place.add_run(words), colour).font.size = Pt(size)


def _in(place: Any, side: str) -> Paragraph:  # a cell of python-docx
    words = place.paragraphs[0]
    words._p.style = CELL.replace(" ", "")  # by its id: looking it up by name takes 3 ms, for every cell
    words.alignment = SIDES[side]
    return words


def _widths(found: Table, width: float) -> list[float]:
    """Millimetres to each column: numbers, days and states what they need, text shares the rest by weight; where
    numbers are too many for that they are drawn together, so that no column leaves the page."""
    texts = [column for column in found.columns if column.kind == "text"]
    if not texts:
        return [width / len(found.columns)] * len(found.columns)
    need = {place: _need(found, place) for place, column in enumerate(found.columns) if column.kind != "text"}
    room = max(width - LEAST_TEXT * len(texts), width / 2)
    much = sum(need.values())
    if much > room:
        need = {place: max(one * room / much, LEAST) for place, one in need.items()}
    left = max(width - sum(need.values()), LEAST_TEXT)
    weights = sum(max(column.weight, 1) for column in texts)
    return [
        need.get(place, left * max(column.weight, 1) / weights) for place, column in enumerate(found.columns)
    ]


def _need(found: Table, place: int) -> float:
    """Millimetres that a column of numbers, days or states needs; of numbers and days by the longest in it."""
    column = found.columns[place]
    if column.kind == "state":
        return NEED[column.kind]
    told = [cell(row[place], column) for row in found.rows if not isinstance(row, Group)]
    longest = max(
        _length(line) for words in (printed.plain(column.title), *told) for line in words.split("\n")
    )
    return min(max(MARGIN + A_SIGN * longest, NEED.get(column.kind, 0.0)), MOST[column.kind])


def _length(words: str) -> int:
    return sum(2 if ord(sign) > WIDE_FROM else 1 for sign in words)


def _rules(table: Any) -> None:
    borders = OxmlElement("w:tblBorders")
    for side in ("bottom", "insideH"):
        borders.append(border(side, "line", 4))
    margins = OxmlElement("w:tblCellMar")
    for side, width in (("top", 50), ("left", 0), ("bottom", 50), ("right", 170)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(width))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")


def _edge(place: Any, colour: str, width: int) -> None:
    borders = OxmlElement("w:tcBorders")
    borders.append(border("bottom", colour, width))
    place._tc.get_or_add_tcPr().insert_element_before(borders, "w:shd", "w:noWrap", "w:tcMar", "w:vAlign")
