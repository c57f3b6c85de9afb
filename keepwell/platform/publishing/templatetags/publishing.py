"""Blocks on a page: `{% load publishing %}{% blocks document %}`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import template

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
    Link,
    Table,
    Text,
)
from keepwell.platform.publishing.layout import Figures, Line, Part, cell, figure_columns, line, parts

register = template.Library()
SIDES = {"left": "", "center": "text-center", "right": "num"}


@dataclass(frozen=True)
class Shown:
    """A part and the template that shows it."""

    template: str
    part: Any  # a part of the layout or what was made of it for its template


@dataclass(frozen=True)
class Section:
    """What stands under one heading of the first level, or before any."""

    heading: str
    shown: list[Shown] = field(default_factory=list)


@dataclass(frozen=True)
class ShownCell:
    """A cell as its template needs it."""

    text: str
    side: str
    href: str = ""
    badge: Badge | None = None
    mark: str = ""
    quiet: bool = False

    @property
    def classes(self) -> str:
        """How the cell looks: numbers right, what was not counted in grey."""
        return " ".join(
            [*([SIDES[self.side]] if SIDES[self.side] else []), *(["kw-3"] if self.quiet else [])]
        )


@register.inclusion_tag("publishing/blocks.html")
def blocks(document: Document) -> dict[str, Any]:
    """The blocks of `document` as sections of a page, in the active language."""
    return {"sections": _sections(parts(document))}


def _sections(found: list[Part]) -> list[Section]:
    sections = [Section("")]
    for part in found:
        if isinstance(part, Text) and part.heading and part.level == 1:
            sections.append(Section(part.heading))
        sections[-1].shown.append(_shown(part))
    return [section for section in sections if section.heading or section.shown]


def _shown(part: Part) -> Shown:
    if isinstance(part, Figures):
        return Shown(
            "publishing/_figures.html", {"titles": figure_columns(part), "rows": part.lines, "figures": part}
        )
    if isinstance(part, Table):
        return Shown("publishing/_table.html", _table(part))
    if isinstance(part, Chart):
        shown = {**_table(part.table), "caption_class": "visually-hidden"}
        return Shown("publishing/_chart.html", {"chart": part, "spec_id": f"spec-{part.id}", "table": shown})
    if isinstance(part, Drawing):
        return Shown("publishing/_drawing.html", {"drawing": part, "table": _table(part.table)})
    heading = part.heading if part.level > 1 else ""
    return Shown("publishing/_text.html", {"text": part, "heading": heading, "rank": part.level + 1})


@register.inclusion_tag("publishing/_chart.html")
def chart(drawn: Chart) -> dict[str, Any]:
    """One chart by itself, with its numbers as a table."""
    return {"part": _shown(drawn).part}


def _table(table: Table) -> dict[str, Any]:
    rows = [row if isinstance(row, Group) else {"cells": _cells(row, table.columns)} for row in table.rows]
    heads = [{"title": column.title, "classes": SIDES[column.side]} for column in table.columns]
    return {
        "table": table,
        "caption_class": "kw-b",
        "heads": heads,
        "rows": rows,
        "empty": table.empty or printed.no_data(),
    }


def _cells(row: tuple[Cell, ...], columns: tuple[Column, ...]) -> list[ShownCell]:
    return [_cell(content, column) for content, column in zip(row, columns, strict=True)]


def _cell(content: Cell, column: Column) -> ShownCell:
    words = cell(content, column)
    if isinstance(content, Badge):
        return ShownCell(words, column.side, badge=content)
    if isinstance(content, Link):
        return ShownCell(words, column.side, href=content.href)
    if isinstance(content, Figure):
        found: Line = line(content)
        return ShownCell(
            words, column.side, href=content.href, mark=found.raised_mark, quiet=content.value is None
        )
    return ShownCell(words, column.side, quiet=content is None)
