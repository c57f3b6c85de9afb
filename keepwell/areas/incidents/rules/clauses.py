"""Clauses of contracts in one incident: which ask for a notice by the facts they name, and which only a person can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from keepwell.areas.incidents.models import ClauseQuestion
from keepwell.areas.organization.models import NoticeClause
from keepwell.kernel.clocks.clauses import Clause
from keepwell.kernel.clocks.factors import Facts
from keepwell.kernel.clocks.known import Incident as Known
from keepwell.kernel.clocks.rules import Rule

Key = tuple[str, str]
WORDED = {NoticeClause.Kind.CUSTOMER: "customer-contract", NoticeClause.Kind.INSURER: "insurer-notice",
          NoticeClause.Kind.AUTHORITY: "authority-order"}  # fmt: skip
"""Under which rule a clause of each kind runs."""
CUSTOMERS = WORDED[NoticeClause.Kind.CUSTOMER]


def passed_over(clauses: Mapping[Key, NoticeClause], named: frozenset[str]) -> dict[Key, NoticeClause]:
    """Clauses of customers who are not among the `named`; none where nobody is named."""
    if not named:
        return {}
    return {
        key: one
        for key, one in clauses.items()
        if one.kind == NoticeClause.Kind.CUSTOMER and one.counterparty not in named
    }


class Telling(Protocol):
    """A unit that may have to tell, with what binds it and what is known."""

    @property
    def known(self) -> Known: ...
    @property
    def rules(self) -> list[Rule]: ...
    @property
    def clauses(self) -> dict[Key, NoticeClause]: ...


def answered(
    worded: Sequence[Clause], clauses: Mapping[Key, NoticeClause], asked: Mapping[UUID, ClauseQuestion]
) -> tuple[Clause, ...]:
    """The clauses that bind, each with what somebody said of whether it applies."""
    if not asked:
        return tuple(worded)
    found = ((one, asked.get(clauses[one.rule, one.counterparty].pk)) for one in worded)
    return tuple(replace(one, applies=said.answer) if said else one for one, said in found)


def to_ask(teller: Telling) -> list[NoticeClause]:
    """The clauses of which only a person can say whether they apply: their words name no facts, and the rule under which
    they would run is on and is not triggered without them."""
    facts, on = _facts(teller), {rule.id: rule for rule in teller.rules}
    return [
        clause
        for (rule, _name), clause in teller.clauses.items()
        if not clause.conditions.strip() and rule in on and on[rule].trigger.holds(facts) is not True
    ]


def not_asking(teller: Telling) -> list[NoticeClause]:
    """The clauses that name facts which do not hold."""
    return [one for one in teller.clauses.values() if one.conditions.strip() and asks(teller, one) is False]


def asks(teller: Telling, clause: NoticeClause) -> bool | None:
    """Whether the clause asks for a notice; None where nobody knows, and where no rule that is on starts its clock."""
    key = WORDED[NoticeClause.Kind(clause.kind)], str(clause)
    rule = next((one for one in teller.rules if one.id == key[0]), None)
    worded = next((one for one in teller.known.clauses if (one.rule, one.counterparty) == key), None)
    return worded.asks(rule, _facts(teller)) if rule and worded else None


def _facts(teller: Telling) -> Facts:
    return teller.known.facts(teller.known.units[0])
