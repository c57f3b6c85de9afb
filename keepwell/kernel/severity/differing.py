"""How one scheme differs from another: level by level, factor by factor, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keepwell.kernel.severity.classifying import classify
from keepwell.kernel.severity.scheme import Facts, Heading, Rule, Scheme, Unfit, Value

OF_LEVEL = ("name", "says", "acknowledge_minutes", "group_minutes", "contain_hours")
OF_FACTOR = ("kind", "title", "asks", "choices")
OF_HEADING = ("title", "factors", "none")
OF_REPORT = ("look_minutes", "answer_minutes")


@dataclass(frozen=True)
class Difference:
    """One thing that differs: of which part (level, factor, heading, rule, report) of which name, what, before and
    after. Of a whole part that is new or gone `what` is "" and `before` or `after` None."""

    part: str
    name: str
    what: str
    before: Any  # Any: a number, words, a rule, a factor
    after: Any


def differences(before: Scheme, after: Scheme) -> list[Difference]:
    """All in which `after` differs from `before`, in the order of a scheme's file. Both scales of the nation are alike."""
    levels = [{str(one.level): one for one in scheme.levels} for scheme in (before, after)]
    headings = [{one.id: one for one in scheme.group} for scheme in (before, after)]
    found = [*_parts("level", levels[0], levels[1], OF_LEVEL)]
    found += _parts("report", before.reports, after.reports, OF_REPORT)
    found += _parts("factor", before.factors, after.factors, OF_FACTOR)
    for name in _names(headings[0], headings[1]):
        one, other = headings[0].get(name), headings[1].get(name)
        found += _parts("heading", _only(name, one), _only(name, other), OF_HEADING)
        found += _rules(name, one, other)
    return found


def _only(name: str, one: Heading | None) -> dict[str, Heading]:
    return {name: one} if one else {}


def _names(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*after, *before]))


def _parts(
    part: str, before: Mapping[str, Any], after: Mapping[str, Any], what: tuple[str, ...]
) -> Iterator[Difference]:
    for name in _names(before, after):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            yield Difference(part, name, "", one, other)
            continue
        for each in what:
            if getattr(one, each) != getattr(other, each):
                yield Difference(part, name, each, getattr(one, each), getattr(other, each))


def _rules(name: str, before: Heading | None, after: Heading | None) -> Iterator[Difference]:
    """Rules with the same conditions are the same rule; of those a level and a sentence can differ."""
    one, other = _by_conditions(before), _by_conditions(after)
    for conditions in dict.fromkeys([*other, *one]):
        was, now = one.get(conditions), other.get(conditions)
        if was is None or now is None:
            yield Difference("rule", name, "", was, now)
        elif was.level != now.level:
            yield Difference("rule", name, "level", was, now)
        elif was.says != now.says:
            yield Difference("rule", name, "says", was, now)


def _by_conditions(heading: Heading | None) -> dict[frozenset[Any], Rule]:
    return {frozenset(rule.conditions): rule for rule in (heading.rules if heading else ())}


def fitting(scheme: Scheme, facts: Facts) -> dict[str, Value]:
    """Those of `facts` that `scheme` asks for and that can be so by it."""
    found: dict[str, Value] = {}
    for name, value in facts.items():
        try:
            found |= scheme.checked({name: value})
        except Unfit:
            continue
    return found


def level_by(scheme: Scheme, facts: Facts) -> int:
    """The level (0..4) that `scheme` gives to facts that were told by another one."""
    return classify(scheme, fitting(scheme, facts)).level
