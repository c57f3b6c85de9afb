"""The texts of an own rule in further languages: read and checked once, and carried by the texts themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from keepwell.kernel.clocks import faults
from keepwell.kernel.clocks.calendars import Unfit
from keepwell.kernel.clocks.faults import Fact, Fault

# The rule of rules.py, which stands above this module and asks it for its texts.
Rule = TypeVar("Rule", bound=Any)
LANGUAGES = ("en", "zh-hant", "zh-hans", "ja", "ko", "de", "ms", "th", "vi", "fr", "es", "it", "nl", "pl", "cs")  # fmt: skip
"""The languages in which somebody reads: those of pages, and those of notices."""
FIELDS = {"regime": "regime", "trigger": "trigger_text", "starts": "starts_text", "recipient": "recipient",
          "source": "source", "note": "note"}  # fmt: skip
WORDS = ("action", "repeat", "followup", "extendable", "fallback", "rule_before", "rule", "status", "penalty",
         "record_retention", "verified_text")  # fmt: skip
"""What a rule says beside what is reckoned with, in the regime's or the table's words."""
PARTS = (*FIELDS, *WORDS, "content", "stages")
LONGEST_STAGE, LONGEST_CONTENT, LONGEST_TEXT = 60, 300, 2_000
Given = Any  # as it was read from a file


class Told(str):
    """A text of a rule that knows its words in further languages; to all who compare or keep it, it is its first words."""

    others: Mapping[str, str]

    def __new__(cls, first: str, others: Mapping[str, str]) -> Told:
        made = super().__new__(cls, first)
        made.others = others
        return made


def own_words(text: str, language: str) -> str:
    """The words that the rule itself has in `language` for a text of it; "" where it has none."""
    return text.others.get(language, "") if isinstance(text, Told) else ""


def within(rule: Rule, language: str) -> Rule:
    """The rule as it is read in `language`, its first words where it has no others. Nothing is reckoned by it: stages are
    known by their first names."""
    if not rule.languages:
        return rule
    plain: Any = {field: _read(getattr(rule, field), language) for field in FIELDS.values()}
    return replace(
        rule, **plain, words=tuple((name, _read(text, language)) for name, text in rule.words),
        content=tuple(_read(one, language) for one in rule.content),
        stages=tuple(replace(stage, name=_read(stage.name, language)) for stage in rule.stages),
    )  # fmt: skip


def _read(text: str, language: str) -> str:
    return own_words(text, language) or str(text)


def worded(rule: Rule, given: Given) -> Rule:
    """The rule with its texts in the languages of its part `languages` (None: it has none); Unfit says what does not
    fit."""
    if given is None:
        return rule
    where = f"{rule.id}, languages"
    if not isinstance(given, Mapping) or not given:
        raise Unfit(faults.BAD_LANGUAGES, where=where)
    found = {language: dict(_texts(rule, language, texts)) for language, texts in given.items()}

    def told(part: str, name: str, first: str) -> str:
        others = {language: texts[part, name] for language, texts in found.items() if (part, name) in texts}
        return Told(first, others) if others else first

    plain: Any = {field: told(part, "", getattr(rule, field)) for part, field in FIELDS.items()}
    return replace(
        rule, **plain, languages=tuple(found), words=tuple((name, told(name, "", text)) for name, text in rule.words),
        content=tuple(told("content", one, one) for one in rule.content),
        stages=tuple(replace(stage, name=told("stages", stage.name, stage.name)) for stage in rule.stages),
    )  # fmt: skip


def _texts(rule: Any, language: str, given: Given) -> Iterator[tuple[tuple[str, str], str]]:
    """Each text of `language` with its part, and of stages and contents its first words."""
    where = f"{rule.id}, languages, {language}"
    if language not in LANGUAGES:
        known = faults.listed(LANGUAGES)
        raise _unfit(given, faults.NO_LANGUAGE, where=f"{rule.id}, languages", value=language, known=known)
    if not isinstance(given, Mapping) or not given:
        raise _unfit(given, faults.BAD_LANGUAGES, where=where)
    first = {part: getattr(rule, field) for part, field in FIELDS.items()} | dict(rule.words)
    for part, value in given.items():
        if part not in PARTS:
            raise _unfit(given, faults.STRAY_IN_LANGUAGE, where=where, value=part, known=faults.listed(PARTS))
        if part == "content":
            yield from _contents(rule, value, given, where)
        elif part == "stages":
            yield from _stages(rule, value, given, where)
        elif not first.get(part):
            raise _unfit(given, faults.NOT_SAID, where=f"{where}, {part}")
        else:
            yield (part, ""), _text(value, given, f"{where}, {part}", LONGEST_TEXT)


def _contents(rule: Any, value: Given, given: Given, where: str) -> Iterator[tuple[tuple[str, str], str]]:
    """The contents of a notice, in the order of the rule."""
    if not isinstance(value, list) or len(value) != len(rule.content):
        raise _unfit(given, faults.BAD_CONTENTS, where=f"{where}, content", count=len(rule.content))
    for first, one in zip(rule.content, value, strict=True):
        yield ("content", first), _text(one, given, f"{where}, content", LONGEST_CONTENT)


def _stages(rule: Any, value: Given, given: Given, where: str) -> Iterator[tuple[tuple[str, str], str]]:
    """The names of stages, by their first names."""
    if not isinstance(value, Mapping):
        raise _unfit(given, faults.BAD_STAGES, where=f"{where}, stages")
    names = {stage.name for stage in rule.stages}
    for name, text in value.items():
        if name not in names:
            raise _unfit(value, faults.NO_SUCH_STAGE, where=f"{where}, stages", value=name)
        yield ("stages", name), _text(text, value, f"{where}, stages, {name}", LONGEST_STAGE)


def _text(value: Given, given: Given, where: str, most: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise _unfit(given, faults.BAD_WORDS, where=where, most=f"{most:,}")
    return value.strip()


def _unfit(given: Given, says: str, /, **facts: Fact) -> Unfit:
    """What does not fit, with the line of the table in which it stands."""
    fault = faults.at_line(Fault(says, facts), given)
    return Unfit(fault.says, **fault.facts)
