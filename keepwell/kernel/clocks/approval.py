"""Who approves the notice of a rule: a part of it, read and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keepwell.kernel.clocks import faults
from keepwell.kernel.clocks.calendars import Unfit

CISO = "ciso"
ON_DUTY = ("legal", "management", "security")
ROLES = (CISO, *ON_DUTY)
UNIT, GROUP = "unit", "group"
PLACES = (UNIT, GROUP)
PARTS = {"role", "at"}


@dataclass(frozen=True)
class Approval:
    """Who approves: the CISO or who is on duty (`role`, one of ROLES; "" if the rule names nobody), of the unit that is
    concerned or one above it, or of the group alone (`at`)."""

    role: str = ""
    at: str = UNIT


def read_approval(name: str, given: Any) -> Approval:
    """Who approves the notices of the rule `name`, as {role, at} or by the role alone; Unfit says what does not fit."""
    if not given:
        return Approval()
    where = f"{name}, approves"
    told = {"role": given} if isinstance(given, str) else given
    if not isinstance(told, Mapping) or not PARTS.issuperset(told):
        raise Unfit(faults.NO_APPROVAL, where=where)
    role, at = str(told.get("role") or ""), str(told.get("at") or UNIT)
    if role not in ROLES:
        raise Unfit(faults.NO_APPROVER, where=where, value=role, known=faults.listed(ROLES))
    if at not in PLACES:
        raise Unfit(faults.NO_PLACE, where=where, value=at)
    return Approval(role, at)
