"""How many people and sites there are."""

from __future__ import annotations

from django.db.models import Count as Number
from django.db.models import FilteredRelation, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from keepwell.areas.organization.rules.heads import counted_heads, postings
from keepwell.platform.metrics.metric import Count, Total, metric
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Headcount, Unit, UnitQuerySet, on


@metric(
    "organization.people",
    title=_("People employed"),
    unit="people",
    reads=[Person, Headcount],
    order=10,
    definition=_(
        "Employees on the as-of day, each at the unit of that day. A unit whose people are not recorded one "
        "by one counts with its headcount of that day."
    ),
)
def people(scope: Scope) -> Count:
    """Employees one by one; where some units have headcounts instead, the numbers of the units."""
    if counted_heads(scope.day).exists():
        return Total(of=staffed(scope), at="pk", key=("code",), value="heads")
    covers = on(scope.day, since="postings__since", until="postings__until")
    employed = Person.objects.annotate(posting=FilteredRelation("postings", condition=covers))
    employed = employed.filter(posting__isnull=False, kind=Person.Kind.EMPLOYEE)
    return Count(of=employed, at="posting__unit", key=("number",))


def staffed(scope: Scope) -> UnitQuerySet:
    """Units in which somebody works on the day, with how many as `heads`."""
    recorded = postings(scope.day).filter(unit=OuterRef("pk")).order_by().values("unit")
    by_head = counted_heads(scope.day).filter(pk=OuterRef("pk"))
    number = Coalesce(
        Subquery(recorded.annotate(heads=Number("pk")).values("heads"), output_field=IntegerField()),
        Subquery(by_head.values("heads"), output_field=IntegerField()),
    )
    return Unit.objects.annotate(heads=number).filter(heads__gt=0)


@metric(
    "organization.sites",
    title=_("Sites"),
    unit="sites",
    reads=[Unit],
    order=11,
    definition=_("Sites that existed on the as-of day."),
)
def sites(scope: Scope) -> Count:
    """Sites active on the day."""
    return Count(of=Unit.objects.sites().active(scope.day), at="pk", key=("code",))
