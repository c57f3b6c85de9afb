"""The level that a scheme gives to what is known of an incident, with a reason for every heading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from keepwell.kernel.severity.scheme import Facts, Heading, Rule, Scheme, Value


@dataclass(frozen=True)
class Reason:
    """What one heading gives: its level (None: nothing is known yet), and the rule that gave it (None: none holds)."""

    heading: Heading
    level: int | None
    rule: Rule | None
    facts: Facts

    def sentence(self, language: str = "en") -> str:
        """Why the heading gives its level, with its numbers; empty where nothing is known."""
        if self.level is None:
            return ""
        if self.rule is None:
            return self.heading.none.within(language)
        return self.rule.says.within(language) % {name: told(value) for name, value in self.facts.items()}


@dataclass(frozen=True)
class Classification:
    """The level (0..4) and, where the nation's scale knows such an incident, its level (1..4), each with its reasons."""

    level: int
    reasons: tuple[Reason, ...]
    national_level: int | None
    national_reasons: tuple[Reason, ...]

    @property
    def deciding(self) -> tuple[Reason, ...]:
        """The reasons that give the level; none where nothing gives more than S0."""
        return tuple(one for one in self.reasons if one.level and one.level == self.level)


def classify(scheme: Scheme, facts: Facts) -> Classification:
    """What `scheme` makes of `facts`: the highest heading decides; what is not known decides nothing."""
    group = tuple(_reason(heading, facts) for heading in scheme.group)
    national = tuple(_reason(heading, facts) for heading in scheme.national)
    return Classification(_highest(group), group, _highest(national) or None, national)


def told(value: Value | None) -> str:
    """A number of a sentence: thousands separated, no needless zeros."""
    if isinstance(value, bool) or value is None:
        return str(value)
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"


def _reason(heading: Heading, facts: Facts) -> Reason:
    rule = next((one for one in heading.rules if one.holds(facts)), None)
    if rule is not None:
        return Reason(heading, rule.level, rule, facts)
    is_known = any(facts.get(name) is not None for name in heading.factors)
    return Reason(heading, 0 if is_known else None, None, facts)


def _highest(reasons: Iterable[Reason]) -> int:
    return max((one.level for one in reasons if one.level is not None), default=0)
