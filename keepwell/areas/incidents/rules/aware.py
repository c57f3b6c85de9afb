"""Since when each unit is aware of an incident: as it was recorded for the unit itself, else since the incident was known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from keepwell.areas.incidents.models import Incident, IncidentEvent
from keepwell.kernel.clocks.events import AWARENESS
from keepwell.platform.tree.models import Ancestry


@dataclass(frozen=True)
class Awareness:
    """Since when an incident is known, and the units that became aware at a moment of their own.

    `touched` are its own unit and those it touches, `above` each of them with all above it, the nearest first.
    """

    since: datetime
    own: Mapping[UUID, datetime]
    touched: Sequence[UUID]
    above: Mapping[UUID, Sequence[UUID]]

    def own_of(self, unit: UUID) -> datetime | None:
        """When `unit` became aware, where that is not since the incident was known: as recorded for it, else when the
        first of the touched units under it did, for what a site knows its legal entity knows. None: since then."""
        if not self.own or unit in self.own:
            return self.own.get(unit)
        first = min((self._below(low, unit) for low in self.touched if self.reaches(unit, low)), default=None)
        return None if first == self.since else first

    def of(self, unit: UUID) -> datetime:
        """When `unit` became aware."""
        return self.own_of(unit) or self.since

    def knows(self, unit: UUID) -> bool:
        """Whether the incident touches `unit`, or one below it."""
        return any(self.reaches(unit, low) for low in self.touched)

    def reaches(self, unit: UUID, low: UUID) -> bool:
        """Whether the touched unit `low` is `unit`, or lies below it."""
        return unit == low or unit in self.above.get(low, ())

    def _below(self, low: UUID, unit: UUID) -> datetime:
        """When `low` became aware: as recorded for it or for the nearest unit above it and below `unit`."""
        ways = list(self.above.get(low, (low,)))
        way = ways[: ways.index(unit)] if unit in ways else ways
        return next((self.own[one] for one in way if one in self.own), self.since)


def own_moments(events: Iterable[IncidentEvent]) -> dict[UUID, datetime]:
    """Of the events of an incident, when units became aware at a moment of their own; of several the first."""
    found: dict[UUID, datetime] = {}
    for one in events:
        if one.kind == AWARENESS and one.aware_unit_id:
            found[one.aware_unit_id] = min(one.at, found.get(one.aware_unit_id, one.at))
    return found


def awareness_of(incident: Incident) -> Awareness:
    """Since when each unit is aware of `incident`; three queries."""
    touched = list(dict.fromkeys([incident.unit_id, *incident.affected_units.values_list("pk", flat=True)]))
    above: dict[UUID, list[UUID]] = {}
    ways = Ancestry.objects.filter(until__isnull=True, descendant__in=touched).order_by("depth")
    for low, high in ways.values_list("descendant", "ancestor"):
        above.setdefault(low, []).append(high)
    events = IncidentEvent.objects.current().filter(incident=incident, kind=AWARENESS)
    return Awareness(incident.awareness, own_moments(events), touched, above)
