"""How many sites were assessed, and how mature they are."""

from __future__ import annotations

from functools import partial

from django.db.models import Case, CharField, F, Model, OuterRef, QuerySet, Subquery, When
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Result, Scope, Target, View
from keepwell.platform.metrics.metric import Count, Mean, metric
from keepwell.platform.metrics.scope import Scope as Span
from keepwell.platform.tree.models import Unit

READS: list[type[Model]] = [Cycle, Assessment]
SCORED: list[type[Model]] = [*READS, Answer, Target]
FIRST_IN_ORDER = 200
INFORMATION, OPERATION = (Scope.IT, Scope.COMBINED), (Scope.OT, Scope.COMBINED)
COLUMNS = {"flat_mean": "flat", "cutback": "cutback", "minimum": "minimum"}


def validated(year: int, scopes: tuple[Scope, ...]) -> QuerySet[Assessment]:
    """The validated assessments of the group's cycles of a year."""
    cycles = (
        Cycle.objects.current().filter(unit__kind=Unit.Kind.GROUP, year=year).exclude(state=Cycle.State.DRAFT)
    )
    rows = Assessment.objects.counted().filter(state=Assessment.State.VALIDATED)
    return rows.filter(cycle__in=cycles.values("pk"), scope__in=scopes)


def assessed(span: Span, scopes: tuple[Scope, ...]) -> Count:
    """Sites with a validated assessment of the year; looked at are the sites there were."""
    sites = Unit.objects.sites()
    found = sites.filter(pk__in=validated(span.year.number, scopes).values("unit"))
    cycles = Cycle.objects.current().filter(unit__kind=Unit.Kind.GROUP, year=span.year.number)
    opened = cycles.exclude(state=Cycle.State.DRAFT).exists()
    return Count(of=found, at="pk", key=("code",), looked_at=sites.active(span.day), has_data=opened)


def scored(span: Span, scopes: tuple[Scope, ...]) -> Mean:
    """The scores of those sites as a whole, by the method and the weights of their cycle."""
    whole = (
        Result.objects.filter(
            assessment=OuterRef("pk"), view=View.COUNTING, on_version="", code="", score__isnull=False
        ).annotate(
            exact=Case(
                *(When(assessment__cycle__method=method, then=F(column)) for method, column in COLUMNS.items()),
                default=F("mean"), output_field=CharField(),
            )
        ).values("exact")
    )  # fmt: skip
    rows = validated(span.year.number, scopes).annotate(exact=Subquery(whole[:1])).filter(exact__isnull=False)
    return Mean(
        of=rows, at="unit", value="exact", weight="weight", key=("unit__code", "scope", "cycle__name")
    )


metric(
    "maturity.sites", title=_("Sites assessed for maturity"), unit="sites", reads=READS, published=True,
    order=FIRST_IN_ORDER,
    definition=_(
        "Sites with a validated assessment, in IT or in IT and OT together, in the group's maturity cycle of the year. "
        "Each site counts once."
    ),
)(partial(assessed, scopes=INFORMATION))  # fmt: skip
metric(
    "maturity.score", title=_("Maturity of the sites"), unit="score", reads=SCORED, published=True,
    order=FIRST_IN_ORDER + 1,
    definition=_(
        "The mean of the scores of the sites with a validated assessment, in IT or in IT and OT together, in the "
        "group's maturity cycle of the year: by the cycle's method, and by its weights of sites. A site with fewer "
        "answers than the cycle asks for does not count."
    ),
)(partial(scored, scopes=INFORMATION))  # fmt: skip
metric(
    "ot.sites", title=_("Sites assessed in OT"), unit="sites", reads=READS, published=True, order=FIRST_IN_ORDER + 2,
    definition=_(
        "Sites with a validated assessment, in OT or in IT and OT together, in the group's maturity cycle of the year. "
        "Each site counts once."
    ),
)(partial(assessed, scopes=OPERATION))  # fmt: skip
