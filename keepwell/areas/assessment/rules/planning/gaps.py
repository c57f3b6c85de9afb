"""Where a cycle lies below its targets, requirement by requirement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from keepwell.areas.assessment.models import Assessment, View
from keepwell.areas.assessment.rules.outlines import Line
from keepwell.areas.assessment.rules.results import Reckoning, answers_of
from keepwell.kernel.rounding import half_up

PLACES = 2


@dataclass(frozen=True)
class Standing:
    """A requirement of one assessment: its score that counts and its target, to two decimals (None: there is none)."""

    assessment: Assessment
    line: Line
    score: Decimal | None
    target: Decimal | None

    @property
    def is_gap(self) -> bool:
        """Whether the score lies below the target; what has no score or no target is no gap."""
        return self.score is not None and self.target is not None and self.score < self.target


def standings(reckoning: Reckoning, assessments: Any) -> Iterator[Standing]:
    """How each requirement of `assessments` (a query, each with its site) stands, by the scores that count: one
    query for the answers, however many there are. What does not apply is left out."""
    given = answers_of(assessments.values("pk"))
    for one in assessments:
        one.cycle = reckoning.cycle
        aims = reckoning.targets.of(one)
        counting = reckoning.views(reckoning.scores(one, given.get(one.pk, [])))[View.COUNTING]
        for line in reckoning.outline.leaves:
            score = counting.get(line.code)
            if score is not None and not score.applies:
                continue
            value = None if score is None or score.value is None else half_up(score.value, PLACES)
            aim = aims.get(line.code)
            yield Standing(one, line, value, None if aim is None else half_up(aim, PLACES))
