"""How much stands on a slide: how wide words are, how high rows become, and where a table is parted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import TypeVar

from keepwell.platform.publishing.slide_shapes import MARGINS, Cell, Heading, Line, Words

MILLIMETRES = 25.4 / 72
"""Of a point."""
LEADING = 1.45
"""Height of a line of our typeface, in its size."""
LEAST_ROW = 6.6
FULL_WIDTH = 0x2E80
"""From this sign on a sign is as wide as it is high."""

Item = TypeVar("Item")


def width_of(words: Words) -> float:
    """How wide a run of text is on one line, in millimetres, rather too much than too little."""
    em = words.size * MILLIMETRES * (1.06 if words.bold else 1.0)
    return sum(_ems(sign) for sign in words.text) * em


def _ems(sign: str) -> float:
    if ord(sign) >= FULL_WIDTH:
        return 1.0
    return 0.28 if sign == " " else 0.66 if sign.isupper() else 0.55


def height_of(lines: Sequence[Line], width: float) -> float:
    """How high some paragraphs become within a width, in millimetres."""
    found = 0.0
    for line in lines:
        size = max((words.size for words in line), default=0.0)
        rows = max(ceil(sum(width_of(words) for words in line) / max(width, 1.0)), 1)
        found += rows * size * MILLIMETRES * LEADING
    return found


def row_height(cells: Sequence[Cell], heads: Sequence[Heading]) -> float:
    """How high a row of a table becomes under these heads."""
    beside, other, _above = MARGINS
    margins = (other + (beside if head.side == "left" else other) for head in heads)
    inner = (
        height_of(cell, head.width - margin) for cell, head, margin in zip(cells, heads, margins, strict=True)
    )
    return max(LEAST_ROW, max(inner, default=0.0) + 2 * MARGINS[2])


def parted(
    items: Sequence[Item], heights: Sequence[float], first: float, others: float
) -> Iterator[Sequence[Item]]:
    """`items` of these heights parted so that what stands on a slide fits its room, which is `first` on the first slide
    and `others` on those after it; of about the same height on each, and at least one on each."""
    place, room = 0, first
    while place < len(items):
        left = sum(heights[place:])
        slides = 1 if left <= room else 1 + ceil((left - room) / others)
        begin, taken = place, 0.0
        while place < len(items) and (place == begin or _takes(taken, heights[place], room, left / slides)):
            taken += heights[place]
            place += 1
        yield items[begin:place]
        room = others


def _takes(taken: float, more: float, room: float, even: float) -> bool:
    """Whether a slide that holds so much takes more: while there is room, and up to about its even part."""
    return taken + more <= room and taken + more / 2 <= even
