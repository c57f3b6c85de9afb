"""A cycle restated on another version of its framework: estimates, so that a trend can cross the break."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from keepwell.areas.assessment.models import Assessment, Cycle, Source
from keepwell.areas.assessment.rules.carrying import ancestors
from keepwell.areas.assessment.rules.outlines import Outline, outline
from keepwell.areas.assessment.rules.results import Reckoning, Row, Scores
from keepwell.areas.frameworks.models import Version
from keepwell.areas.frameworks.rules.comparing import way
from keepwell.kernel.rollup.means import exact_sum
from keepwell.kernel.rollup.tree import Score

NOT_APPLICABLE = Score(applies=False)
Step = dict[
    str, list[str]
]  # the leaves of a version, each with the leaves of the one before that went into it


class Restating:
    """Reckons what a cycle's assessments would have come to on another framework version.

    A leaf of the other version takes the mean of the exact scores of its ancestors by the crosswalk; it does
    not apply if none of them does, and what has no ancestor has no answer and is left out. Where no crosswalk
    leads straight from the one to the other, the scores go over the versions between, one after the other.
    Targets belong to the cycle's own version, so that estimates have none.
    """

    def __init__(self, cycle: Cycle, version: Version, own: Reckoning | None = None) -> None:
        self._own = own or Reckoning(cycle)
        there, self._steps = self._own.outline, list[Step]()
        known = {line.code for line in there.leaves}
        for before, after in pairwise(way(cycle.framework_version, version)):
            here, there = there, outline(after)
            step = dict(_step(before, after, here, there, known))
            self._steps.append(step)
            known = set(step)
        self.reckoning = Reckoning(cycle, on=_only(there, known), restated=version.code)

    def rows(self, assessment: Assessment, given: list[Row]) -> list[Row]:
        """The results of one assessment on the other version."""
        scores = self._moved(self._own.scores(assessment, given))
        return list(self.reckoning.rows(assessment, self.reckoning.views(scores)))

    def _moved(self, scores: Scores) -> Scores:
        found: Scores = {}
        for source, said in scores.items():
            here = dict(said)
            for step in self._steps:
                here = {
                    code: one
                    for code, old in step.items()
                    if (one := _mean([here[c] for c in old if c in here]))
                }
            found[Source(source)] = here
        return found


def _step(
    before: Version, after: Version, here: Outline, there: Outline, known: set[str]
) -> Iterator[tuple[str, list[str]]]:
    """The leaves of `after` that descend from leaves of `before` among `known`."""
    for code, sources in ancestors(before, after, there).items():
        codes = [here.by_pk[pk].code for pk in sources if pk in here.by_pk]
        if kept := [one for one in codes if one in known]:
            yield code, kept


def _only(whole: Outline, codes: set[str]) -> Outline:
    """The outline without the leaves that have no ancestor, and without branches that lost all of theirs."""
    kept = {above for code in codes for above in whole.above(code)}
    return Outline(whole.version_id, tuple(line for line in whole.lines if line.code in kept))


def _mean(scores: list[Score]) -> Score | None:
    """One score of several ancestors; None of none."""
    if not scores:
        return None
    values = [score.value for score in scores if score.applies and score.value is not None]
    return Score(exact_sum(values) / len(values)) if values else NOT_APPLICABLE
