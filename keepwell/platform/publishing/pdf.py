"""PDF by typst: words go in as data, the template only lays them out; for workers and the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keepwell.platform.publishing import charts, fonts, icons
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import (
    Badge,
    Cell,
    Chart,
    Column,
    Document,
    Drawing,
    Figure,
    Group,
    Table,
    Text,
)
from keepwell.platform.publishing.layout import (
    Figures,
    Line,
    Part,
    as_of,
    cell,
    figure_columns,
    frame,
    in_its_language,
    line,
    parts,
    proof_columns,
    proof_title,
    proof_words,
)

if TYPE_CHECKING:
    from typst import PDFStandard

TEMPLATE = Path(__file__).resolve().parent / "templates" / "publishing" / "document.typ"

# The longest text, in characters, for which a column may be as wide as it needs.
NARROW = 28
STANDARDS: list[PDFStandard] = ["a-2a", "ua-1"]


@in_its_language
def write_pdf(document: Document) -> bytes:
    """The document on A4, readable aloud, fit to be kept; the same bytes for the same document.

    It is PDF/A-2a and PDF/UA-1 unless it holds a character that none of our typefaces has.
    """
    import typst  # an idle web process must not hold it

    content = json.dumps(_content(document), ensure_ascii=False)
    try:
        return _compiled(document, content, STANDARDS)
    except typst.TypstError:
        # The words still print, the file only may not claim the standards; an error of ours comes again.
        return _compiled(document, content, [])


def _compiled(document: Document, content: str, standards: list[PDFStandard]) -> bytes:
    import typst  # as above

    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=_fonts(),
        sys_inputs={"document": content},
        timestamp=document.dated_at,
        pdf_standards=standards,
    )


def write_sheet(template: Path, content: dict[str, Any], *, dated_at: datetime) -> bytes:
    """A page of an area's own, laid out by its own template from `content`, which it finds as `sheet`; the same bytes for
    the same content and moment. For workers."""
    import typst  # as above

    told = json.dumps(content | {"fonts": families()}, ensure_ascii=False)
    return typst.compile(
        template,
        root=template.parent,
        font_paths=_fonts(),
        sys_inputs={"sheet": told},
        timestamp=dated_at.replace(microsecond=0),
    )


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """Our own fonts only, read once: what lies on the machine must not change a document."""
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[fonts.folder()])


def families(tag: str = "") -> list[dict[str, str]]:
    """Our typefaces in the order in which a text of that language takes its signs from them: `name`, and by the pattern
    `covers` which signs alone, where it is not for all that it has."""
    first = fonts.first_of(tag)
    ours = sorted(name for name in _fonts().families() if name.startswith("Noto Sans"))
    return [{"name": fonts.LETTERS, "covers": fonts.FURTHER_LETTERS},
            *({"name": name} for name in dict.fromkeys([first, fonts.FAMILY, *ours]))]  # fmt: skip


def has_signs(text: str) -> bool:
    """Whether our typefaces hold every sign of `text`; for workers."""
    import typst  # as above

    source = '#set document(title: "-")\n#set text(font: json(bytes(sys.inputs.fonts)))\n#sys.inputs.text'
    told = {"text": " ".join(text.split()), "fonts": json.dumps([one["name"] for one in families()])}
    try:
        typst.compile(
            source.encode(), font_paths=_fonts(), sys_inputs=told, pdf_standards=["a-2b"], format="pdf"
        )
    except typst.TypstError:
        return False
    return True


def _content(document: Document) -> dict[str, Any]:
    words = frame(document)
    return {
        "language": {"en": ["en", "GB"]}.get(document.language, ["zh", "TW"]),
        "fonts": families(document.tongue[0] or document.language),
        "colours": charts.LIGHT,
        "paper": document.paper.split("-"),
        "day": [document.dated_at.year, document.dated_at.month, document.dated_at.day],
        "title": words.title,
        "head": {"group": words.group, "language": words.language, "draft": words.draft},
        "foot": {"state": words.state, "page": words.page, "code": words.code},
        "subtitle": words.subtitle,
        "summary": words.summary,
        "parts": [_part(part) for part in parts(document)],
        "proof": _proof(document),
    }


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Figures):
        return _figures(part)
    if isinstance(part, Table):
        return {"kind": "table", **_table(part)}
    if isinstance(part, Chart):
        return _chart(part)
    if isinstance(part, Drawing):
        return _drawing(part)
    return _text(part)


def _text(text: Text) -> dict[str, Any]:
    paragraphs = [printed.plain(paragraph) for paragraph in text.paragraphs]
    return {
        "kind": "text",
        "heading": printed.plain(text.heading),
        "level": text.level,
        "paragraphs": paragraphs,
    }


def _figures(figures: Figures) -> dict[str, Any]:
    rows = [_line(found) if isinstance(found, Line) else _group(found) for found in figures.lines]
    return {
        "kind": "figures",
        "columns": [printed.plain(column) for column in figure_columns(figures)],
        "rows": rows,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "title": line.title,
        "definition": line.definition,
        "notes": line.notes,
        "value": line.value,
        "counted": line.figure.value is not None,
        "mark": line.mark,
        "last": line.last,
        "change": line.change,
        "state": _badge(line.state),
        "signature": line.signature,
    }


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "kind": "chart",
        "title": printed.plain(chart.title),
        "svg": charts.svg(chart),
        "alt": printed.plain(chart.alt),
        "table": None if chart.labelled else _table(chart.table),
    }


def _drawing(drawing: Drawing) -> dict[str, Any]:
    words = {"title": printed.plain(drawing.title), "alt": printed.plain(drawing.alt)}
    table, alone = _table(drawing.table), drawing.own_page
    return {"kind": "drawing", **words, "svg": fonts.lettered(drawing.svg), "table": table, "alone": alone}


def _table(table: Table) -> dict[str, Any]:
    rows = [_row(row, table.columns) for row in table.rows]
    told = [found["cells"] for found in rows if "cells" in found]
    columns = [
        _column(column, [cells[place] for cells in told]) for place, column in enumerate(table.columns)
    ]
    empty = printed.plain(table.empty) or printed.no_data()
    return {"caption": printed.plain(table.caption), "columns": columns, "rows": rows, "empty": empty}


def _column(column: Column, cells: list[dict[str, Any]]) -> dict[str, Any]:
    """A column takes what it needs unless it holds running text or anything longer than a line of it."""
    title = printed.plain(column.title)
    is_narrow = max(len(title), *(len(found["text"]) for found in cells), 0) <= NARROW
    takes_what_it_needs = is_narrow and column.kind != "text"
    weight = 0 if takes_what_it_needs else max(column.weight, 1)
    return {"title": title, "side": column.side, "weight": weight, "narrow": is_narrow}


def _row(row: tuple[Cell, ...] | Group, columns: Iterable[Column]) -> dict[str, Any]:
    if isinstance(row, Group):
        return _group(row)
    return {"cells": [_cell(content, column) for content, column in zip(row, columns, strict=True)]}


def _cell(content: Cell, column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {"text": cell(content, column), "counted": content is not None}
    if isinstance(content, Figure):
        found |= {"mark": line(content).mark, "counted": content.value is not None}
    if isinstance(content, Badge):
        found["state"] = _badge(content)
    return found


def _group(group: Group) -> dict[str, Any]:
    return {"group": printed.plain(group.title)}


def _badge(badge: Badge) -> dict[str, str]:
    ink = charts.LIGHT["ink2" if badge.tint == "mute" else badge.tint]
    return {"word": printed.plain(badge), "tint": badge.tint, "icon": icons.svg(badge.icon, ink)}


def _proof(document: Document) -> dict[str, Any]:
    rows = [_proof_row(line(figure), document) for figure in document.figures]
    return {"title": proof_title(), "words": proof_words(document), "columns": proof_columns(), "rows": rows}


def _proof_row(line: Line, document: Document) -> dict[str, Any]:
    return {
        "mark": line.mark,
        "title": line.title,
        "id": printed.plain(line.figure.id),
        "definition": line.definition,
        "records": line.records,
        "as_of": as_of(line.figure, document),
        "state": _badge(line.state),
        "signature": line.signature,
        "digest": printed.whole_code(line.figure.digest),
    }
