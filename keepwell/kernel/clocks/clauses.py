"""What a contract, a policy or an order says in place of the rule under which its clock runs."""

from __future__ import annotations

from dataclasses import dataclass

from keepwell.kernel.clocks.factors import Facts, Trigger
from keepwell.kernel.clocks.rules import Rule
from keepwell.kernel.clocks.spans import Span


@dataclass(frozen=True)
class Clause:
    """The term that a contract or a policy gives to a rule whose stage is `as_written`.

    Where it has a trigger of its own, that decides instead of the rule's; what somebody answered of it (`applies`)
    decides before either.
    """

    rule: str
    counterparty: str
    start: str
    deadline: Span | None
    unit: str = ""
    calendar: str = ""
    trigger: Trigger | None = None
    applies: bool | None = None

    def asks(self, rule: Rule, facts: Facts) -> bool | None:
        """Whether it asks for a notice; None where the facts do not tell yet."""
        if self.applies is not None:
            return self.applies
        return (self.trigger or rule.trigger).holds(facts)
