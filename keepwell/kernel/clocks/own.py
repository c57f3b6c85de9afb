"""A group's own rules of notification: beside the shipped ones, or a newer text in the place of one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keepwell.kernel.clocks import faults
from keepwell.kernel.clocks.calendars import Unfit, is_kept
from keepwell.kernel.clocks.faults import Fact, Fault, at_line
from keepwell.kernel.clocks.languages import LONGEST_CONTENT, LONGEST_STAGE, LONGEST_TEXT
from keepwell.kernel.clocks.rules import (
    ALWAYS,
    OWN_RULES,
    Rule,
    condition_of,
    name_of,
    refuse_apart,
    rule_of,
    stage_of,
)

OWN_ID = re.compile(r"^own-[a-z0-9]+(-[a-z0-9]+)*$")
REGIONS = ("EU", "contract", OWN_RULES)
MOST_RULES, LONGEST_ID, MOST_CONTENTS, MOST_STAGES = 200, 60, 40, 12
NEEDED = {
    "regime": faults.NO_REGIME, "jurisdiction": faults.NO_JURISDICTION, "recipient": faults.NO_RECIPIENT,
}  # fmt: skip
"""What is said where a part is missing that an own rule must have."""
BY_CONTRACT = frozenset({"contract_clause_exists", "policy_in_force"})
COUNTRY = re.compile(r"^[A-Z]{2}$")


@dataclass(frozen=True)
class Known:
    """What own rules may name beside the shipped ones: business calendars, own rules in force, by their ids, and by
    which attributes units are bound (None: those of the shipped rules)."""

    calendars: Collection[str] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    attributes: Collection[str] | None = None


@dataclass(frozen=True)
class Examined:
    """Rows as they were found: those that fit by id, and each fault of the others."""

    rules: dict[str, Rule]
    faults: list[Fault]


def read(rows: Any, shipped: Mapping[str, Rule], known: Known) -> dict[str, Rule]:
    """Own rules by id; Unfit says the first fault: which rule, which stage, and what to do."""
    found = examine(rows, shipped, known)
    if found.faults:
        first = found.faults[0]
        raise Unfit(first.says, **first.facts)
    return found.rules


def examine(rows: Any, shipped: Mapping[str, Rule], known: Known) -> Examined:
    """Every row looked at, and then all together with the rules that there are; a fault hides no other."""
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        return Examined({}, [Fault(faults.NO_LIST_OF_RULES)])
    if len(rows) > MOST_RULES:
        many: dict[str, Fact] = {"count": f"{len(rows):,}", "most": MOST_RULES}
        return Examined({}, [Fault(faults.TOO_MANY_RULES, many)])
    found: dict[str, Rule] = {}
    wrong: list[Fault] = []
    for number, row in enumerate(rows, 1):
        try:
            rule = _one(row, number, shipped, known)
            if rule.id in found:
                raise Unfit(faults.SAME_ID, where=rule.id)
            found[rule.id] = rule
        except Unfit as first:
            wrong += _each(row, first.fault)
    if not wrong:
        wrong += _together({**shipped, **known.rules, **found})
    return Examined(found, wrong)


def _each(row: Any, first: Fault) -> list[Fault]:
    """The faults of a row with their lines: the first, and those of its conditions and stages, each looked at alone."""
    told = {str(first): at_line(first, row)}
    parts: list[tuple[str, Callable[[str, Any], object]]] = [("when", condition_of), ("stages", stage_of)]
    for part, reader in parts if isinstance(row, Mapping) else ():
        for one in _listed(row, part):
            try:
                reader(str(row.get("id")), one)
            except Unfit as wrong:
                told[str(wrong.fault)] = at_line(wrong.fault, one)
    return list(told.values())


def _together(every: Mapping[str, Rule]) -> list[Fault]:
    try:
        refuse_apart(every)
    except Unfit as wrong:
        return [wrong.fault]
    return []


def _one(row: Any, number: int, shipped: Mapping[str, Rule], known: Known) -> Rule:
    """One own rule by itself; its chains are looked at with the others."""
    name = name_of(row, number)
    _refuse_id(name, row, shipped)
    for part, says in NEEDED.items():
        if not str(row.get(part) or "").strip():
            raise Unfit(says, where=name)
    _refuse_long(row, name)
    rule = rule_of(row, number)
    if not COUNTRY.match(rule.jurisdiction) and rule.jurisdiction not in REGIONS:
        raise Unfit(faults.BAD_JURISDICTION, where=name, value=rule.jurisdiction)
    _refuse_unknown(rule, shipped, known)
    return rule


def _listed(row: Mapping[str, Any], key: str) -> list[Any]:
    found = row.get(key)
    return found if isinstance(found, list) else []


def _refuse_id(name: str, row: Mapping[str, Any], shipped: Mapping[str, Rule]) -> None:
    replaces = row.get("replaces", False)
    if not isinstance(replaces, bool):
        raise Unfit(faults.NO_FLAG, where=name, part="replaces", value=repr(replaces))
    if len(name) > LONGEST_ID:
        raise Unfit(faults.LONG_ID, where=name[:LONGEST_ID], most=LONGEST_ID)
    if name in shipped:
        if not replaces:
            raise Unfit(faults.ID_IS_SHIPPED, where=name)
        return
    if replaces:
        raise Unfit(faults.ID_IS_NOT_SHIPPED, where=name)
    if not OWN_ID.match(name):
        raise Unfit(faults.BAD_ID, where=name)


def _refuse_long(row: Mapping[str, Any], name: str) -> None:
    """Refuse what no page could show."""
    for part, value in row.items():
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            count, fit = f"{len(value):,}", f"{LONGEST_TEXT:,}"
            raise Unfit(faults.LONG_TEXT, where=f"{name}, {part}", count=count, most=fit)
    for part, most in (("content", MOST_CONTENTS), ("stages", MOST_STAGES)):
        if (found := len(_listed(row, part))) > most:
            raise Unfit(faults.LONG_LIST, where=f"{name}, {part}", count=f"{found:,}", most=most)
    for one in _listed(row, "content"):
        if not isinstance(one, str) or not one.strip() or len(one) > LONGEST_CONTENT:
            raise Unfit(faults.BAD_CONTENT, where=f"{name}, content", most=LONGEST_CONTENT)
    for stage in _listed(row, "stages"):
        if isinstance(stage, Mapping) and len(str(stage.get("stage", ""))) > LONGEST_STAGE:
            raise Unfit(faults.LONG_STAGE, where=name, most=LONGEST_STAGE)


def _refuse_unknown(rule: Rule, shipped: Mapping[str, Rule], known: Known) -> None:
    """Refuse a calendar and an attribute that nobody knows: no deadline would come of them."""
    if rule.calendar and rule.calendar not in known.calendars and not is_kept(rule.calendar):
        raise Unfit(faults.NO_CALENDAR, where=rule.id, value=rule.calendar)
    if rule.id in shipped and rule.binds == shipped[rule.id].binds:
        return
    if rule.binds in BY_CONTRACT:
        raise Unfit(faults.BY_CONTRACT, where=rule.id, value=rule.binds)
    shipped_ones = {one.binds for one in shipped.values()} - BY_CONTRACT
    attributes = shipped_ones if known.attributes is None else set(known.attributes)
    if rule.binds not in {ALWAYS, *attributes}:
        known_ones = faults.listed(sorted(attributes - {ALWAYS}))
        raise Unfit(faults.BINDS_NOBODY, where=rule.id, value=rule.binds, known=known_ones)


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """The parts in which two texts of a rule differ, but for the number of their edition."""
    for part in dict.fromkeys((*one, *other)):
        if part != "edition" and one.get(part) != other.get(part):
            yield part


def numbered(row: Mapping[str, Any], edition: int) -> dict[str, Any]:
    """The text of a rule with its edition behind its id."""
    rest: Iterable[tuple[str, Any]] = (
        (key, value) for key, value in row.items() if key not in ("id", "edition")
    )
    return {"id": row["id"], "edition": edition, **dict(rest)}
