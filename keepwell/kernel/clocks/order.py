"""Whose turn it is: of two duties of one incident, which must be done first, and where their terms contradict that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from keepwell.kernel.clocks.before import WEIGHED, Before
from keepwell.kernel.clocks.rules import HARD, Rule, Stage

Of = TypeVar("Of")
INBOUND = "inbound"


@dataclass(frozen=True)
class Duty(Generic[Of]):
    """One duty as the order looks at it: its end and when it was done (None: not yet, or none)."""

    of: Of
    rule: Rule
    stage: Stage
    ends: datetime | None
    done_at: datetime | None

    @property
    def is_first_notice(self) -> bool:
        """Whether it is the notice for which others wait: that of the rule's first stage."""
        return self.stage.name == self.rule.stages[0].name


@dataclass(frozen=True)
class Turn(Generic[Of]):
    """Of two duties, `first` must be done before `then`, as `ban` of the first one's rule says."""

    first: Duty[Of]
    then: Duty[Of]
    ban: Before

    @property
    def is_open(self) -> bool:
        """Whether `then` still waits for `first`."""
        return self.first.done_at is None and self.then.done_at is None

    @property
    def contradicts(self) -> bool:
        """Whether `then` ends before `first` must be done: both terms can be used up only against the order."""
        ends = self.then.ends
        return self.is_open and ends is not None and (self.first.ends is None or ends < self.first.ends)

    @property
    def may_be_turned(self) -> bool:
        """Whether `then` may go first for a reason: where the order is weighed, or where a regime's own fixed term
        ends before that of `first`."""
        return self.ban.order == WEIGHED or (self.then.stage.duty == HARD and self.contradicts)

    def is_broken_at(self, moment: datetime) -> bool:
        """Whether `then` would go before `first` if it went at `moment`; at the same moment it does not."""
        return self.first.done_at is None or moment < self.first.done_at


def turns(duties: Iterable[Duty[Of]]) -> list[Turn[Of]]:
    """Each pair of `duties` of one incident of which one must go first, whichever entities have them."""
    every = list(duties)
    firsts = [duty for duty in every if duty.rule.before and duty.is_first_notice]
    pairs = ((first, then) for first in firsts for then in every if then.stage.duty != INBOUND)
    found = ((first, then, first.rule.ban(then.rule, then.stage)) for first, then in pairs)
    return [Turn(first, then, one) for first, then, one in found if one]
