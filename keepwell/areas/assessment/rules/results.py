"""What answers come to: reckoned by the kernel, and kept as results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Result, Source, View
from keepwell.areas.assessment.models.results import told
from keepwell.areas.assessment.rules.outlines import Outline, outline
from keepwell.areas.assessment.rules.scoring import Scoring
from keepwell.areas.assessment.rules.targets import Targets
from keepwell.kernel.rollup.rolling import roll_up
from keepwell.kernel.rollup.tree import Method, Rolled, Score
from keepwell.kernel.rounding import half_up
from keepwell.platform.history import dialects
from keepwell.platform.metrics.scope import Scope as Span

KEY = ("assessment_id", "view", "on_version", "code")
VALUES = ("mean", "flat", "cutback", "minimum", "target", "met", "aimed", "answered", "applicable", "score")
MANY = 400
"""From so many changed rows on, all rows of the assessments are written anew."""
OWN = ""
NOT_APPLICABLE = Score(applies=False)
Scores = dict[Source, dict[str, Score]]
Row = tuple[Any, ...]  # the values of KEY and VALUES


def as_of(cycle: Cycle) -> date:
    """The day whose structure of units holds for a cycle: the last of its year, or today while that runs."""
    return Span.of_year(cycle.year).day


class Reckoning:
    """Reckons the results of assessments of one cycle; what holds for all of them is read once.

    With `restated` the answers lie on another framework version: estimates.
    """

    def __init__(self, cycle: Cycle, *, on: Outline | None = None, restated: str = OWN) -> None:
        self.cycle, self.restated = cycle, restated
        self.outline = on or outline(cycle.framework_version)
        self.scoring = Scoring(cycle)
        self.targets = Targets(cycle, self.outline, as_of(cycle))
        self.method, self.threshold = Method(cycle.method), Fraction(cycle.coverage_threshold)
        self.inner = [""] + [line.code for line in self.outline.lines if not line.is_leaf]

    def scores(self, assessment: Assessment, answers: Iterable[Row]) -> Scores:
        """The scores of one assessment by source, from rows (source, node, policy, practice, not applicable)."""
        aims, lines = self.targets.of(assessment), self.outline.by_pk
        found: Scores = defaultdict(dict)
        for source, node, policy, practice, not_applicable in answers:
            line = lines.get(node)
            if line is not None:
                found[Source(source)][line.code] = (
                    NOT_APPLICABLE if not_applicable
                    else Score(self.scoring.score(policy, practice), True, aims.get(line.code))
                )  # fmt: skip
        return found

    def views(self, scores: Scores) -> dict[View, dict[str, Score]]:
        """The scores by view: those that count by the rule of the cycle, those of the site, and of each other
        source that said anything."""
        counting: dict[str, Score] = {}
        for source in reversed(self.cycle.sources):
            counting |= scores.get(source, {})
        own = {View.COUNTING: counting, View.SELF: scores.get(Source.SELF, {})}
        return own | {View(source.value): found for source, found in scores.items()}

    def rows(self, assessment: Assessment, views: Mapping[View, Mapping[str, Score]]) -> Iterator[Row]:
        """The results of one assessment, as the values of their columns."""
        reckoned: list[tuple[Mapping[str, Score], list[Row]]] = []
        for view, scores in views.items():
            values = next((known for said, known in reckoned if said == scores), None)
            if values is None:  # where everything was accepted, what counts is what was validated
                rolled = roll_up(self.outline.tree, scores)
                values = [self._values(rolled[code]) for code in self.inner]
                reckoned.append((scores, values))
            for code, value in zip(self.inner, values, strict=True):
                yield (assessment.pk, view.value, self.restated, code, *value)

    def _values(self, one: Rolled) -> Row:
        score = one.published(self.method, self.threshold)
        exact = (one.mean, one.flat, one.cutback, one.minimum, one.target)
        return (
            *map(told, exact), int(one.met), int(one.aimed), one.answered, one.applicable,
            None if score is None else half_up(score, 6),
        )  # fmt: skip


def answers_of(assessments: Any) -> dict[UUID, list[Row]]:
    """The answers given in some assessments (ids, or a query of ids), by assessment: one query."""
    rows = (
        Answer.objects.filter(assessment__in=assessments).given().order_by("assessment")
        .values_list("assessment", "source", "node", "policy", "practice", "not_applicable")
    )  # fmt: skip
    return {key: [row[1:] for row in found] for key, found in groupby(rows, key=itemgetter(0))}


def keep(assessments: Any, rows: list[Row], on_version: str) -> int:
    """Let the results of `assessments` (ids, or a query of ids) on a version be `rows`; returns how many were
    written or taken away."""
    present = Result.objects.filter(assessment__in=assessments, on_version=on_version)
    known = {row[:4]: row[4:] for row in present.values_list(*KEY, *VALUES)}
    changed = [row for row in rows if known.pop(row[:4], None) != row[4:]]
    gone = len(known)
    if len(changed) >= MANY:
        present._raw_delete(present.db)
        dialects.insert(Result, (*KEY, *VALUES), rows)
    elif changed:
        made = [Result(**dict(zip((*KEY, *VALUES), row, strict=True))) for row in changed]
        Result.objects.bulk_create(made, update_conflicts=True, update_fields=VALUES,
                                   unique_fields=("assessment", "view", "on_version", "code"))  # fmt: skip
    if gone and len(changed) < MANY:
        for key in known:
            present.filter(**dict(zip(KEY, key, strict=True))).delete()
    return len(changed) + gone


def published(cycle: Cycle, one: Rolled) -> Fraction | None:
    """The score of a node by the cycle's method; None with too few answers."""
    return one.published(Method(cycle.method), Fraction(cycle.coverage_threshold))


def shown(value: Fraction | None) -> Decimal | None:
    """A score as it is printed: one decimal, halves up."""
    return None if value is None else half_up(value, 1)
