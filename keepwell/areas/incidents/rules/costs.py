"""What an incident has cost so far."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, IncidentCost
from keepwell.areas.incidents.rules.timeline import is_there, require_mark
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level


@act(
    Level.EDIT,
    label=_("Record a cost"),
    offered=is_there,
    shown=never,
    explains=_("It is added to what the incident has cost so far, in its own currency."),
)
def record_cost(
    incident: Incident, *, by: Person, what: str, amount: Decimal, currency: str,
    kind: IncidentCost.Kind = IncidentCost.Kind.OTHER, is_estimate: bool = False,
    tlp: Incident.Tlp | None = None,
) -> IncidentCost:  # fmt: skip
    """Record that `what` cost `amount` in `currency` (three letters); `tlp` is its own mark (None: the incident's)."""
    if not what.strip():
        raise Refused(gettext("Write what it was for."))
    require_mark(incident, tlp, by=by)
    cost = IncidentCost(
        incident=incident, kind=kind, what=what.strip()[:200], amount=amount, currency=currency.strip().upper(),
        is_estimate=is_estimate, person=by, recorded_at=moments.now(), tlp=tlp or "",
    )  # fmt: skip
    cost.save()
    return cost


@act(
    Level.EDIT,
    label=_("Take the cost out"),
    offered=is_there,
    explains=_("It was recorded by mistake: it counts no more; its history stays."),
)
def strike(cost: IncidentCost, *, by: Person, reason: str) -> None:
    """Let a cost count no more."""
    cost.retire(reason)
    cost.save()


def sums(incident: Incident, person: Person) -> list[tuple[str, Decimal]]:
    """What it has cost so far, as far as `person` may read it, by currency, the largest sum first."""
    rows = IncidentCost.objects.current().filter(incident=incident).readable_by(person).values("currency")
    found = rows.annotate(sum=Sum("amount")).order_by("-sum", "currency")
    return [(row["currency"], row["sum"]) for row in found]
