"""What is known of an incident, of which every rule asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from keepwell.kernel.clocks.calendars import Calendar, kept, weekdays_only
from keepwell.kernel.clocks.clauses import Clause
from keepwell.kernel.clocks.events import AWARENESS, Event, Standing
from keepwell.kernel.clocks.factors import Facts, Value


@dataclass(frozen=True)
class Incident:
    """What is known: the units touched, the factors, what happened, and the clauses and calendars that hold.

    An awareness of a unit counts for it instead of that of all: each legal entity is aware for itself.
    """

    units: tuple[Standing, ...]
    factors: Mapping[str, Value] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    clauses: tuple[Clause, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    _known_at: dict[str, Facts] = field(default_factory=dict, init=False, repr=False, compare=False)

    def facts(self, unit: Standing) -> Facts:
        """What is known at `unit`; put together once, for every rule asks."""
        if unit.code not in self._known_at:
            here = [event for event in self.events if event.unit in ("", unit.code)]
            if any(map(_is_own_awareness, here)):
                here = [one for one in here if one.kind != AWARENESS or _is_own_awareness(one)]
            self._known_at[unit.code] = Facts(self.factors, tuple(sorted(here, key=lambda e: (e.at, e.kind))))
        return self._known_at[unit.code]

    def own_awareness(self, unit: Standing) -> datetime | None:
        """When `unit` itself became aware, which counts for it instead of the incident's; None: it has none of its own."""
        return next((event.at for event in self.at(unit) if _is_own_awareness(event)), None)

    def knowing(self, factor: str, value: Value) -> Incident:
        """The same incident with one more factor known."""
        return replace(self, factors={**self.factors, factor: value})

    def at(self, unit: Standing) -> tuple[Event, ...]:
        """What happened at `unit` or everywhere, in order of time."""
        return self.facts(unit).events

    def calendar(self, name: str, zone: str) -> Calendar | None:
        """The calendar `name`: as given, else as it is kept, else one that knows weekends alone."""
        if not name:
            return None
        return self.calendars.get(name) or kept(name) or weekdays_only(name, zone)


def _is_own_awareness(event: Event) -> bool:
    return event.kind == AWARENESS and event.unit != ""
