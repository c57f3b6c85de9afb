"""Since when each unit is aware of an incident: as it was recorded for the unit itself, else since the incident was known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from keepwell.areas.incidents.models import Incident, IncidentEvent
from keepwell.kernel.clocks.events import AWARENESS
from keepwell.platform.history.models import Change
from keepwell.platform.tree.models import Ancestry, Unit


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
    return _awareness(incident, own_events(incident))


def detection(incident: Incident) -> datetime | None:
    """When the incident's own unit detected it, as figures count: when it became aware, where a moment of its own was
    recorded for it, else when the incident was detected. None: nobody said. One query."""
    return own_moments(own_events(incident)).get(incident.unit_id) or incident.detected_at


def own_events(incident: Incident) -> list[IncidentEvent]:
    """The events that say when a unit became aware at a moment of its own, the first first; one query."""
    rows = IncidentEvent.objects.current().filter(incident=incident, kind=AWARENESS)
    return list(rows.select_related("aware_unit").order_by("at", "pk"))


def _awareness(incident: Incident, events: Sequence[IncidentEvent]) -> Awareness:
    touched = list(dict.fromkeys([incident.unit_id, *incident.affected_units.values_list("pk", flat=True)]))
    above: dict[UUID, list[UUID]] = {}
    ways = Ancestry.objects.filter(until__isnull=True, descendant__in=touched).order_by("depth")
    for low, high in ways.values_list("descendant", "ancestor"):
        above.setdefault(low, []).append(high)
    return Awareness(incident.awareness, own_moments(events), touched, above)


@dataclass(frozen=True)
class Knew:
    """Since when a unit is aware of an incident, and by whose word: `who` recorded it for the unit itself ("": nobody
    did), with a `note`; `is_of_a_site`: it is that of the first of the touched units under it."""

    unit: Unit
    at: datetime
    who: str = ""
    note: str = ""
    is_of_a_site: bool = False

    @property
    def whence(self) -> str:
        """By whose word, as a sentence."""
        if self.who:
            told = (
                gettext("recorded for it by %(who)s: %(note)s")
                if self.note
                else gettext("recorded for it by %(who)s")
            )
            return told % {"who": self.who, "note": self.note}
        if self.is_of_a_site:
            return gettext("as the first of its units that the incident touches")
        return gettext("since the incident was known")


def each_awareness(incident: Incident, further: Iterable[Unit] = ()) -> list[Knew]:
    """Since when each unit is aware that the incident touches, for which a moment of its own was recorded, or that is one
    of `further`, which have to tell somebody; by code. Five queries."""
    events = own_events(incident)
    found, wrote = _awareness(incident, events), _recorded_by(events)
    firsts: dict[UUID, IncidentEvent] = {}
    for one in events:
        if one.aware_unit_id:
            firsts.setdefault(one.aware_unit_id, one)
    keys = {*found.touched, *firsts, *(unit.pk for unit in further)}
    told = []
    for unit in Unit.objects.filter(pk__in=keys).order_by("code"):
        event = firsts.get(unit.pk)
        who, note = (wrote.get(event.pk, ""), event.note) if event else ("", "")
        told.append(Knew(unit, found.of(unit.pk), who, note, not event and found.own_of(unit.pk) is not None))
    return told


def own_awareness(incident: Incident) -> list[Knew]:
    """The same where any unit became aware at a moment of its own; none else."""
    return each_awareness(incident) if own_events(incident) else []


def _recorded_by(events: Sequence[IncidentEvent]) -> dict[UUID | None, str]:
    """Who recorded each of `events`, by id."""
    if not events:
        return {}
    rows = Change.objects.changes().filter(
        record_type=IncidentEvent.type_name(), record_id__in=[one.pk for one in events], version=1
    )
    return {row.record_id: row.who_name for row in rows}
