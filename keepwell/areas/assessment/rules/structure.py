"""Where the units of a cycle lie: as of its day, or as it was frozen."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from keepwell.areas.assessment.models import Assessment, Cycle, Snapshot
from keepwell.areas.assessment.rules.results import as_of
from keepwell.platform.tree.models import Ancestry, Unit, on


@dataclass(frozen=True)
class Places:
    """The structure of units as of a cycle's day; of a frozen cycle as it was frozen."""

    units: dict[UUID, Unit]
    above: dict[UUID, tuple[UUID, ...]]  # each unit and all above it, itself first

    @classmethod
    def of(cls, cycle: Cycle) -> Places:
        # Wherever a site of the cycle lay, on whatever day: a frozen year keeps the structure of its own.
        mine = Assessment.objects.filter(cycle=cycle).values("unit")
        lines = Ancestry.objects.filter(descendant__in=mine)
        units = {unit.pk: unit for unit in Unit.objects.filter(pk__in=lines.values("ancestor"))}
        return cls(units, _frozen(cycle, units) if cycle.is_frozen else _on_its_day(cycle))

    def in_order(self, wanted: set[UUID]) -> list[tuple[Unit, UUID | None, int]]:
        """The wanted units as a tree is read, each with the nearest wanted unit above it and its depth."""
        placed = []
        for pk in wanted:
            line = [one for one in reversed(self.above.get(pk, (pk,))) if one in wanted]
            path = [self.units[one].code for one in reversed(self.above.get(pk, (pk,)))]
            placed.append((path, self.units[pk], line[-2] if len(line) > 1 else None, len(line) - 1))
        return [
            (unit, parent, depth) for _path, unit, parent, depth in sorted(placed, key=lambda one: one[0])
        ]


def _on_its_day(cycle: Cycle) -> dict[UUID, tuple[UUID, ...]]:
    day = on(as_of(cycle))
    mine = Ancestry.objects.filter(day, descendant__in=Assessment.objects.filter(cycle=cycle).values("unit"))
    rows = Ancestry.objects.filter(day, descendant__in=mine.values("ancestor")).order_by("depth")
    above: dict[UUID, tuple[UUID, ...]] = {}
    for unit, ancestor in rows.values_list("descendant", "ancestor"):
        above[unit] = (*above.get(unit, ()), ancestor)
    return above


def _frozen(cycle: Cycle, units: dict[UUID, Unit]) -> dict[UUID, tuple[UUID, ...]]:
    """The structure kept when the cycle was frozen."""
    kept = Snapshot.objects.filter(cycle=cycle, number=0).values_list("structure", flat=True).first() or {}
    lines = [tuple(UUID(one) for one in line if UUID(one) in units) for line in kept.values()]
    return {upper: line[place:] for line in lines for place, upper in enumerate(line)}
