"""Results brought in line with the answers: on the cycle's own version of the framework and, restated, on every
version on which the years after it were assessed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from keepwell.areas.assessment.models import Assessment, Cycle, Result
from keepwell.areas.assessment.rules.restating import Restating
from keepwell.areas.assessment.rules.results import OWN, Reckoning, Row, answers_of, keep
from keepwell.areas.frameworks.models import Version
from keepwell.platform.jobs.job import enqueue

JOB = "assessment.restate"
MOST_IN_AN_ACT = 250
"""So many assessments of earlier years are restated while a cycle opens, a second or two; more by a job."""


def recount(assessment: Assessment, reckoning: Reckoning | None = None) -> int:
    """Bring the results of one assessment in line with its answers; returns how many rows changed.

    Stands in the transaction that changed the answers, which holds the assessment.
    """
    cycle = assessment.cycle
    reckoning = reckoning or Reckoning(cycle)
    given = answers_of([assessment.pk]).get(assessment.pk, [])
    rows = list(reckoning.rows(assessment, reckoning.views(reckoning.scores(assessment, given))))
    changed = keep([assessment.pk], rows, OWN)
    for version in later_versions(cycle):
        changed += keep(
            [assessment.pk], Restating(cycle, version, reckoning).rows(assessment, given), version.code
        )
    return changed


def recount_cycle(cycle: Cycle) -> int:
    """Reckon every result of a cycle anew, restated ones too; returns how many rows were not as they should be."""
    return _recount(cycle, later_versions(cycle), with_own=True)


def restate_earlier(cycle: Cycle) -> int:
    """Restate the years before an opened cycle on its version of the framework where they are not yet; returns how
    many rows changed. What is too much to wait for is left to the job."""
    waiting = list(earlier(cycle).filter(~_is_restated(cycle.framework_version.code)))
    held = Assessment.objects.filter(cycle__in=[one.pk for one in waiting])
    if held.count() > MOST_IN_AN_ACT:
        enqueue(JOB, cycle=str(cycle.pk))
        return 0
    return sum(restate_on(one, cycle.framework_version) for one in waiting)


def restate_on(cycle: Cycle, version: Version) -> int:
    """Reckon a whole cycle on another framework version; returns how many results changed."""
    return _recount(cycle, [version], with_own=False)


def earlier(cycle: Cycle) -> QuerySet[Cycle]:
    """The cycles whose years are shown beside those of `cycle` although they lie on another version: those before
    it of the same unit and framework, and the one that it follows."""
    line = Q(
        unit=cycle.unit_id,
        framework_version__framework=cycle.framework_version.framework_id,
        year__lte=cycle.year,
    )
    rows = Cycle.objects.current().exclude(state=Cycle.State.DRAFT).filter(line | Q(pk=cycle.previous_id))
    return rows.exclude(framework_version=cycle.framework_version_id).order_by("-year", "pk")


def later_versions(cycle: Cycle) -> list[Version]:
    """The other framework versions on which a cycle must be restated: those of opened cycles that look back at it."""
    line = Q(
        unit=cycle.unit_id,
        framework_version__framework=cycle.framework_version.framework_id,
        year__gte=cycle.year,
    )
    rows = Cycle.objects.current().exclude(state=Cycle.State.DRAFT).filter(line | Q(previous=cycle.pk))
    rows = rows.exclude(framework_version=cycle.framework_version_id)
    return list(Version.objects.filter(pk__in=rows.values("framework_version")).order_by("code"))


def _is_restated(version: str) -> Exists:
    """Whether results of a cycle lie on a version: once they do, every change of an answer keeps them up to date."""
    return Exists(Result.objects.filter(assessment__cycle=OuterRef("pk"), on_version=version))


def _recount(cycle: Cycle, versions: Iterable[Version], *, with_own: bool) -> int:
    """Bring the results of a whole cycle on some versions, and on its own, in line with its answers."""
    with transaction.atomic():
        held = list(Assessment.objects.select_for_update(of=("self",)).filter(cycle=cycle).order_by("pk"))
        mine: Any = Assessment.objects.filter(cycle=cycle).values("pk")  # a query of ids
        own, given = Reckoning(cycle), answers_of(mine)
        changed = 0
        if with_own:
            rows: list[Row] = []
            for one in held:
                rows += own.rows(one, own.views(own.scores(one, given.get(one.pk, []))))
            changed += keep(mine, rows, OWN)
        for version in versions:
            restating = Restating(cycle, version, own)
            rows = [row for one in held for row in restating.rows(one, given.get(one.pk, []))]
            changed += keep(mine, rows, version.code)
        return changed
