"""A presentation in the making: a slide with its frame, and the room that words leave on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext
from pptx.util import Mm

from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Document
from keepwell.platform.publishing.layout import Frame
from keepwell.platform.publishing.slide_order import lines_of
from keepwell.platform.publishing.slide_room import height_of
from keepwell.platform.publishing.slide_shapes import Box, Words, fill, plain_frame, rule, write_words

WIDE, HIGH, EDGE = 338.67, 190.5, 16.0
ROOM = Box(EDGE, 46, WIDE - 2 * EDGE, 124)
TITLE_ONLY = 5  # of the library's own template
GAP = 6.0
"""Millimetres between two things."""


@dataclass
class Deck:
    """A presentation in the making: its frame, and the section that the next slide stands in."""

    file: Any  # python-pptx's presentation: untyped
    document: Document
    frame: Frame
    section: str = ""
    slides: list[Any] = field(default_factory=list)

    @property
    def spoken(self) -> str:
        """The language of its text, as PowerPoint names it."""
        return "en-GB" if self.document.language == "en" else "zh-TW"

    def slide(self, title: str, marks: Sequence[str] = ()) -> Any:
        """A new slide: section and state above, `title` as its title, as-of and marks in its foot."""
        made = self.file.slides.add_slide(self.file.slide_layouts[TITLE_ONLY])
        head = made.shapes.title
        head.left, head.top, head.width, head.height = Box(EDGE, 20, WIDE - 2 * EDGE, 24).measures
        fill(plain_frame(head), [[Words(printed.plain(title), 24, bold=True)]], self.spoken)
        above = [Words(self.frame.group, 11, bold=True)]
        above += [Words(f"  ·  {self.section}", 11, "ink2")] if self.section else []
        write_words(made, Box(EDGE, 9, 220, 7), [above], self.spoken)
        if self.frame.draft:
            write_words(made, Box(WIDE - EDGE - 80, 9, 80, 7), [[Words(self.frame.draft, 11, "warn", bold=True)]],
                        self.spoken, side="right")  # fmt: skip
        rule(made, EDGE, 17.5, WIDE - 2 * EDGE)
        rule(made, EDGE, 176, WIDE - 2 * EDGE)
        write_words(made, Box(EDGE, 178, 240, 7), [[Words(self._foot(marks), 9, "ink3")]], self.spoken)
        self.slides.append(made)
        return made

    def _foot(self, marks: Sequence[str]) -> str:
        day = gettext("As of {day}").format(day=printed.day(self.document.as_of))
        if not marks:
            return day
        told = gettext(", ").join(marks)
        return gettext("{day} · marks {marks}: see Proof at the end").format(day=day, marks=told)


def under(deck: Deck, slide: Any, words: Sequence[str]) -> Box:
    """The room that is left of a slide under some words."""
    return written(deck, slide, ROOM, words)


def over(deck: Deck, slide: Any, room: Box, words: Sequence[str]) -> Box:
    """The room that is left over some words at the end of a room."""
    high = height(words)
    rest = Box(room.left, room.top, room.width, room.height - high)
    written(deck, slide, Box(room.left, room.top + rest.height + GAP / 2, room.width, high), words)
    return rest


def written(deck: Deck, slide: Any, room: Box, words: Sequence[str]) -> Box:
    """Some words at the top of a room; returns what is left below them."""
    if not words:
        return room
    high = height(words)
    write_words(slide, Box(room.left, room.top, room.width, high), lines_of(words), deck.spoken)
    return Box(room.left, room.top + high, room.width, room.height - high)


def height(words: Sequence[str]) -> float:
    """How much room some words take, with what sets them apart."""
    return height_of(lines_of(words), ROOM.width) + GAP if words else 0.0


def spaced(shape: Any, millimetres: float) -> None:
    """Set paragraphs apart."""
    for paragraph in shape.text_frame.paragraphs:
        paragraph.space_after = Mm(millimetres)
