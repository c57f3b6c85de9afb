"""What each site weighs in a cycle."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Assessment, Cycle, Scope
from keepwell.areas.assessment.rules.results import as_of
from keepwell.areas.organization.rules.heads import heads_by_unit
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

ONE = Decimal(1)


def weights_of(cycle: Cycle, sites: Iterable[Unit]) -> dict[UUID, Decimal]:
    """What each site weighs by the rule of the cycle; revenue and own weights begin as 1 and are typed."""
    if cycle.weights == Cycle.Weights.HEADCOUNT:
        heads = heads_by_unit(as_of(cycle))
        return {site.pk: Decimal(heads.get(site.pk, 0)) for site in sites}
    if cycle.weights == Cycle.Weights.CRITICALITY:
        return {site.pk: Decimal(site.criticality) for site in sites}
    return {site.pk: ONE for site in sites}


def require_weight(cycle: Cycle, scopes: Iterable[str], weights: Iterable[Decimal]) -> None:
    """Refuse weights that sum to nought within a scope: nothing could be rolled up."""
    total: dict[str, Decimal] = {}
    for scope, weight in zip(scopes, weights, strict=True):
        total[scope] = total.get(scope, Decimal(0)) + weight
    empty = [Scope(scope).label for scope, weight in total.items() if not weight]
    if empty:
        raise Refused(
            gettext("The weights of %(scope)s in “%(cycle)s” sum to 0; give at least one site a weight.")
            % {"scope": empty[0], "cycle": cycle}
        )


def has_weight_of_its_own(assessment: Assessment) -> bool:
    """Whether its weight may be typed now: no other rule gives it, and the year is not told yet."""
    own = assessment.cycle.weights in (Cycle.Weights.OWN, Cycle.Weights.REVENUE)
    return own and assessment.cycle.is_running and not assessment.is_withdrawn


@act(
    Level.DECIDE,
    label=_("Set the weight"),
    offered=has_weight_of_its_own,
    explains=_("The scores of companies and of the group follow at once."),
)
def weigh(assessment: Assessment, *, by: Person, weight: Decimal) -> None:
    """Let a site weigh so much in its cycle, in the same unit as the others: revenue, or what was agreed."""
    if weight < 0:
        raise Refused(gettext("A weight is 0 or more."))
    others = Assessment.objects.counted().filter(cycle=assessment.cycle, scope=assessment.scope)
    rest = others.exclude(pk=assessment.pk).values_list("weight", flat=True)
    weights = [weight, *rest]
    require_weight(assessment.cycle, [assessment.scope] * len(weights), weights)
    assessment.weight = weight.quantize(Decimal("0.0001"))
    assessment.save()
