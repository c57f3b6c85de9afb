"""What holidays are called in Traditional Chinese: as the `holidays` library has them, else as our own table says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from keepwell.kernel.clocks.calendars import names_in

LANGUAGE = "zh_TW"
KEPT = ("TWSE", "TW", "CN")
"""Calendars whose holidays the library names in Chinese; of one name that several have, that of the first counts."""
ADDED = re.compile(r"(.+?) \(([^()]+)\)")


def in_chinese(name: str, calendar: str) -> str:
    """What a holiday of `calendar`, kept as `name` in English, is called; as it is kept where nobody knows."""
    return "、".join(_one(part, calendar) for part in name.split("; "))


def _one(name: str, calendar: str) -> str:
    for source in (calendar.partition("-")[0], *KEPT):
        if found := (_library(source).get(name) if source in KEPT else ""):
            return found
    table = _table()
    if name in table["names"]:
        return str(table["names"][name])
    parted = ADDED.fullmatch(name)
    if parted is None or parted[2] not in table["added"]:
        return name
    return f"{_one(parted[1], calendar)}（{table['added'][parted[2]]}）"


@cache
def _library(calendar: str) -> Mapping[str, str]:
    return names_in(calendar, LANGUAGE)


@cache
def _table() -> Any:  # Any: whatever YAML holds
    text = (files("keepwell") / "library" / "holidays.zh-hant.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
