"""Why an incident has its level, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language

from keepwell.areas.incidents.models.library import scheme
from keepwell.kernel.severity.classifying import Classification, Reason, classify
from keepwell.kernel.severity.scheme import Facts


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


def reasons(facts: Facts) -> Reasons:
    """Every heading of the scheme, as far as `facts` tell of it."""
    found: Classification = classify(scheme(), facts)
    language = get_language() or "en"
    unknown = ", ".join(one.heading.title.within(language) for one in found.reasons if one.level is None)
    return Reasons(
        found.level, _told(found.reasons, found.level, language),
        _told(found.national_reasons, found.national_level or 0, language), unknown,
    )  # fmt: skip


def _told(found: Iterable[Reason], highest: int, language: str) -> list[Why]:
    told = [
        Why(one.heading.title.within(language), one.sentence(language), one.level, one.level == highest > 0)
        for one in found
        if one.level is not None
    ]
    return sorted(told, key=lambda one: -one.level)
