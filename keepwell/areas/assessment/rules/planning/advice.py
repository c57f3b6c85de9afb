"""The library of advice: what a site does next about a requirement, by level, in our own words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[4] / "library" / "advice"
DEFAULT_EFFORT = 3


@dataclass(frozen=True)
class Advice:
    """What lifts a requirement from one level to the next: the text in both languages, and the effort (1..5)."""

    text: str
    text_zh: str
    effort: int


@cache
def library(version: str) -> dict[str, tuple[Advice, ...]]:
    """The advice for a framework version, by code of the requirement: from level 1 to 2, 2 to 3, 3 to 4 and so on.

    Empty for a version without any.
    """
    path = FOLDER / f"{version}.yaml"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as file:
        told = yaml.safe_load(file)
    return {
        code: tuple(Advice(one["text"], one["text_zh"], one["effort"]) for one in steps)
        for code, steps in told["nodes"].items()
    }


def advice_for(version: str, above: list[str], score: Decimal | None) -> Advice | None:
    """The advice for a score at a requirement: that of the nearest of the codes `above` (itself first) that has any,
    for the next level; the first step for what stands below level 1, the last one above the highest. None: none is
    shipped."""
    known = library(version)
    steps = next((known[code] for code in above if code in known), ())
    if not steps:
        return None
    level = int(score) if score is not None else 0
    return steps[min(max(level - 1, 0), len(steps) - 1)]
