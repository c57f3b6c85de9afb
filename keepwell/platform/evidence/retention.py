"""How long evidence is kept: a small table of classes, shipped as data; settings may set other years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from pathlib import Path

import yaml
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language

from keepwell.platform.records.choices import when_shown

FILE = Path(__file__).parents[2] / "library" / "retention.yaml"
DEFAULT = "general"


@dataclass(frozen=True)
class Retention:
    """A class of record: `years` (None: for ever) after the last day of effect."""

    code: str
    name: str
    name_zh: str
    years: int | None

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return self.name_zh if get_language() == "zh-hant" else self.name


@cache
def shipped() -> dict[str, Retention]:
    """The classes as shipped, by code."""
    return {row["code"]: Retention(**row) for row in yaml.safe_load(FILE.read_text(encoding="utf-8"))}


def classes() -> dict[str, Retention]:
    """The classes that hold here, by code: those shipped, with the years that the settings give."""
    return {
        code: Retention(code, one.name, one.name_zh, settings.KEEPWELL_RETENTION.get(code, one.years))
        for code, one in shipped().items()
    }


def choices() -> list[tuple[str, str | Promise]]:
    """Code and name of each class, as fields and forms offer them."""
    return [(code, when_shown(attrgetter("label"), one)) for code, one in shipped().items()]


def years_later(day: date, years: int) -> date:
    """The same day `years` later; from 29 February the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
