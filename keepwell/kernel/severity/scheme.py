"""A scheme of severity: factors that are asked, and headings of rules that give levels. Data, read and checked once."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Value = bool | int | float
Facts = Mapping[str, Value | None]
Given = Mapping[str, Any]  # as it was read from a file
KINDS = ("bool", "number", "choice")
LEVELS = range(5)
MOST = 1e15  # more than there is money
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt,
}  # fmt: skip


class Unfit(ValueError):
    """What was given is no scheme or no fact of one; the message says where and what to do."""


@dataclass(frozen=True)
class Text:
    """Words in English and in Traditional Chinese."""

    en: str
    zh: str

    def within(self, language: str) -> str:
        """The words in `language`, else in English."""
        return (self.zh if language == "zh-hant" else "") or self.en


@dataclass(frozen=True)
class Factor:
    """What is asked of an incident; of a choice, its values in order with their words."""

    name: str
    kind: str
    title: Text
    asks: Text
    choices: tuple[tuple[int, Text], ...] = ()

    def checked(self, value: Any) -> Value:
        """`value` if the factor can have it; Unfit says what it can have."""
        if self.kind == "bool":
            if isinstance(value, bool):
                return value
            raise Unfit(f"{self.name}: say true or false, not {value!r}.")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unfit(f"{self.name}: give a number, not {value!r}.")
        if self.kind == "choice" and value not in {number for number, _ in self.choices}:
            allowed = ", ".join(str(number) for number, _ in self.choices)
            raise Unfit(f"{self.name}: {value} is no choice; there are {allowed}.")
        if not 0 <= value <= MOST:
            raise Unfit(f"{self.name}: {value} cannot be.")
        return value


@dataclass(frozen=True)
class Condition:
    """A factor compared with a value or, by `than`, with another factor."""

    factor: str
    comparison: str = "="
    value: Value = True
    than: str = ""

    def holds(self, facts: Facts) -> bool:
        """Whether it holds; what is not known does not."""
        known, other = facts.get(self.factor), facts.get(self.than) if self.than else self.value
        return known is not None and other is not None and COMPARISONS[self.comparison](known, other)


@dataclass(frozen=True)
class Rule:
    """A level that is given where all conditions hold, and the sentence that says so."""

    level: int
    conditions: tuple[Condition, ...]
    says: Text

    def holds(self, facts: Facts) -> bool:
        return all(one.holds(facts) for one in self.conditions)


@dataclass(frozen=True)
class Heading:
    """One thing that is looked at: its rules, the highest first, and what is said where none holds."""

    id: str
    title: Text
    factors: tuple[str, ...]
    rules: tuple[Rule, ...]
    none: Text


@dataclass(frozen=True)
class Level:
    """One of the group's levels: name, meaning, and how soon somebody must take it up and contain it.

    `group_minutes` is how long whoever is on duty for the group itself has to acknowledge it; None: they are not woken.
    """

    level: int
    name: Text
    says: Text
    acknowledge_minutes: int
    contain_hours: int
    group_minutes: int | None = None


@dataclass(frozen=True)
class Waking:
    """When a report wakes: after so many minutes that nobody looked at it, and how many each has who is called."""

    look_minutes: int
    answer_minutes: int


@dataclass(frozen=True)
class Scheme:
    """The whole: factors by name, levels in order, and the headings of the group's and the nation's scale."""

    version: str
    factors: Mapping[str, Factor]
    levels: tuple[Level, ...]
    group: tuple[Heading, ...]
    national: tuple[Heading, ...]
    reports: Mapping[str, Waking]
    """By what a report says of whether it still goes on; what is not there wakes nobody."""

    def checked(self, given: Mapping[str, Any]) -> dict[str, Value]:
        """The facts of `given` that are known; Unfit names the first that does not fit."""
        if stray := sorted(set(given) - set(self.factors)):
            raise Unfit(f'"{stray[0]}" is no factor; there are {", ".join(self.factors)}.')
        return {name: self.factors[name].checked(value) for name, value in given.items() if value is not None}


def read(given: Given) -> Scheme:
    """The scheme that a file gives; Unfit says what does not fit."""
    factors = {str(row["name"]): _factor(row) for row in given["factors"]}
    levels = tuple(
        Level(
            int(row["level"]), _text(row, "name"), _text(row, "says"), _minutes(row, "acknowledge_minutes"),
            int(row["contain_hours"]), _minutes(row, "group_minutes") if "group_minutes" in row else None,
        )
        for row in given["levels"]
    )  # fmt: skip
    if [one.level for one in levels] != list(LEVELS):
        raise Unfit("A scheme has the levels 0 to 4, in order.")
    group, national = (tuple(_heading(row, factors) for row in given[name]) for name in ("group", "national"))
    reports = {
        str(row["ongoing"]): Waking(_minutes(row, "look_minutes"), _minutes(row, "answer_minutes"))
        for row in given.get("reports", ())
    }
    return Scheme(str(given["version"]), factors, levels, group, national, reports)


def _minutes(row: Given, name: str) -> int:
    minutes = int(row[name])
    if minutes < 1:
        raise Unfit(f"{name}: {minutes} is no time to answer; give 1 minute or more.")
    return minutes


def _factor(row: Given) -> Factor:
    kind = str(row["kind"])
    if kind not in KINDS:
        raise Unfit(f'{row["name"]}: "{kind}" is no kind of factor; there are {", ".join(KINDS)}.')
    choices = tuple((int(one["value"]), _text(one, "title")) for one in row.get("choices", ()))
    return Factor(str(row["name"]), kind, _text(row, "title"), _text(row, "asks"), choices)


def _heading(row: Given, factors: Mapping[str, Factor]) -> Heading:
    name = str(row["id"])
    rules = tuple(_rule(one, name, factors) for one in row["rules"])
    if any(lower.level > higher.level for higher, lower in zip(rules, rules[1:], strict=False)):
        raise Unfit(f"{name}: write the rules with the highest level first.")
    _known(row["factors"], factors, name)
    return Heading(name, _text(row, "title"), tuple(row["factors"]), rules, _text(row, "none"))


def _rule(row: Given, heading: str, factors: Mapping[str, Factor]) -> Rule:
    conditions = tuple(
        Condition(str(one["factor"]), str(one.get("is", "=")), one.get("value", True), str(one.get("than", "")))
        for one in row["when"]
    )  # fmt: skip
    _known((name for one in conditions for name in (one.factor, one.than) if name), factors, heading)
    if wrong := next((one for one in conditions if one.comparison not in COMPARISONS), None):
        raise Unfit(f'{heading}: "{wrong.comparison}" is no comparison; there are {", ".join(COMPARISONS)}.')
    level = int(row["level"])
    if level not in LEVELS or not conditions:
        raise Unfit(f"{heading}: a rule has a level from 0 to 4 and at least one condition.")
    return Rule(level, conditions, _text(row, "says"))


def _known(names: Iterable[str], factors: Mapping[str, Factor], where: str) -> None:
    for name in names:
        if name not in factors:
            raise Unfit(f'{where}: "{name}" is no factor of the scheme.')


def _text(row: Given, key: str) -> Text:
    return Text(str(row[key]), str(row.get(f"{key}_zh", "")))
