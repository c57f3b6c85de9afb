"""Tables on slides: parted where a slide ends, with the words above and below them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Badge, Column, Figure, Group, Table
from keepwell.platform.publishing.layout import cell, line
from keepwell.platform.publishing.slide_deck import GAP, ROOM, Deck, height, under, written
from keepwell.platform.publishing.slide_order import lines_of
from keepwell.platform.publishing.slide_room import parted, row_height, width_of
from keepwell.platform.publishing.slide_shapes import (
    MARGINS,
    Box,
    Cell,
    Heading,
    Words,
    add_table,
    write_words,
)

LONGEST_CELL = 160
SIZES, PLAIN = (14.0, 12.5, 11.0, 10.0), 11.0
"""Points of what stands in a table: the first by which it fits one slide; where none does, the plain one."""
LEAST_DAY = 26.0
"""Millimetres of the column of a day."""


@dataclass(frozen=True)
class Grid:
    """A table as it is set: its heads, its rows as cells, and how high they become, in millimetres."""

    heads: list[Heading]
    rows: list[list[Cell]]
    head: float
    heights: list[float]

    @classmethod
    def of(cls, table: Table, size: float) -> Grid:
        rows = [_row(row, table.columns, size) for row in table.rows]
        heads = _heads(table.columns, rows)
        head, *heights = [row_height(cells, heads) for cells in ([head.cell for head in heads], *rows)]
        return cls(heads, rows, head, heights)

    @classmethod
    def fitting(cls, table: Table, room: float) -> Grid:
        """The table as large as one slide allows."""
        grids = (cls.of(table, size) for size in SIZES)
        return next((grid for grid in grids if grid.head + sum(grid.heights) <= room), cls.of(table, PLAIN))


def add_rows(
    deck: Deck, table: Table, title: str, *, above: Sequence[str] = (), below: Sequence[str] = ()
) -> None:
    """A table over as many slides as it needs, its head on each, with the words above and below it."""
    if not table.rows:
        slide = deck.slide(title)
        empty = printed.plain(table.empty) or printed.no_data()
        room = under(deck, slide, above)
        write_words(slide, room, [[Words(empty, 14, "ink3")], *lines_of(below)], deck.spoken)
        return
    grid = Grid.fitting(table, ROOM.height - height(above) - height(below))
    heights = [*grid.heights[:-1], grid.heights[-1] + height(below)]
    room_of_rows = ROOM.height - grid.head
    for some in parted(range(len(heights)), heights, room_of_rows - height(above), room_of_rows):
        slide = deck.slide(title, _marks(table.rows[place] for place in some))
        place = under(deck, slide, above if some[0] == 0 else ())
        taken = [grid.head, *(grid.heights[one] for one in some)]
        add_table(slide, place, grid.heads, [grid.rows[one] for one in some], deck.spoken, "table", taken)
        if some[-1] == len(heights) - 1:
            end = place.top + sum(taken) + GAP / 2
            written(deck, slide, Box(place.left, end, place.width, height(below)), below)


def _marks(rows: Iterable[Any]) -> list[str]:
    """The marks of the figures in some rows."""
    return [
        line(one).mark for row in rows if isinstance(row, tuple) for one in row if isinstance(one, Figure)
    ]


def _heads(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[Heading]:
    """The heads of a table: a day has the room that it needs, the others share what is left."""
    days = [
        max((width_of(words) for row in rows for line in row[place] for words in line), default=0.0) + 2 * MARGINS[0]
        if column.kind == "date" else 0.0
        for place, column in enumerate(columns)
    ]  # fmt: skip
    weights = [0 if column.kind == "date" else max(column.weight, 1) * (2 if column.kind == "text" else 1)
               for column in columns]  # fmt: skip
    unit = (ROOM.width - sum(max(day, LEAST_DAY) for day in days if day)) / max(sum(weights), 1)
    return [Heading(printed.plain(column.title), column.side, unit * weight or max(day, LEAST_DAY))
            for column, weight, day in zip(columns, weights, days, strict=True)]  # fmt: skip


def _row(row: tuple[Any, ...] | Group, columns: Sequence[Column], size: float) -> list[Cell]:
    if isinstance(row, Group):
        return [
            [[Words(printed.plain(row.title), size + 1, bold=True)]],
            *([[Words("")]] for _ in columns[1:]),
        ]
    return [_content(content, column, size) for content, column in zip(row, columns, strict=True)]


def _content(content: Any, column: Column, size: float) -> Cell:
    if isinstance(content, Badge):
        return state(content, "", size)
    words = cell(content, column)
    shown = Words(words if len(words) <= LONGEST_CELL else f"{words[: LONGEST_CELL - 1]}…", size,
                  "ink3" if content is None else "ink")  # fmt: skip
    mark = [Words(f" {line(content).raised_mark}", 9, "ink2")] if isinstance(content, Figure) else []
    return [[shown, *mark]]


def state(badge: Badge, signature: str, size: float = PLAIN) -> Cell:
    """How something stands, and who signed it, as a cell."""
    word = Words(printed.plain(badge), size, "ink2" if badge.tint == "mute" else badge.tint)
    return [[word], *([[Words(signature, 9, "ink3")]] if signature else [])]
