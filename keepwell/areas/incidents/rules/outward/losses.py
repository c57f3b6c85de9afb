"""What an incident cost, as others count it: by variety and currency, without the words in which it was recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from keepwell.areas.incidents.models import IncidentCost
from keepwell.areas.incidents.rules.timeline import narrowest

Kind = IncidentCost.Kind
DISRUPTION, RESPONSE, LEGAL, OTHER = (
    "business-disruption",
    "response-and-recovery",
    "legal-and-regulatory",
    "uncategorized",
)
VARIETIES = {
    Kind.OUTAGE: DISRUPTION, Kind.LABOUR: RESPONSE, Kind.SERVICE: RESPONSE, Kind.EQUIPMENT: RESPONSE,
    Kind.CLAIM: LEGAL, Kind.OTHER: OTHER,
}  # fmt: skip
"""What our kinds of cost are called in the vocabulary that STIX took from VERIS."""


@dataclass(frozen=True)
class Loss:
    """The sum of one variety in one currency; `estimated` is what of it is no more than an estimate. More than 0. `tlp` is
    the narrowest mark of its costs; "" where each is marked as the incident."""

    variety: str
    currency: str
    amount: Decimal
    estimated: Decimal
    since: datetime
    changed_at: datetime
    tlp: str = ""


def losses(costs: Iterable[IncidentCost]) -> Iterator[Loss]:
    """The sums of `costs` of an incident, by variety and currency. A sum that fell by a cost struck out changed when
    that was struck out."""
    found: dict[tuple[str, str], list[IncidentCost]] = defaultdict(list)
    for cost in costs:
        found[VARIETIES[Kind(cost.kind)], cost.currency].append(cost)
    for (variety, currency), costs in sorted(found.items()):
        counted = [one for one in costs if one.retired_at is None]
        amount = sum((one.amount for one in counted), Decimal(0))
        if amount > 0:
            estimated = sum((one.amount for one in counted if one.is_estimate), Decimal(0))
            changed = max(one.retired_at or one.recorded_at for one in costs)
            yield Loss(
                variety,
                currency,
                amount,
                estimated,
                costs[0].recorded_at,
                changed,
                narrowest("", *(one.tlp for one in counted)),
            )


def plain(amount: Decimal) -> int | float:
    """An amount as JSON has numbers; whole ones without a point."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
