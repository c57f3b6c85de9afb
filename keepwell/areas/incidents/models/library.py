"""The types of incidents and the scheme of severity that come with Keepwell, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import yaml
from django.utils.functional import Promise
from django.utils.translation import get_language

from keepwell.kernel.clocks.rules import Rule
from keepwell.kernel.clocks.rules import read as read_rules
from keepwell.kernel.severity.scheme import Scheme, Text, read
from keepwell.platform.records.choices import when_shown

SCHEME = "incident-scheme.yaml"


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
def shipped_scheme() -> Scheme:
    """The scheme of severity that comes with Keepwell."""
    return read_shipped(_text_of(SCHEME))


@cache
def shipped_text() -> str:
    """Which text of the shipped scheme this is: its version and the SHA-256 of its file, with a blank between."""
    text = _text_of(SCHEME)
    version = text.partition("\nversion:")[2].partition("\n")[0].strip()
    return f"{version} {sha256(text.encode()).hexdigest()}"


def shipped_file() -> str:
    """The text itself, with the scale of the nation."""
    return _text_of(SCHEME)


def read_shipped(text: str) -> Scheme:
    """What a shipped text says, one of an earlier version too."""
    return read(yaml.safe_load(text))


def scheme_to_edit() -> str:
    """Its text without the scale of the nation, which follows the regulation: what a group begins its own one with."""
    return _text_of(SCHEME).partition("\nnational:\n")[0] + "\n"


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
    return [(kind.id, when_shown(here, kind.title)) for kind in kinds().values()]


def _shipped(name: str) -> Any:  # Any: whatever YAML holds; its readers check it
    return yaml.safe_load(_text_of(name))


def _text_of(name: str) -> str:
    return (files("keepwell") / "library" / name).read_text(encoding="utf-8")


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
