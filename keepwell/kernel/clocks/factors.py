"""What is known of an incident, and which of it makes a regime ask for a notice."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from keepwell.kernel.clocks import case_faults, faults
from keepwell.kernel.clocks.calendars import Unfit
from keepwell.kernel.clocks.case_faults import quoted, shown
from keepwell.kernel.clocks.events import Event
from keepwell.kernel.clocks.faults import Fault

Value = bool | int | float
# Every factor: its kind of value, and the question that it answers.
FACTORS: dict[str, tuple[type, str]] = {
    "level": (int, "the group's severity, 0 (S0) to 4 (S4)"),
    "national_level": (int, "the level by Taiwan's Cyber Security Management Act, 1 to 4"),
    "material": (bool, "a loss or an effect that matters to investors has come about or is likely"),
    "loss_twd": (int, "the loss in New Taiwan dollars"),
    "loss_percent_of_capital": (float, "the loss as a percentage of share capital"),
    "public_at_home": (bool, "it is made public at home, filed with an exchange or sent to holders"),
    "personal_data": (bool, "personal data was breached"),
    "special_category": (bool, "the data is of a special or sensitive category"),
    "unique_identifiers": (bool, "the data holds unique identifiers of persons"),
    "persons": (int, "how many persons the breached data concerns"),
    "persons_in_system": (int, "how many persons' data the system holds"),
    "risk_unlikely": (bool, "a risk to the rights of persons is unlikely"),
    "high_risk": (bool, "the risk to the rights of persons is high"),
    "significant_harm": (bool, "significant harm to persons has come about or is likely"),
    "financial_harm": (bool, "financial harm to persons has come about or is likely"),
    "wrongful_purpose": (bool, "it was done for a wrongful purpose"),
    "external_access": (bool, "somebody from outside had unlawful access"),
    "intrusion": (bool, "somebody intruded into a network or a system"),
    "significant_incident": (bool, "it disrupts the service severely or harms others considerably (NIS2)"),
    "relatively_significant": (bool, "it is relatively significant or above by China's grading"),
    "covered_incident": (bool, "it is a covered cyber incident (CIRCIA)"),
    "ransom_paid": (bool, "a ransom was paid"),
    "covered_contractor_system": (bool, "a covered contractor system is touched (DFARS)"),
    "exploited_vulnerability": (bool, "a vulnerability of an own product is actively exploited"),
    "severe_product_incident": (bool, "a severe incident touches the security of an own product"),
    "prescribed_incident": (bool, "it is an incident prescribed for critical infrastructure (Singapore)"),
    "ncii_touched": (bool, "critical infrastructure is or might be touched (Malaysia)"),
    "customer_data": (bool, "data of a customer is touched"),
    "customer_product": (bool, "a product of a customer is touched"),
    "supply_interrupted": (bool, "supply to a customer is interrupted"),
    "claim_likely": (bool, "a claim under the policy is likely"),
    "worth_sharing": (bool, "others should learn of it"),
    "external_clock": (bool, "the incident asks to tell somebody outside the group"),
}
EXTERNAL = "external_clock"
DERIVED = frozenset({EXTERNAL})
"""Factors that nobody answers: they follow from the rules themselves, and are not so until something asks for it."""
RANGES = {"level": range(5), "national_level": range(1, 5)}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt,
}  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """A factor compared with a value, or that an event of a kind has happened."""

    factor: str = ""
    comparison: str = "="
    value: Value = True
    event: str = ""
    until_known: bool = False  # it holds as long as nobody knows, as what is asked "unless …"

    def holds(self, facts: Facts) -> bool | None:
        """Whether it holds; None where the factor is not known."""
        if self.event:
            return facts.has(self.event)
        known = facts.get(self.factor)
        if known is None:
            return True if self.until_known else None
        return COMPARISONS[self.comparison](known, self.value)


@dataclass(frozen=True)
class Trigger:
    """Conditions of which any one, or all, must hold; none at all always hold."""

    conditions: tuple[Condition, ...] = ()
    any_will_do: bool = False

    def holds(self, facts: Facts) -> bool | None:
        """Whether the incident triggers it; None while what is not known could still decide it."""
        found = [one.holds(facts) for one in self.conditions]
        if not found:
            return True
        if self.any_will_do:
            return True if True in found else (None if None in found else False)
        return False if False in found else (None if None in found else True)

    def missing(self, facts: Facts) -> list[str]:
        """The factors that it asks for and that are not known."""
        return [one.factor for one in self.conditions if one.factor and one.holds(facts) is None]


@dataclass(frozen=True)
class Facts:
    """The factors of an incident as they stand, with the events that happened at one unit."""

    factors: Mapping[str, Value]
    events: tuple[Event, ...] = ()

    def get(self, factor: str) -> Value | None:
        """What is known of `factor`; of a level, the newest one."""
        if factor in RANGES:
            newest = self.level(national=factor == "national_level")
            return newest if newest is not None else self.factors.get(factor)
        return self.factors.get(factor, False if factor in DERIVED else None)

    def has(self, kind: str) -> bool:
        """Whether an event of `kind` happened."""
        return any(event.kind == kind for event in self.events)

    def level(self, *, national: bool) -> int | None:
        """The level that the newest event set, on the nation's scale or the group's; None if none did."""
        set_at = [(event.at, level_of(event, national=national)) for event in self.events]
        known = [(at, level) for at, level in set_at if level is not None]
        return max(known)[1] if known else None


def level_of(event: Event, *, national: bool) -> int | None:
    """The level that `event` set; one that was told on one scale alone counts on both."""
    if event.kind != "level_change":
        return None
    first, second = (event.national_level, event.level) if national else (event.level, event.national_level)
    return first if first is not None else second


def checked(given: Mapping[str, Any]) -> dict[str, Value]:
    """`given` factors with their kinds and ranges looked at; Unfit names the first that does not fit."""
    return {name: _checked(name, value) for name, value in given.items() if value is not None}


def unknown(names: Iterable[str]) -> list[str]:
    """Those of `names` that are no factors."""
    return [name for name in names if name not in FACTORS]


def _checked(name: str, value: Any) -> Value:
    if name not in FACTORS:
        raise Unfit(faults.NO_FACTOR, where="factors", value=shown(name), known=faults.listed(FACTORS))
    kind, asks = FACTORS[name]
    where = Fault(case_faults.FACTOR, {"name": name, "asks": Fault(asks)})
    if kind is bool and not isinstance(value, bool):
        raise Unfit(case_faults.SAY_WHETHER, where=where, value=quoted(value))
    if kind is not bool and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise Unfit(case_faults.SAY_HOW_MUCH, where=where, value=quoted(value))
    if name in RANGES and value not in RANGES[name]:
        least, most = RANGES[name][0], RANGES[name][-1]
        raise Unfit(faults.OUTSIDE, where=f"factors, {name}", value=quoted(value), least=least, most=most)
    if kind is not bool and not 0 <= value <= 1e15:  # noqa: PLR2004  more than there is money
        raise Unfit(case_faults.NEVER, where=f"factors, {name}", value=quoted(value))
    found: Value = value
    return found
