"""Markdown: the document as text that reads well plain and renders well on a forge."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext

from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import (
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

SPECIAL = re.compile(r"([\\`*_\[\]<>|~&])")
STARTS = re.compile(r"^([-+=#]|\d+(?=[.)]))(?=[-+=#.) ]|$)", re.MULTILINE)
BREAKS = re.compile(r"\s*\n\s*")
RULES = {"left": ":---", "center": ":---:", "right": "---:"}


@in_its_language
def write_markdown(document: Document) -> bytes:
    """The document as UTF-8 Markdown; every text of it is escaped, so that it prints as it was typed."""
    words = frame(document)
    head = [
        f"# {escaped(words.title)}" + (f" ({words.draft})" if words.draft else ""),
        escaped(words.subtitle),
    ]
    body = [block for part in parts(document) for block in _part(part)]
    foot = ["---", f"{words.state} · SHA-256 `{words.digest}`"]
    summary = [escaped(sentence) for sentence in words.summary]
    return ("\n\n".join([*head, *summary, *body, *_proof(document), *foot]) + "\n").encode()


def escaped(text: str) -> str:
    """Text in which Markdown and HTML find nothing to obey; line breaks stay."""
    lines = BREAKS.sub("\n", SPECIAL.sub(r"\\\1", printed.plain(text)).strip())
    return STARTS.sub(_escaped_start, lines).replace("\n", "\\\n")


def _escaped_start(found: re.Match[str]) -> str:
    """A mark that would begin a list or heading, escaped; a number keeps its digits before the escape."""
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def _in_cell(text: str) -> str:
    return " ".join(SPECIAL.sub(r"\\\1", printed.plain(text)).split())


def _part(part: Part) -> list[str]:
    if isinstance(part, Figures):
        return _figures(part)
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, Chart | Drawing):
        return [f"**{_in_cell(part.title or part.table.caption)}**", *_grid(part.table)]
    return _text(part)


def _text(text: Text) -> list[str]:
    heading = [f"{'#' * (text.level + 1)} {_in_cell(text.heading)}"] if text.heading else []
    return [*heading, *(escaped(paragraph) for paragraph in text.paragraphs)]


def _figures(figures: Figures) -> list[str]:
    """One table to each group, under its heading."""
    tables: list[str] = []
    rows: list[str] = []
    for found in (*figures.lines, Group("")):
        if isinstance(found, Line):
            rows.append(_line(found, figures))
            continue
        if rows:
            tables.append("\n".join([*_figure_head(figures), *rows]))
            rows = []
        if found.title:
            tables.append(f"## {_in_cell(found.title)}")
    return tables


def _figure_head(figures: Figures) -> list[str]:
    words = figure_columns(figures)
    return [_row(map(_in_cell, words)), _row([":---", *(["---:"] * (len(words) - 2)), ":---"])]


def _line(line: Line, figures: Figures) -> str:
    said = " ".join(_in_cell(text) for text in (line.definition, *line.notes) if text)
    title = f"**{_in_cell(line.title)}**" + (f"<br>{said}" if said else "")
    before = [_in_cell(line.last), line.change] if figures.compares else []
    state = f"{line.state}" + (f"<br>{_in_cell(line.signature)}" if line.signature else "")
    return _row([title, f"**{line.value}** {line.raised_mark}", *before, state])


def _table(table: Table) -> list[str]:
    return [f"**{_in_cell(table.caption)}**", *_grid(table)] if table.caption else _grid(table)


def _grid(table: Table) -> list[str]:
    if not table.rows:
        return [escaped(table.empty or printed.no_data())]
    head = [_row(_in_cell(column.title) for column in table.columns)]
    sides = [_row([RULES[column.side] for column in table.columns])]
    return ["\n".join([*head, *sides, *(_table_row(row, table.columns) for row in table.rows)])]


def _table_row(row: tuple[Cell, ...] | Group, columns: tuple[Column, ...]) -> str:
    if isinstance(row, Group):
        return _row([f"**{_in_cell(row.title)}**", *([""] * (len(columns) - 1))])
    words = []
    for content, column in zip(row, columns, strict=True):
        mark = f" {line(content).raised_mark}" if isinstance(content, Figure) else ""
        words.append(_in_cell(cell(content, column)) + mark)
    return _row(words)


def _proof(document: Document) -> list[str]:
    if not document.figures:
        return []
    rows = [_proof_row(line(figure), document) for figure in document.figures]
    columns = [*proof_columns(), gettext("Digest")]
    head = [_row(map(_in_cell, columns)), _row(["---:", ":---", "---:", *([":---"] * (len(columns) - 3))])]
    return [f"## {proof_title()}", proof_words(document), "\n".join([*head, *rows])]


def _proof_row(line: Line, document: Document) -> str:
    said = f"**{_in_cell(line.title)}**" + (f"<br>{_in_cell(line.definition)}" if line.definition else "")
    state = f"{line.state}" + (f"<br>{_in_cell(line.signature)}" if line.signature else "")
    digest = f"`{line.figure.digest}`" if line.figure.digest else ""
    return _row([line.raised_mark, said, line.records, as_of(line.figure, document), state, digest])


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
