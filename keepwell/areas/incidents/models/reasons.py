"""Why an incident has its level, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext

from keepwell.areas.incidents.models.schemes import Edition, scheme, text_told
from keepwell.kernel.severity.classifying import Classification, Reason, classify, told
from keepwell.kernel.severity.differing import level_by
from keepwell.kernel.severity.scheme import Facts, Scheme, Value


@dataclass(frozen=True)
class Why:
    """What one heading gives; `decides` where no other gives more."""

    title: str
    sentence: str
    level: int
    decides: bool


@dataclass(frozen=True)
class Reasons:
    """What the facts of an incident give on both scales, the highest heading first, and what is still open."""

    level: int
    group: list[Why]
    national: list[Why]
    open: str


Grounds = Mapping[str, Sequence[str]]
"""By factor, the codes of the systems that say what it is."""


def reasons(facts: Facts, grounds: Grounds | None = None, *, by: Scheme | None = None) -> Reasons:
    """Every heading of the scheme (`by`; None: the one in force), as far as `facts` tell of it, with the systems named
    that say so, where any does."""
    found: Classification = classify(by or scheme(), facts)
    language = get_language() or "en"
    unknown = gettext(", ").join(
        one.heading.title.within(language) for one in found.reasons if one.level is None
    )
    return Reasons(
        found.level, _told(found.reasons, found.level, language, grounds or {}),
        _told(found.national_reasons, found.national_level or 0, language, grounds or {}), unknown,
    )  # fmt: skip


def anew(facts: Facts, level: int, edition: Edition, *, then: str) -> str:
    """That the rules of `edition` are in force since, and what they give where `level` stands; of the shipped ones in
    place of which text, where `then` names it."""
    words: dict[str, Any] = {"edition": edition, "level": level_by(edition.rules, facts), "before": level}
    day = edition.since
    if day is None and not then:
        return gettext("Other rules are in force. Classify it anew.")
    if day is None:
        return _updated(words | {"then": text_told(then), "now": text_told(edition.shipped)})
    words["day"] = day.isoformat()
    if words["level"] == level:
        told = gettext(
            "The rules changed on %(day)s (%(edition)s). By them these facts give S%(level)s as before; look at what is "
            "newly asked, and classify it anew."
        )
    else:
        told = gettext(
            "The rules changed on %(day)s (%(edition)s). By them these facts give S%(level)s, and it stands at "
            "S%(before)s. Classify it anew."
        )
    return told % words


def _updated(words: dict[str, Any]) -> str:
    """The same where an update brought another text of the shipped rules."""
    if words["level"] == words["before"]:
        told = gettext(
            "The shipped rules changed with an update (then: %(then)s; now: %(now)s). By those of now these facts give "
            "S%(level)s as before; look at what is newly asked, and classify it anew."
        )
    else:
        told = gettext(
            "The shipped rules changed with an update (then: %(then)s; now: %(now)s). By those of now these facts give "
            "S%(level)s, and it stands at S%(before)s. Classify it anew."
        )
    return told % words


def _told(found: Iterable[Reason], highest: int, language: str, grounds: Grounds) -> list[Why]:
    every = [
        Why(
            one.heading.title.within(language),
            _sentence(one, language, grounds),
            one.level,
            one.level == highest > 0,
        )
        for one in found
        if one.level is not None
    ]
    return sorted(every, key=lambda one: -one.level)


def _sentence(one: Reason, language: str, grounds: Grounds) -> str:
    joined = "" if language == "zh-hant" else " "
    return joined.join((one.sentence(language), *_systems(one, grounds)))


def _systems(one: Reason, grounds: Grounds) -> Iterator[str]:
    """Which systems say what its rule rests on."""
    if one.rule is None:
        return
    rests_on = [name for condition in one.rule.conditions for name in (condition.factor, condition.than)]
    for name in dict.fromkeys(rests_on):
        if codes := grounds.get(name):
            yield system_says(name, codes, one.facts.get(name))


def system_says(factor: str, codes: Sequence[str], value: Value | None) -> str:
    """What systems say of a factor, as “MES-01 tolerates 4 hours.”"""
    named = {"systems": gettext(", ").join(codes), "hours": told(value)}
    if factor == "tolerable_hours":
        return gettext("%(systems)s tolerates %(hours)s hours.") % named
    if factor == "core_system":
        return gettext("%(systems)s is a core system.") % named
    return gettext("%(systems)s belongs to critical infrastructure.") % named
