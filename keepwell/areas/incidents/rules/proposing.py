"""What the critical systems that an incident touches say of its factors: proposed, never set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.models.reasons import system_says
from keepwell.areas.organization.models import CriticalSystem
from keepwell.kernel.severity.scheme import Value
from keepwell.platform.people.models import Person


@dataclass(frozen=True)
class Proposal:
    """What systems say of a factor, and their codes in order."""

    factor: str
    value: Value
    systems: tuple[str, ...]

    @property
    def why(self) -> str:
        """Why, as “MES-01 tolerates 4 hours.”"""
        return system_says(self.factor, self.systems, self.value)


def proposals(incident: Incident, person: Person) -> dict[str, Proposal]:
    """What those of its systems that `person` may see say, by factor."""
    return proposed(incident.systems.current().visible_to(person).order_by("code"))


def proposed(systems: Iterable[CriticalSystem]) -> dict[str, Proposal]:
    """What `systems` say, by factor: the shortest outage that any tolerates, and whether any is core or critical
    infrastructure. That none of them is says nothing of others, and proposes nothing."""
    every = list(systems)
    found = [
        Proposal(factor, True, codes)
        for factor, codes in (
            ("core_system", tuple(one.code for one in every if one.is_core)),
            ("critical_infrastructure", tuple(one.code for one in every if one.is_infrastructure)),
        )
        if codes
    ]
    hours = {one.code: one.tolerable_hours for one in every if one.tolerable_hours is not None}
    if hours:
        least = min(hours.values())
        codes = tuple(code for code, tolerates in hours.items() if tolerates == least)
        found.append(Proposal("tolerable_hours", _plain(least), codes))
    return {one.factor: one for one in found}


def grounds(found: Mapping[str, Proposal], facts: Mapping[str, Value]) -> dict[str, list[str]]:
    """By factor, the systems that say what `facts` hold; what somebody typed otherwise has none."""
    return {name: list(one.systems) for name, one in found.items() if facts.get(name) == one.value}


def open_ones(found: Mapping[str, Proposal], facts: Mapping[str, Value]) -> list[Proposal]:
    """What systems say and `facts` do not hold: not known there, or typed otherwise."""
    return [one for name, one in found.items() if facts.get(name) != one.value]


def _plain(hours: Decimal) -> int | float:
    return int(hours) if hours == hours.to_integral_value() else float(hours)
