"""Labels of what a record reckons about itself, and how it stands: a word, an icon and a tint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Standing:
    """How a record stands: a word, an icon and a tint, all three."""

    word: str
    icon: str
    tint: str

    def __str__(self) -> str:
        return self.word


def labelled(label: str | Promise) -> Callable[[Any], Any]:
    """Give a property's function the label its column shows: `@property` over `@labelled(_("state"))`."""

    def keep(getter: Any) -> Any:
        getter.label = label
        return getter

    return keep
