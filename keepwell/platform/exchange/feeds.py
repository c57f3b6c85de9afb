"""Feeds: deliveries of observations, whose rows are matched to what is known, never typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from keepwell.platform.exchange.cells import RowError
from keepwell.platform.exchange.models import Batch, Source
from keepwell.platform.people.models import Person

FEEDS: dict[str, Feed] = {}
Line = tuple[int, dict[str, str | None]]


@dataclass(frozen=True)
class FeedColumn:
    """A column a feed reads: its name, whether a file must have it, and headings it is known by."""

    name: str
    required: bool = True
    known_as: tuple[str, ...] = ()


@dataclass
class Matched:
    """What became of rows: ready to insert, malformed, or met nothing known (line, values, reason)."""

    ready: list[tuple[Any, ...]] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    unmatched: list[tuple[int, dict[str, str | None], str]] = field(default_factory=list)


Matcher = Callable[[Iterable[Line]], Matched]


@dataclass(frozen=True)
class Feed:
    """How files become observations of one register.

    `open_for(source, batch, by)` gives a matcher that is fed rows in any number of parts and says
    which become which values of `insert_columns`. `fresh(rows)` gives those of them that were not
    delivered before; ids in rows are texts of `dialects.id_text`.
    """

    register: str
    model: Any  # the observation's model class
    columns: tuple[FeedColumn, ...]
    insert_columns: tuple[str, ...]
    open_for: Callable[[Source | None, Batch, Person], Matcher]
    fresh: Callable[[list[tuple[Any, ...]]], list[tuple[Any, ...]]]

    def recognized(self, headings: list[str], mapping: dict[str, str]) -> dict[str, str]:
        """Heading to column: as the source says, else by the names the column is known by."""
        known = {name.casefold(): c.name for c in self.columns for name in (c.name, *c.known_as)}
        names = {c.name for c in self.columns}
        found = {h: mapping.get(h) or known.get(h.strip().casefold(), "") for h in headings}
        return {h: name for h, name in found.items() if name in names}

    def missing(self, found: dict[str, str]) -> list[str]:
        """Required columns that no heading gives."""
        return [c.name for c in self.columns if c.required and c.name not in found.values()]


def feed(declared: Feed) -> Feed:
    """Keep a feed under its register's slug."""
    FEEDS[declared.register] = declared
    return declared
