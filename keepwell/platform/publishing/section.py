"""Sections: the functions that tell a part of a report, each registered under its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from keepwell.platform.publishing.blocks import Block, Text

# The scope is the metrics' own (a day and a year, a unit); publishing hands it through unseen.
Telling = Callable[[Any], list[Block]]
SECTIONS: dict[str, Section] = {}


@dataclass(frozen=True)
class Section:
    """A part of a report: its name, its title (translated when told), and the function that tells it."""

    name: str
    title: str | Promise
    telling: Telling

    def told(self, scope: Any) -> list[Block]:
        """The section's heading and blocks for `scope`, in the active language."""
        return [Text(heading=str(self.title)), *self.telling(scope)]


def section(name: str, title: str | Promise) -> Callable[[Telling], Telling]:
    """Make `telling(scope) -> blocks` the section called `name`; a name taken twice raises."""

    def keep(telling: Telling) -> Telling:
        if name in SECTIONS:
            raise RuntimeError(f"Two sections are called {name}.")
        SECTIONS[name] = Section(name, title, telling)
        return telling

    return keep


def told(name: str, scope: Any) -> list[Block]:
    """The blocks of the section called `name`."""
    if name not in SECTIONS:
        raise RuntimeError(f"No section is called {name}.")
    return SECTIONS[name].told(scope)
