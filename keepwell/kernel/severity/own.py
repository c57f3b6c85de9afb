"""A group's own scheme: read from what its file holds, beside the shipped one, with everything that does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from keepwell.kernel.clocks.factors import FACTORS as OF_CLOCKS
from keepwell.kernel.severity import faults
from keepwell.kernel.severity.faults import Fault, Faulty, Place
from keepwell.kernel.severity.parts import LONGEST_NAME, LONGEST_SENTENCE, Part, shown
from keepwell.kernel.severity.scheme import (
    COMPARISONS,
    KINDS,
    LEVELS,
    MOST,
    Condition,
    Factor,
    Heading,
    Level,
    Rule,
    Scheme,
    Text,
    Waking,
)
from keepwell.kernel.severity.text import read_text

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
BLANK = re.compile(r"%\((?P<name>[^()%]*)\)s|%%")
ASKED_BESIDE = {"version", "kind", "level", "reason", "csrfmiddlewaretoken"}
"""What the form of a classification asks beside the factors."""
ONGOING = ("yes", "no", "unsure")
MOST_FACTORS, MOST_HEADINGS, MOST_RULES, MOST_CONDITIONS, MOST_CHOICES = 60, 40, 40, 8, 20
MOST_MINUTES, MOST_HOURS, MOST_VALUE = 10_080, 8_760, 1_000
LATER = (faults.NEEDED, faults.NEEDED_SO, faults.RESERVED)
"""What a later version may find in a file that fitted an earlier one."""
NOTHING = -1
"""Stands for a value that is no number, and that no factor can have."""


def read_own(content: bytes, shipped: Scheme) -> Scheme:
    """The scheme that a group's file holds, with the national scale of the `shipped` one. Raises Faulty with all that
    does not fit."""
    given = read_text(content)
    if not isinstance(given, Mapping):
        raise Faulty([Fault(faults.NO_SCHEME)])
    reading = _Reading(Part(given, Place(), []), shipped)
    found = reading.scheme()
    if reading.whole.found:
        raise Faulty(reading.whole.found)
    return found


def read_kept(content: bytes, shipped: Scheme) -> Scheme:
    """The same of what was taken in by an earlier version: what the `shipped` scheme needs since is added to it."""
    reading = _Reading(Part(read_text(content), Place(), []), shipped)
    found = reading.scheme()
    if wrong := [one for one in reading.whole.found if one.says not in LATER]:
        raise Faulty(wrong)
    since = {name: shipped.factors[name] for name in needed(shipped) if name not in found.factors}
    return replace(found, factors={**found.factors, **since})


def needed(shipped: Scheme) -> list[str]:
    """The shipped factors that the national scale or the clocks decide by; a group keeps them as they are."""
    conditions = [one for heading in shipped.national for rule in heading.rules for one in rule.conditions]
    asked = {name for one in conditions for name in (one.factor, one.than)}
    asked |= {name for heading in shipped.national for name in heading.factors} | set(OF_CLOCKS)
    return [name for name in shipped.factors if name in asked]


class _Reading:
    """Reads one file; what does not fit is gathered, and read on."""

    def __init__(self, whole: Part, shipped: Scheme) -> None:
        self.whole, self.shipped = whole, shipped
        self.factors: dict[str, Factor] = {}

    def scheme(self) -> Scheme:
        given = dict(self.whole.given)
        if given.pop("national", None) is not None:
            self.whole.wrong(faults.NATIONAL)
        replace(self.whole, given=given).has_only(("version", "levels", "factors", "group", "reports"))
        levels = tuple(_level(one) for one in self.whole.parts("levels", 5, 5, Place("level")))
        if levels and [one.level for one in levels] != list(LEVELS):
            self.whole.wrong(faults.LEVELS_WRONG)
        for one in self.whole.parts("factors", 1, MOST_FACTORS, Place("factor")):
            self._factor(one.named("name"))
        self._keep_needed()
        headings = self.whole.parts("group", 1, MOST_HEADINGS, Place("heading"))
        group = tuple(self._heading(one.named("id")) for one in headings)
        self._once([one.id for one in group])
        version = shown(given.get("version", ""))
        return Scheme(version, self.factors, levels, group, self.shipped.national, self._reports())

    def _once(self, names: list[str]) -> None:
        for name in dict.fromkeys(one for one in names if one and names.count(one) > 1):
            self.whole.wrong(faults.TWICE, name=name)

    def _factor(self, part: Part) -> None:
        part.has_only(("name", "kind", "title", "title_zh", "asks", "asks_zh", "choices"))
        name, kind = _name(part, "name"), part.given.get("kind")
        if kind not in KINDS:
            part.wrong(faults.BAD_KIND, name=shown(kind), known=", ".join(KINDS))
        made = Factor(
            name, str(kind), part.texts("title"), part.texts("asks", LONGEST_SENTENCE), _choices(part)
        )
        if name in self.factors:
            part.wrong(faults.TWICE, name=name)
        if name in ASKED_BESIDE or (name in OF_CLOCKS and name not in self.shipped.factors):
            part.wrong(faults.RESERVED, name=name)
        if name:
            self.factors[name] = made

    def _keep_needed(self) -> None:
        """What the clocks and the national scale decide by is there as it was shipped, but for its words."""
        for name in needed(self.shipped) if self.factors else ():
            before, now = self.shipped.factors[name], self.factors.get(name)
            if now is None:
                self.whole.wrong(faults.NEEDED, name=name)
            elif (now.kind, _values(now)) != (before.kind, _values(before)):
                self.whole.wrong(faults.NEEDED_SO, name=name)

    def _heading(self, part: Part) -> Heading:
        part.has_only(("id", "title", "title_zh", "factors", "none", "none_zh", "rules"))
        name, none = _name(part, "id"), part.texts("none", LONGEST_SENTENCE)
        for blank in BLANK.finditer(none.en + none.zh):
            part.wrong(faults.NO_BLANKS, name=shown(blank.group()))
        looked_at = [shown(one) for one in part.listed("factors", 1, MOST_FACTORS)]
        for one in looked_at:
            self._known(part, one)
        place = replace(part.at, kind="rule", number=0)
        parts = part.parts("rules", 1, MOST_RULES, place)
        rules = [self._rule(one) for one in parts]
        for number, (rule, at) in enumerate(zip(rules, parts, strict=True)):
            if any(rule.level > before.level for before in rules[:number]):
                at.wrong(faults.LOWER_FIRST)
            if rule.conditions and any(_alike(rule, before) for before in rules[:number]):
                at.wrong(faults.NEVER)
        return Heading(name, part.texts("title"), tuple(looked_at), tuple(rules), none)

    def _rule(self, part: Part) -> Rule:
        part.has_only(("level", "when", "says", "says_zh"))
        level = part.whole("level", 0, 4)
        place = replace(part.at, kind="condition")
        conditions = tuple(self._condition(one) for one in part.parts("when", 1, MOST_CONDITIONS, place))
        says = part.texts("says", LONGEST_SENTENCE)
        asked = {name for one in conditions for name in (one.factor, one.than)}
        for name in dict.fromkeys(_blanks(part, says.en) + _blanks(part, says.zh)):
            if name not in asked:
                part.wrong(faults.UNASKED, name=shown(name))
        return Rule(level, conditions, says)

    def _condition(self, part: Part) -> Condition:
        part.has_only(("factor", "is", "value", "than"))
        name, comparison = part.text("factor", LONGEST_NAME), part.given.get("is", "=")
        if not isinstance(comparison, str) or comparison not in COMPARISONS:
            part.wrong(faults.BAD_COMPARISON, name=shown(comparison), known=", ".join(COMPARISONS))
        if "value" in part.given and "than" in part.given:
            part.wrong(faults.BOTH)
        value = part.given.get("value", True)
        value = value if isinstance(value, int | float) else NOTHING
        made = Condition(name, str(comparison), value, str(part.given.get("than", "")))
        if name and self._known(part, name):
            self._fits(part, self.factors[name], made)
        return made

    def _fits(self, part: Part, factor: Factor, one: Condition) -> None:
        """A condition compares its factor with what the factor can be."""
        if factor.kind == "bool" and (one.than or one.comparison != "=" or not isinstance(one.value, bool)):
            part.wrong(faults.OF_BOOL, name=factor.name)
        if factor.kind == "number" and one.than and self._known(part, shown(one.than)):
            if self.factors[one.than].kind != "number":
                part.wrong(faults.OF_NUMBER, name=factor.name)
        elif factor.kind == "number" and not one.than and not _is_number(one.value):
            part.wrong(faults.OF_NUMBER, name=factor.name)
        values = _values(factor)
        if factor.kind == "choice" and (one.than or isinstance(one.value, bool) or one.value not in values):
            part.wrong(faults.OF_CHOICE, name=factor.name, known=", ".join(map(str, values)))

    def _known(self, part: Part, name: str) -> bool:
        if name not in self.factors:
            part.wrong(faults.NO_FACTOR, name=shown(name))
        return name in self.factors

    def _reports(self) -> dict[str, Waking]:
        if "reports" not in self.whole.given:
            return {}
        found: dict[str, Waking] = {}
        for part in self.whole.parts("reports", 0, len(ONGOING), Place("report")):
            part = part.named("ongoing")
            part.has_only(("ongoing", "look_minutes", "answer_minutes"))
            name = part.given.get("ongoing")
            if name not in ONGOING:
                part.wrong(faults.BAD_ONGOING, name=shown(name))
            if str(name) in found:
                part.wrong(faults.TWICE, name=shown(name))
            minutes = [part.whole(one, 1, MOST_MINUTES) for one in ("look_minutes", "answer_minutes")]
            found[str(name)] = Waking(*minutes)
        return found


def _level(part: Part) -> Level:
    part = part.named("level")
    part.has_only(
        (
            "level",
            "name",
            "name_zh",
            "says",
            "says_zh",
            "acknowledge_minutes",
            "group_minutes",
            "contain_hours",
        )
    )
    return Level(
        part.whole("level", 0, 4), part.texts("name", 40), part.texts("says", LONGEST_SENTENCE),
        part.whole("acknowledge_minutes", 1, MOST_MINUTES), part.whole("contain_hours", 1, MOST_HOURS),
        part.whole("group_minutes", 1, MOST_MINUTES) if "group_minutes" in part.given else None,
    )  # fmt: skip


def _name(part: Part, key: str) -> str:
    if not part.holds(key):
        return ""
    value = part.given[key]
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    part.wrong(faults.BAD_NAME, name=shown(value))
    return ""


def _choices(part: Part) -> tuple[tuple[int, Text], ...]:
    if part.given.get("kind") != "choice":
        if "choices" in part.given:
            part.wrong(faults.NO_CHOICES)
        return ()
    found = []
    for one in part.parts("choices", 2, MOST_CHOICES, replace(part.at, kind="choice", number=0)):
        one.has_only(("value", "title", "title_zh"))
        found.append((one.whole("value", 0, MOST_VALUE), one.texts("title")))
    values = [value for value, _text in found]
    if values != sorted(set(values)):
        part.wrong(faults.BAD_CHOICES, most=MOST_CHOICES)
    return tuple(found)


def _values(factor: Factor) -> list[int]:
    return [value for value, _text in factor.choices]


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isfinite(value) and 0 <= value <= MOST


def _alike(one: Rule, other: Rule) -> bool:
    return set(one.conditions) == set(other.conditions)


def _blanks(part: Part, sentence: str) -> list[str]:
    """The factors that a sentence names; a percent sign that names none is a fault."""
    if "%" in BLANK.sub("", sentence):
        part.wrong(faults.BAD_PERCENT)
    return [found["name"] for found in BLANK.finditer(sentence) if found["name"] is not None]
