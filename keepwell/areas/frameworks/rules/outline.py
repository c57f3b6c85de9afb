"""An outline: a whole version of a framework as it comes from a file, before any row of it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Successor:
    """What a withdrawn requirement became in the same version."""

    code: str
    relation: str


@dataclass(frozen=True)
class Entry:
    """One requirement as a file tells it; `line` is where it stands there, 0 if the file has no lines."""

    code: str
    parent: str = ""
    title: str = ""
    title_zh: str = ""
    statement: str = ""
    statement_zh: str = ""
    is_scored: bool = False
    withdrawn: bool = False
    party: str = ""
    examples: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    successors: tuple[Successor, ...] = ()
    oscal: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Heading:
    """Which version of which framework it is."""

    framework: str
    name: str
    code: str
    label: str
    name_zh: str = ""
    publisher: str = ""
    licence: str = ""
    source: str = ""
    version_licence: str = ""
    version_source: str = ""
    note: str = ""
    released_on: date | None = None
    level_names: tuple[str, ...] = ()
    oscal: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outline:
    """A version with its requirements, each after the one it hangs below, in the publisher's order."""

    heading: Heading
    entries: tuple[Entry, ...]

    def depths(self) -> dict[str, int]:
        """How deep each requirement lies, by code; those at the top at 0."""
        found: dict[str, int] = {}
        for entry in self.entries:
            found[entry.code] = found[entry.parent] + 1 if entry.parent else 0
        return found

    def by_depth(self) -> Iterator[list[tuple[int, Entry]]]:
        """The requirements of each depth with their positions, the top first."""
        depths = self.depths()
        for depth in range(max(depths.values(), default=-1) + 1):
            yield [(n, entry) for n, entry in enumerate(self.entries, 1) if depths[entry.code] == depth]
