"""Conditions as a person writes them, one a line: a factor, a comparison, a value, as “customer_data = yes”."""

from __future__ import annotations

import re
from collections.abc import Iterable

from keepwell.kernel.clocks.calendars import Unfit
from keepwell.kernel.clocks.factors import DERIVED, FACTORS, Condition, Value
from keepwell.kernel.clocks.rules import condition_of

LINE = re.compile(r"\A\s*([a-z_]+)\s*(>=|<=|=|>|<|≥|≤)\s*(\S+)\s*")
SIGNS = {"≥": ">=", "≤": "<="}
YES, NO = frozenset({"yes", "true", "是"}), frozenset({"no", "false", "否"})
MOST = 20
ASKED = {name: asks for name, (_kind, asks) in FACTORS.items() if name not in DERIVED}
"""The factors that a line may name, with what each asks."""


class BadLine(ValueError):
    """Line `number` (from 1) is no condition."""

    def __init__(self, number: int, line: str) -> None:
        super().__init__(f"Line {number} is no condition: {line[:60]}")
        self.number, self.line = number, line[:60]


def read_lines(text: str) -> tuple[Condition, ...]:
    """The conditions of `text`, a line each; BadLine names the first that is none. Empty lines say nothing."""
    told = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return tuple(_condition(number, line) for number, line in told)


def written(conditions: Iterable[Condition]) -> str:
    """The same as text, a line each."""
    return "\n".join(f"{one.factor} {one.comparison} {_put(one.value)}" for one in conditions)


def _condition(number: int, line: str) -> Condition:
    found = LINE.fullmatch(line)
    if found is None or found[1] not in ASKED:
        raise BadLine(number, line)
    comparison = SIGNS.get(found[2], found[2])
    try:
        return condition_of("", {"factor": found[1], "is": comparison, "value": _value(found[3])})
    except (Unfit, ValueError) as wrong:
        raise BadLine(number, line) from wrong


def _value(typed: str) -> Value:
    told = typed.casefold()
    if told in YES or told in NO:
        return told in YES
    number = told.replace(",", "")
    return int(number) if number.isdecimal() else float(number)


def _put(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value}"
