"""Rules of notification as a file writes them: YAML or JSON, read without surprises, and written back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from keepwell.kernel import plain
from keepwell.kernel.clocks import faults
from keepwell.kernel.clocks.calendars import Unfit
from keepwell.kernel.clocks.faults import Fault

LARGEST_BYTES = 256_000
DEEPEST = 8
LISTS = ("rules", "clocks")
Written = Any  # what a file holds: tables, lists, texts, numbers, yes or no


def rows_of(text: bytes | str | list[Any]) -> list[Written]:
    """The rules that a file holds, or that were read from one: a list, one rule alone, or a list under `rules` or `clocks`.

    Unfit says what cannot be read, and where. Days come as text, as 2026-01-05.
    """
    found = _plain(text if isinstance(text, list) else _read(text), 0)
    if isinstance(found, Mapping) and "id" not in found:
        name = next((one for one in LISTS if one in found), None)
        if name is None:
            raise Unfit(faults.NO_RULE)
        found = found[name]
    rows = [found] if isinstance(found, Mapping) else found
    if not isinstance(rows, list) or not rows:
        raise Unfit(faults.NO_RULE)
    return rows


def put(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rules as YAML that `rows_of` reads back."""
    told: str = yaml.dump(
        {"rules": [dict(row) for row in rows]},
        Dumper=_Unshared,
        allow_unicode=True,
        sort_keys=False,
        width=110,
    )
    return told


class _Unshared(yaml.SafeDumper):
    """What stands twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Unshared.add_representer(plain.Lined, _Unshared.represent_dict)


def _read(text: bytes | str) -> Written:
    try:
        return plain.read(text, most_bytes=LARGEST_BYTES, deepest=DEEPEST)
    except plain.Unreadable as wrong:
        if wrong.line is None:
            raise Unfit(wrong.says, **wrong.facts) from wrong
        raise Unfit(faults.AT_LINE, line=wrong.line, says=Fault(wrong.says, wrong.facts)) from wrong


def _plain(value: Any, depth: int) -> Written:
    """What a file can say in JSON too; Unfit for anything else."""
    if depth > DEEPEST:
        raise Unfit(plain.TOO_DEEP, most=DEEPEST)
    if isinstance(value, Mapping):
        made = plain.Lined({_key(key): _plain(one, depth + 1) for key, one in value.items()})
        made.line = getattr(value, "line", None)
        return made
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, str):
        return _text(value)
    if value is None or (isinstance(value, bool | int | float) and math.isfinite(value)):
        return value
    raise Unfit(faults.NOT_HELD, value=str(value)[:60])


def _key(key: Any) -> str:
    """The name of a part; levels are numbers in YAML."""
    return _text(str(key))


def _text(value: str) -> str:
    if any((sign < " " and sign not in "\n\t") or "\ud800" <= sign <= "\udfff" for sign in value):
        raise Unfit(faults.BAD_SIGNS)
    return value
