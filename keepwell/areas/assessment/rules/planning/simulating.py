"""What a cycle would come to once its plan is carried out, reckoned by the very code that reckons the cycle."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from keepwell.areas.assessment.models import Assessment, Cycle, Recommendation, View
from keepwell.areas.assessment.rules.comparing import HeatMap, Piece, Standing, laid_on, seen_assessments
from keepwell.areas.assessment.rules.explaining import Told, found_in, naming, tell, why_of
from keepwell.areas.assessment.rules.outlines import WHOLE
from keepwell.areas.assessment.rules.planning.gaps import PLACES
from keepwell.areas.assessment.rules.results import Reckoning, Row, answers_of
from keepwell.areas.improvement.models import Action
from keepwell.kernel.rollup.explaining import explain
from keepwell.kernel.rollup.rolling import roll_up
from keepwell.kernel.rollup.tree import Rolled
from keepwell.kernel.rounding import half_up
from keepwell.platform.people.models import Person
from keepwell.platform.replicas.routing import lately
from keepwell.platform.tree.models import Unit

Uplifts = dict[UUID, dict[UUID, Decimal]]  # assessment, requirement: levels


@dataclass(frozen=True)
class Simulation:
    """The map of a cycle as if its plan were carried out: each cell's value is simulated, its `last` is today's.

    `rolled` are the simulated results of the assessments that the plan lifts.
    """

    shown: HeatMap
    reckoning: Reckoning = field(repr=False)
    rolled: dict[UUID, dict[str, Rolled]] = field(repr=False)

    @property
    def lifted(self) -> int:
        """How many assessments the plan lifts."""
        return len(self.rolled)

    def why(self, unit: Unit, scope: str, code: str = WHOLE) -> Told | None:
        """The sentence behind a simulated number; None if there is no such number."""
        row = self.shown.row(unit)
        own = row.assessments.get(scope) if row else None
        is_site = own is not None and not any(one.parent == unit.pk for one in self.shown.rows)
        if own is None or not is_site or own.pk not in self.rolled:
            return why_of(self.shown, unit, scope, code)
        tree = self.reckoning.outline.tree
        found = explain(found_in(tree, code), self.rolled[own.pk], self.reckoning.method)
        return tell(found, naming(self.reckoning.outline))


def simulate(cycle: Cycle, *, person: Person, depth: int = 0, at_target: bool = False) -> Simulation:
    """The map of `cycle` for `person` once every action that came from its recommendations is done.

    The expected uplift of each action that was not dropped is added to the policy and the practice score of its
    requirement, neither above the top of the scale nor, with `at_target`, above the target; what lies above it
    stays. Then the scores roll up by the method, the weights and the threshold of the cycle. What does not apply
    or has no score is lifted by nothing. What it rests on may come from a replica.
    """
    return lately(lambda: _simulated(cycle, person, depth, at_target=at_target))


def _simulated(cycle: Cycle, person: Person, depth: int, *, at_target: bool) -> Simulation:
    reckoning = Reckoning(cycle)
    columns = tuple(reckoning.outline.at_depth(depth))
    codes = [WHOLE, *(line.code for line in columns)]
    present = Standing.of(cycle, reckoning.outline, codes, View.COUNTING, person)
    rolled = _rolled(reckoning, present.assessments, person=person, at_target=at_target)
    pieces = {
        key: {code: _piece(known[code], rolled[key][code]) for code in codes} if key in rolled else known
        for key, known in present.pieces.items()
    }
    shown = laid_on(replace(present, pieces=pieces), present, reckoning.outline, columns, person)
    return Simulation(shown, reckoning, rolled)


def uplifts(cycle: Cycle, *, person: Person) -> Uplifts:
    """By how many levels the actions of a cycle are expected to lift each requirement of each assessment that
    `person` sees."""
    rows = _accepted(cycle, person).filter(action__uplift__gt=0, action__retired_at__isnull=True)
    planned = rows.exclude(action__state=Action.State.DROPPED)
    found: Uplifts = defaultdict(dict)
    for assessment, node, levels in planned.values_list("assessment", "node", "action__uplift"):
        found[assessment][node] = found[assessment].get(node, Decimal(0)) + (levels or Decimal(0))
    return found


def _accepted(cycle: Cycle, person: Person) -> QuerySet[Recommendation]:
    """What was accepted in the assessments that `person` sees."""
    seen = Assessment.objects.counted().filter(seen_assessments(person), cycle=cycle)
    rows = Recommendation.objects.current().filter(assessment__in=seen.values("pk"))
    return rows.filter(state=Recommendation.State.ACCEPTED)


def _rolled(
    reckoning: Reckoning, seen: list[Assessment], *, person: Person, at_target: bool
) -> dict[UUID, dict[str, Rolled]]:
    """The simulated results of the assessments among `seen` that the plan lifts."""
    cycle = reckoning.cycle
    planned = uplifts(cycle, person=person)
    given = answers_of(_accepted(cycle, person).values("assessment"))
    found = {}
    for one in seen:
        if one.pk not in planned:
            continue
        aims = reckoning.targets.of(one) if at_target else {}
        leaves = reckoning.outline.leaves
        tops = {line.pk: half_up(aims[line.code], PLACES) for line in leaves if line.code in aims}
        rows = [_raised(row, planned[one.pk], tops, cycle) for row in given.get(one.pk, [])]
        scores = reckoning.views(reckoning.scores(one, rows))[View.COUNTING]
        found[one.pk] = roll_up(reckoning.outline.tree, scores)
    return found


def _raised(row: Row, planned: dict[UUID, Decimal], tops: dict[UUID, Decimal], cycle: Cycle) -> Row:
    """An answer (source, node, policy, practice, not applicable) once the actions are done."""
    source, node, policy, practice, not_applicable = row
    levels = planned.get(node)
    if levels is None or not_applicable:
        return row
    top = min(cycle.scale.highest, tops.get(node, cycle.scale.highest))
    return (source, node, _lifted(policy, levels, top), _lifted(practice, levels, top), not_applicable)


def _lifted(score: Decimal | None, levels: Decimal, top: Decimal) -> Decimal | None:
    return None if score is None else max(score, min(score + levels, top))


def _piece(known: Piece, rolled: Rolled) -> Piece:
    return Piece.of(known.unit, known.weight, rolled, known.method, known.threshold)
