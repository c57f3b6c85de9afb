"""One score out of an answer: policy and practice made one by the rule of the cycle."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from keepwell.areas.assessment.models import Cycle

Pair = tuple[Decimal | None, Decimal | None]


class Scoring:
    """The rule of one cycle by which policy and practice become one score, exactly."""

    def __init__(self, cycle: Cycle) -> None:
        self.cycle = cycle
        self._known: dict[Pair, Fraction] = {}

    def score(self, policy: Decimal | None, practice: Decimal) -> Fraction:
        """One score; where there is no policy score, the practice score."""
        found = self._known.get((policy, practice))
        if found is None:
            found = self._known[policy, practice] = self._reckoned(policy, practice)
        return found

    def _reckoned(self, policy: Decimal | None, practice: Decimal) -> Fraction:
        done = Fraction(practice)
        if policy is None or self.cycle.combining == Cycle.Combining.PRACTICE:
            return done
        said = Fraction(policy)
        if self.cycle.combining == Cycle.Combining.MINIMUM:
            return min(said, done)
        share = Fraction(1, 2)
        if self.cycle.combining == Cycle.Combining.WEIGHTED and self.cycle.policy_share is not None:
            share = Fraction(self.cycle.policy_share)
        return share * said + (1 - share) * done
