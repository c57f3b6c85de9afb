"""How many sites were assessed, and how mature they are."""

from __future__ import annotations

from functools import partial

from django.db.models import Case, CharField, F, Model, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Result, Scope, Target, View
from keepwell.kernel.rollup.tree import Method
from keepwell.platform.metrics.metric import Count, Lowest, Mean, metric
from keepwell.platform.metrics.scope import Scope as Span
from keepwell.platform.tree.models import Unit

READS: list[type[Model]] = [Cycle, Assessment]
SCORED: list[type[Model]] = [*READS, Answer, Target]
FIRST_IN_ORDER = 200
INFORMATION, OPERATION = (Scope.IT, Scope.COMBINED), (Scope.OT, Scope.COMBINED)
COLUMNS = {Method.FLAT_MEAN: "flat", Method.CUTBACK: "cutback", Method.MINIMUM: "minimum"}
IN_PERCENT = Concat(Cast(F("met") * 100, CharField()), Value("/"), Cast("aimed", CharField()))


def cycles_of(year: int) -> QuerySet[Cycle]:
    """The group's opened cycles of a year."""
    held = Cycle.objects.current().filter(unit__kind=Unit.Kind.GROUP, year=year)
    return held.exclude(state=Cycle.State.DRAFT)


def validated(year: int, scopes: tuple[Scope, ...]) -> QuerySet[Assessment]:
    """The validated assessments of the group's cycles of a year."""
    rows = Assessment.objects.counted().filter(state=Assessment.State.VALIDATED)
    return rows.filter(cycle__in=cycles_of(year).values("pk"), scope__in=scopes)


def assessed(span: Span, scopes: tuple[Scope, ...]) -> Count:
    """Sites with a validated assessment of the year; looked at are the sites there were."""
    sites = Unit.objects.sites()
    found = sites.filter(pk__in=validated(span.year.number, scopes).values("unit"))
    opened = cycles_of(span.year.number).exists()
    return Count(of=found, at="pk", key=("code",), looked_at=sites.active(span.day), has_data=opened)


def scored(span: Span, scopes: tuple[Scope, ...]) -> Mean:
    """The scores of those sites as a whole, by the method and the weights of their cycle.

    Shares of answers at target count only among themselves: by how many answers have one, in percent.
    """
    methods = set(cycles_of(span.year.number).values_list("method", flat=True))
    in_percent, lowest = methods == {Method.SHARE_AT_TARGET.value}, methods == {Method.MINIMUM.value}
    whole = Result.objects.filter(
        assessment=OuterRef("pk"), view=View.COUNTING, on_version="", code="", score__isnull=False
    )  # fmt: skip
    value = IN_PERCENT if in_percent else _by_method()
    rows = validated(span.year.number, scopes).annotate(
        exact=Subquery(whole.annotate(exact=value).values("exact")[:1]), aimed=Subquery(whole.values("aimed")[:1])
    )  # fmt: skip
    rows = rows.filter(exact__isnull=False)
    if not in_percent:
        rows = rows.exclude(cycle__method=Method.SHARE_AT_TARGET)
    kind = Lowest if lowest else Mean
    return kind(
        of=rows, at="unit", value="exact", weight="aimed" if in_percent else "weight",
        key=("unit__code", "scope", "cycle__name"),
    )  # fmt: skip


def _by_method() -> Case:
    """The exact score of a result by the method of its cycle."""
    return Case(
        *(When(assessment__cycle__method=method, then=F(column)) for method, column in COLUMNS.items()),
        default=F("mean"), output_field=CharField(),
    )  # fmt: skip


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
        "group's maturity cycle of the year: by the cycle's method, and by its weights of sites. Where the cycle counts "
        "the lowest score it is the lowest of the sites, where it counts the share at target it is that share of all "
        "their answers with a target, in percent. A site with fewer answers than the cycle asks for does not count."
    ),
)(partial(scored, scopes=INFORMATION))  # fmt: skip
metric(
    "ot.sites", title=_("Sites assessed in OT"), unit="sites", reads=READS, published=True, order=FIRST_IN_ORDER + 2,
    definition=_(
        "Sites with a validated assessment, in OT or in IT and OT together, in the group's maturity cycle of the year. "
        "Each site counts once."
    ),
)(partial(assessed, scopes=OPERATION))  # fmt: skip
