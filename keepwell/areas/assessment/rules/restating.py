"""A cycle restated on another version of its framework: estimates, so that a trend can cross the break."""

from __future__ import annotations

from django.db import transaction

from keepwell.areas.assessment.models import Assessment, Cycle, Source
from keepwell.areas.assessment.rules.carrying import ancestors
from keepwell.areas.assessment.rules.outlines import Outline, outline
from keepwell.areas.assessment.rules.results import Reckoning, Row, Scores, answers_of, keep
from keepwell.areas.frameworks.models import Version
from keepwell.kernel.rollup.means import exact_sum
from keepwell.kernel.rollup.tree import Score

NOT_APPLICABLE = Score(applies=False)


class Restating:
    """Reckons what a cycle's assessments would have come to on another framework version.

    A leaf of the other version takes the mean of the exact scores of its ancestors by the crosswalk; it does
    not apply if none of them does, and what has no ancestor has no answer and is left out.
    """

    def __init__(self, cycle: Cycle, version: Version) -> None:
        there = outline(version)
        self._from = ancestors(cycle.framework_version, version, there)
        self.reckoning = Reckoning(cycle, on=_only(there, set(self._from)), restated=version.code)
        self._own = Reckoning(cycle)

    def rows(self, assessment: Assessment, given: list[Row]) -> list[Row]:
        """The results of one assessment on the other version."""
        scores = self._moved(self._own.scores(assessment, given))
        return list(self.reckoning.rows(assessment, self.reckoning.views(scores)))

    def _moved(self, scores: Scores) -> Scores:
        by_pk = self._own.outline.by_pk
        codes = {
            code: [by_pk[pk].code for pk in sources if pk in by_pk] for code, sources in self._from.items()
        }
        found: Scores = {}
        for source, said in scores.items():
            found[Source(source)] = {
                code: one
                for code, old in codes.items()
                if (one := _mean([said[c] for c in old if c in said]))
            }
        return found


def restate_on(cycle: Cycle, version: Version) -> int:
    """Reckon the whole cycle on another framework version; returns how many results changed.

    Targets belong to the cycle's own version, so that estimates have none.
    """
    with transaction.atomic():
        held = list(Assessment.objects.filter(cycle=cycle).order_by("pk"))
        mine = Assessment.objects.filter(cycle=cycle).values("pk")
        restating, given = Restating(cycle, version), answers_of(mine)
        rows = [row for one in held for row in restating.rows(one, given.get(one.pk, []))]
        return keep(mine, rows, version.code)


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
