"""The types of incidents and the scheme of severity that come with Keepwell, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any

import yaml
from django.utils.functional import Promise, lazy
from django.utils.translation import get_language

from keepwell.kernel.clocks.rules import Rule
from keepwell.kernel.clocks.rules import read as read_rules
from keepwell.kernel.severity.scheme import Scheme, Text, read


@dataclass(frozen=True)
class Kind:
    """A type of incident: its class, and its likeliest reading in VERIS 1.4.1."""

    id: str
    title: Text
    family: Text
    veris: Mapping[str, Any]


def here(text: Text) -> str:
    """`text` in the reader's language."""
    return text.within(get_language() or "en")


@cache
def scheme() -> Scheme:
    """The scheme of severity."""
    return read(_shipped("incident-scheme.yaml"))


@cache
def kinds() -> dict[str, Kind]:
    """The types by id, in the order of the taxonomy."""
    return {
        str(row["id"]): Kind(str(row["id"]), _text(row), _text(family), row["veris"])
        for family in _shipped("incident-types.yaml")["classes"]
        for row in family["types"]
    }


def kind_choices() -> list[tuple[str, str | Promise]]:
    """The types as a field offers them, each put into the reader's language when it is shown."""
    return [(kind.id, lazy(partial(here, kind.title), str)()) for kind in kinds().values()]


def level_choices() -> list[tuple[int, str | Promise]]:
    """The group's levels as a field offers them, as “S3 major”."""
    return [(one.level, lazy(partial(level_name, one.level), str)()) for one in scheme().levels]


def level_name(level: int) -> str:
    """A level in the reader's language, as “S3 Major”."""
    return f"S{level} {here(scheme().levels[level].name)}"


def _shipped(name: str) -> Any:  # Any: whatever YAML holds; its readers check it
    return yaml.safe_load((files("keepwell") / "library" / name).read_text(encoding="utf-8"))


def _text(row: Mapping[str, Any]) -> Text:
    return Text(str(row["title"]), str(row["title_zh"]))


@cache
def veris_words() -> dict[str, Any]:  # Any: lists of words, by part
    """The words of VERIS in which an attack is told."""
    found: dict[str, Any] = _shipped("veris-enumerations.yaml")
    return found


@cache
def clock_rules() -> dict[str, Rule]:
    """The shipped rules of notification by id, in the order of the file."""
    return read_rules(_shipped("incident-clocks.yaml")["clocks"])
