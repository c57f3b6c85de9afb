"""Recommending what to do about gaps: for a whole cycle or a site in one act, or by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Assessment, Cycle, Recommendation
from keepwell.areas.assessment.rules.planning.advice import DEFAULT_EFFORT, advice_for
from keepwell.areas.assessment.rules.planning.gaps import Standing, standings
from keepwell.areas.assessment.rules.results import Reckoning
from keepwell.areas.frameworks.models import Node
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.bulk import create_all, update_all
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards

ONE_LEVEL = Decimal(1)
Key = tuple[UUID, UUID]  # assessment, requirement


def is_opened(cycle: Cycle) -> bool:
    """Whether there are scores to recommend anything about."""
    return not cycle.is_draft and cycle.retired_at is None


@act(
    Level.DECIDE,
    label=_("Recommend for every gap"),
    offered=is_opened,
    explains=_(
        "Every requirement below its target gets a recommendation from the library of advice. What is proposed "
        "already is brought in line with the scores of today; what was decided stays."
    ),
)
def recommend(cycle: Cycle, *, by: Person) -> int:
    """Recommend something for every gap of a cycle; returns how many recommendations are new."""
    return _recommend(cycle, Assessment.objects.counted().filter(cycle=cycle))


@act(
    Level.EDIT,
    label=_("Recommend for every gap"),
    offered=lambda assessment: assessment.retired_at is None and not assessment.is_withdrawn,
    explains=_(
        "Every requirement of this assessment below its target gets a recommendation from the library of advice."
    ),
)
def recommend_here(assessment: Assessment, *, by: Person) -> int:
    """Recommend something for every gap of one assessment; returns how many recommendations are new."""
    cycle = Cycle.objects.select_related("framework_version", "scale", "unit").get(pk=assessment.cycle_id)
    return _recommend(cycle, Assessment.objects.counted().filter(pk=assessment.pk))


@guards(Recommendation)
def measure(recommendation: Recommendation, by: Person) -> None:
    """Keep how large the gap is; refuse what was decided already, or what is not answered in this cycle."""
    if not recommendation._state.adding and recommendation._loaded.get("state") != "proposed":
        raise Refused(gettext("It was decided about %(what)s; it stays as it is.") % {"what": recommendation})
    reckoning = Reckoning(recommendation.assessment.cycle)
    rows = Assessment.objects.filter(pk=recommendation.assessment_id)
    found = {one.line.pk: one for one in standings(reckoning, rows)}
    standing = found.get(recommendation.node_id)
    if standing is not None:
        recommendation.score, recommendation.target = standing.score, standing.target


def _recommend(cycle: Cycle, assessments: Any) -> int:
    reckoning = Reckoning(cycle)
    nodes = {node.pk: node for node in Node.objects.filter(framework_version=cycle.framework_version).only(
        "code", "is_scored", "framework_version__code")}  # fmt: skip
    known: dict[Key, Recommendation] = {
        (one.assessment_id, one.node_id): one
        for one in Recommendation.objects.current().filter(assessment__in=assessments.values("pk"))
    }
    made: list[Recommendation] = []
    for standing in standings(reckoning, assessments.select_related("unit").order_by("unit__code", "scope")):
        present = known.get((standing.assessment.pk, standing.line.pk))
        if present is not None:
            _bring_in_line(present, standing)
        elif standing.is_gap:
            made.append(proposed(reckoning, standing, nodes[standing.line.pk]))
    create_all(made)
    update_all(known.values())
    return len(made)


def proposed(reckoning: Reckoning, standing: Standing, node: Node) -> Recommendation:
    """The recommendation of the library for a gap, not saved yet."""
    above = list(reckoning.outline.above(standing.line.code))
    advice = advice_for(reckoning.cycle.framework_version.code, above, standing.score)
    found = Recommendation(
        assessment=standing.assessment, node=node, origin=Recommendation.Origin.LIBRARY,
        text=advice.text if advice else _plain(standing, "en"),
        text_zh=advice.text_zh if advice else _plain(standing, "zh-hant"),
        effort=advice.effort if advice else DEFAULT_EFFORT,
        weight=Decimal(standing.assessment.unit.criticality or 1), score=standing.score, target=standing.target,
    )  # fmt: skip
    gap = found.gap
    found.uplift = min(gap, ONE_LEVEL) if gap is not None and gap > 0 else ONE_LEVEL
    found.rank()
    return found


def _plain(standing: Standing, language: str) -> str:
    """What can be said where no advice is shipped."""
    with override(language):
        return gettext("Raise %(code)s to its target of %(target)s.") % {
            "code": standing.line.code, "target": standing.target}  # fmt: skip


def _bring_in_line(present: Recommendation, standing: Standing) -> None:
    """Let what is proposed say today's gap; a gap that has closed takes it away."""
    if not present.is_proposed:
        return
    present.score, present.target = standing.score, standing.target
    present.rank()
    if standing.score is not None and not standing.is_gap and present.origin == Recommendation.Origin.LIBRARY:
        with override("en"):
            present.retire(gettext("The gap has closed."))
