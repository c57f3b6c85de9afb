"""Which target holds for which requirement at which site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID

from keepwell.areas.assessment.models import Assessment, Cycle, Target
from keepwell.areas.assessment.models.targets import EVERY
from keepwell.areas.assessment.rules.outlines import Outline
from keepwell.platform.tree.models import Ancestry, Unit, on


@dataclass(frozen=True)
class Aim:
    """An approved target, as it is matched with sites."""

    unit: UUID
    code: str
    scope: str
    criticality: int
    value: Fraction


class Targets:
    """The approved targets of a cycle, in the structure of a day: three queries whatever there is to match."""

    def __init__(self, cycle: Cycle, outline: Outline, day: date) -> None:
        self.outline = outline
        approved = Target.objects.filter(cycle=cycle).approved().values_list(
            "unit", "node__code", "scope", "criticality", "value"
        )  # fmt: skip
        self.aims = [Aim(unit, code, scope, of, Fraction(value)) for unit, code, scope, of, value in approved]
        self._steps: dict[UUID, dict[UUID, int]] = defaultdict(dict)
        self._criticality: dict[UUID, int] = {}
        if self.aims:
            self._place(day)
        self._known: dict[tuple[tuple[Aim, int], ...], dict[str, Fraction]] = {}

    def _place(self, day: date) -> None:
        units = {aim.unit for aim in self.aims}
        rows = Ancestry.objects.filter(on(day), ancestor__in=units).values_list(
            "descendant", "ancestor", "depth"
        )
        for below, above, depth in rows:
            self._steps[below][above] = depth
        self._criticality = dict(Unit.objects.values_list("pk", "criticality"))

    def of(self, assessment: Assessment) -> dict[str, Fraction]:
        """The target of each leaf that has one, by its code."""
        steps = self._steps.get(assessment.unit_id, {})
        held = tuple(
            (aim, steps[aim.unit]) for aim in self.aims
            if aim.unit in steps
            and aim.scope in ("", assessment.scope)
            and aim.criticality in (EVERY, self._criticality.get(assessment.unit_id))
        )  # fmt: skip
        if held not in self._known:
            self._known[held] = self._spread(held)
        return self._known[held]

    def _spread(self, held: Iterable[tuple[Aim, int]]) -> dict[str, Fraction]:
        """Each leaf's target: that of the nearest unit, for the criticality, of the nearest requirement, for the scope."""
        by_code: dict[str, list[tuple[Aim, int]]] = defaultdict(list)
        for aim, steps in held:
            by_code[aim.code].append((aim, steps))
        found: dict[str, Fraction] = {}
        for leaf in self.outline.leaves:
            ranked = [
                ((steps, aim.criticality == EVERY, height, not aim.scope), aim.value)
                for height, code in enumerate(self.outline.above(leaf.code))
                for aim, steps in by_code.get(code, ())
            ]
            if ranked:
                found[leaf.code] = min(ranked)[1]
        return found
