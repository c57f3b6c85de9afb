"""Which words stand with which table or picture, so that no slide holds a lone sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Chart, Drawing, Table, Text
from keepwell.platform.publishing.layout import Part
from keepwell.platform.publishing.slide_room import height_of
from keepwell.platform.publishing.slide_shapes import Line, Words

BESIDE, MOST_BESIDE = 13.0, 26.0
"""The size in points of words that stand with something else, and how high they may become, in millimetres."""


@dataclass(frozen=True)
class Shown:
    """A part in its section, with the words that stand above and below it on its slides."""

    part: Part
    section: str
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


def lines_of(words: Iterable[str]) -> list[Line]:
    """Words that stand with something else, as paragraphs of a slide."""
    return [[Words(one, BESIDE, "ink2")] for one in words]


def placed(parts: Iterable[Part], width: float) -> list[Shown]:
    """The parts in order: a few words stand above the table or picture that follows them in their section, else below the
    one before them; more words, and those that stand among figures, have slides of their own."""
    order = _Order(width)
    for part in parts:
        order.take(part)
    order.settle()
    return order.found


class _Order:
    """The parts placed so far, and the words that wait for what follows them."""

    def __init__(self, width: float) -> None:
        self.width, self.section = width, ""
        self.found: list[Shown] = []
        self.waiting: tuple[str, ...] = ()

    def take(self, part: Part) -> None:
        if isinstance(part, Text):
            if part.heading:
                self.settle()
                self.section = printed.plain(part.heading)
            self.waiting += tuple(printed.plain(words) for words in part.paragraphs)
            return
        if isinstance(part, Drawing) and part.own_page:
            self.settle()
            self.section = printed.plain(part.title)
        above, self.waiting = self.waiting, ()
        if above and not (self._are_few(above) and isinstance(part, Table | Chart | Drawing)):
            self._alone(above)
            above = ()
        self.found.append(Shown(part, self.section, above))

    def settle(self) -> None:
        """Place the words that nothing follows in their section."""
        words, self.waiting = self.waiting, ()
        before = self.found[-1] if self.found else None
        if not words:
            return
        if before is None or not isinstance(before.part, Table | Chart | Drawing):
            self._alone(words)
            return
        told = words if before.section == self.section else (self.section, *words)
        if self._are_few((*before.below, *told)):
            self.found[-1] = replace(before, below=(*before.below, *told))
        else:
            self._alone(words)

    def _alone(self, words: tuple[str, ...]) -> None:
        self.found.append(Shown(Text(words), self.section))

    def _are_few(self, words: tuple[str, ...]) -> bool:
        return height_of(lines_of(words), self.width) <= MOST_BESIDE
