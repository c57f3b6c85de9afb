"""A scheme in the reader's words: its levels, factors and rules, how two of them differ, and what does not fit in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext, gettext_lazy

from keepwell.areas.incidents.models.library import here, shipped_scheme
from keepwell.areas.incidents.models.rule_words import SIGNS
from keepwell.areas.incidents.models.scheme_words import KINDS, PARTS, WHAT
from keepwell.kernel.severity.differing import Difference
from keepwell.kernel.severity.faults import PLACES, Fault
from keepwell.kernel.severity.own import needed
from keepwell.kernel.severity.scheme import Condition, Factor, Heading, Level, Rule, Scheme, Text, Waking

ANSWERS = {"yes": gettext_lazy("It still goes on"), "no": gettext_lazy("It is over"),
           "unsure": gettext_lazy("Nobody is sure")}  # fmt: skip


@dataclass(frozen=True)
class RuleTold:
    """A rule in words: the level it gives, under which conditions, and its sentence with the factors named in it."""

    level: int
    conditions: str
    says: str


@dataclass(frozen=True)
class HeadingTold:
    """A heading in words: what it is called, its rules, and what is said where none holds."""

    id: str
    title: str
    rules: list[RuleTold]
    none: str


@dataclass(frozen=True)
class FactorTold:
    """A factor in words; `is_own` where no shipped one is called so, `is_needed` where it cannot be left out."""

    name: str
    title: str
    kind: str
    asks: str
    choices: list[tuple[int, str]]
    is_own: bool
    is_needed: bool


@dataclass(frozen=True)
class DifferenceTold:
    """One difference in words."""

    what: str
    before: str
    after: str


def levels(scheme: Scheme) -> list[dict[str, Any]]:
    """The levels, the worst first."""
    return [
        {"level": one.level, "name": here(one.name), "says": here(one.says), "acknowledge": one.acknowledge_minutes,
         "group": one.group_minutes, "contain": one.contain_hours}
        for one in reversed(scheme.levels)
    ]  # fmt: skip


def waking(scheme: Scheme) -> list[tuple[str, int, int]]:
    """After how many minutes a report wakes somebody, by what it says, and how many each has."""
    return [(str(ANSWERS[name]), one.look_minutes, one.answer_minutes)
            for name, one in scheme.reports.items() if name in ANSWERS]  # fmt: skip


def factors(scheme: Scheme) -> list[FactorTold]:
    """The factors in their order."""
    shipped = shipped_scheme()
    kept = set(needed(shipped))
    return [
        FactorTold(one.name, here(one.title), gettext(KINDS[one.kind]), here(one.asks),
                   [(value, here(text)) for value, text in one.choices], one.name not in shipped.factors, one.name in kept)
        for one in scheme.factors.values()
    ]  # fmt: skip


def headings(rows: Iterable[Heading], scheme: Scheme) -> list[HeadingTold]:
    """Headings with their rules, as `scheme` names their factors."""
    return [
        HeadingTold(one.id, here(one.title), [rule_here(rule, scheme) for rule in one.rules], here(one.none))
        for one in rows
    ]


def rule_here(rule: Rule, scheme: Scheme) -> RuleTold:
    """A rule in words."""
    joined = gettext(" and ").join(condition_here(one, scheme) for one in rule.conditions)
    return RuleTold(rule.level, joined, sentence_here(rule.says, scheme))


def sentence_here(says: Text, scheme: Scheme) -> str:
    """A sentence with the titles of its factors where their values will stand."""
    return here(says) % {name: f"‹{here(one.title)}›" for name, one in scheme.factors.items()}


def condition_here(one: Condition, scheme: Scheme) -> str:
    """A condition, as “Plant ≥ A line stands”."""
    factor = scheme.factors[one.factor]
    title, sign = here(factor.title), SIGNS[one.comparison]
    if one.than:
        return f"{title} {sign} {here(scheme.factors[one.than].title)}"
    if factor.kind == "bool":
        return title if one.value else gettext("not: %(title)s") % {"title": title}
    if factor.kind == "choice":
        return f"{title} {sign} {here(dict(factor.choices).get(int(one.value), Text(str(one.value), '')))}"
    return f"{title} {sign} {one.value:,}"


def told(found: Iterable[Difference], before: Scheme, after: Scheme) -> list[DifferenceTold]:
    """Differences in words."""
    return [
        DifferenceTold(
            _place(one, before, after), _value(one.before, before) if one.before is not None else "",
            _value(one.after, after) if one.after is not None else "",
        )
        for one in found
    ]  # fmt: skip


def _place(one: Difference, before: Scheme, after: Scheme) -> str:
    words = gettext(PARTS[one.part]) % {"name": _name(one, before, after)}
    return f"{words}: {gettext(WHAT[one.what])}" if one.what and one.part != "rule" else words


def _name(one: Difference, before: Scheme, after: Scheme) -> str:
    if one.part == "level":
        return f"S{one.name}"
    if one.part == "report":
        return str(ANSWERS.get(one.name, one.name))
    if one.part == "factor":
        return here((after.factors.get(one.name) or before.factors[one.name]).title)
    headings_ = {heading.id: heading for heading in (*before.group, *after.group)}
    return here(headings_[one.name].title)


def _value(value: Any, scheme: Scheme) -> str:
    """A value of a difference in words; of texts both languages, since either may differ."""
    match value:
        case Text():
            return _both(value)
        case Rule():
            one = rule_here(value, scheme)
            return f"S{one.level}: {one.conditions}. {_sentences(value, scheme)}"
        case Factor():
            return f"{_both(value.title)} ({gettext(KINDS[value.kind])})"
        case Heading():
            return _both(value.title)
        case Level():
            return _both(value.name)
        case Waking():
            return gettext("%(look)s, then %(answer)s minutes") % {
                "look": value.look_minutes, "answer": value.answer_minutes}  # fmt: skip
        case tuple():
            return "; ".join(_item(one, scheme) for one in value)
    return gettext(KINDS[value]) if value in KINDS else str(value)


def _item(one: Any, scheme: Scheme) -> str:
    """A choice with its number, or a factor by its title."""
    if isinstance(one, tuple):
        return f"{one[0]} {_both(one[1])}"
    return here(scheme.factors[one].title)


def _sentences(rule: Rule, scheme: Scheme) -> str:
    titles = {name: f"‹{here(one.title)}›" for name, one in scheme.factors.items()}
    return _both(Text(rule.says.en % titles, rule.says.zh % titles))


def _both(text: Text) -> str:
    first, second = (text.zh, text.en) if get_language() == "zh-hant" else (text.en, text.zh)
    return f"{first} · {second}" if first and second else first or second


def fault_here(fault: Fault) -> str:
    """What does not fit, and where, in the reader's language."""
    where = [gettext(PLACES[kind]) % fault.at.facts for kind in ("line", fault.at.kind)
             if PLACES[kind] and (kind != "line" or fault.at.line)]  # fmt: skip
    said = gettext(fault.says) % fault.facts
    return (
        gettext("%(where)s: %(what)s") % {"where": gettext(", ").join(where), "what": said} if where else said
    )
