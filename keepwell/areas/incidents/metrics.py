"""How many incidents there were, which were material, how long things took, and how many duties were met in time."""

from __future__ import annotations

from functools import partial

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Clock, ClockQuerySet, Incident, IncidentEvent
from keepwell.areas.incidents.rules.counting import (
    AT,
    LENGTHS,
    MAJOR,
    Length,
    bounds,
    lengths,
    placed,
    told_apart,
    within,
)
from keepwell.kernel import moments
from keepwell.platform.metrics.metric import Count, Median, Share, metric
from keepwell.platform.metrics.scope import Scope

FIRST_IN_ORDER = 260
KEY = ("number",)


@metric(
    "incidents.material", title=_("Material incidents"), unit="count", better="down", reads=[Incident], published=True,
    order=FIRST_IN_ORDER,
    definition=_(
        "Incidents of which somebody decided in the year up to the as-of day that they are material to investors, by the "
        "decision that stands. Each record says who decided, when and on what. Incidents for named people alone are "
        "counted for the group and at no unit below it."
    ),
)  # fmt: skip
def material(scope: Scope) -> Count:
    """Incidents decided as material in the year of `scope`; looked at are all that were decided on."""
    decided = within(scope, "material_at").filter(is_material__isnull=False)
    return Count(of=decided.filter(is_material=True), at=AT, key=KEY, looked_at=decided)


@metric(
    "incidents.reported", title=_("Incidents reported"), unit="count", better="down", reads=[Incident],
    order=FIRST_IN_ORDER + 1,
    definition=_(
        "Incidents reported in the year up to the as-of day, mistakes left out. Incidents for named people alone are "
        "counted for the group and at no unit below it."
    ),
)  # fmt: skip
def reported(scope: Scope) -> Count:
    """Incidents reported in the year of `scope`."""
    return Count(of=within(scope, "reported_at"), at=AT, key=KEY)


@metric(
    "incidents.major", title=_("Major incidents"), unit="count", better="down", reads=[Incident], order=FIRST_IN_ORDER + 2,
    definition=_(
        "Of the incidents reported in the year up to the as-of day, those that are S3 or S4 at present. Incidents for "
        "named people alone are left out: others are to know of them that they are there, not how grave they are."
    ),
)  # fmt: skip
def major(scope: Scope) -> Count:
    """Incidents of S3 and S4 reported in the year of `scope`; looked at are all whose level may be told."""
    rows = told_apart(within(scope, "reported_at"))
    return Count(of=rows.filter(level__gte=MAJOR), at=AT, key=KEY, looked_at=rows)


def took(scope: Scope, length: Length) -> Median:
    """The median of `length` in the year of `scope`."""
    return Median(of=lengths(scope, length), at=AT, key=KEY, value="took")


for number, one in enumerate(LENGTHS, start=3):
    metric(
        f"incidents.{one.name}", title=one.title, definition=one.definition, unit="duration", better="down",
        reads=[Incident, IncidentEvent], order=FIRST_IN_ORDER + number,
    )(partial(took, length=one))  # fmt: skip


def ended(scope: Scope) -> ClockQuerySet:
    """Our duties whose time ended in the year of `scope`, done or not; what still runs is left out."""
    start, end = bounds(*scope.span)
    over = Q(state__in=(Clock.State.MET, Clock.State.LATE)) | Q(
        state=Clock.State.RUNNING, ends_at__lt=moments.now()
    )
    rows = Clock.objects.counted().exclude(duty=Clock.Duty.INBOUND)
    return rows.filter(over, ends_at__gte=start, ends_at__lt=end).annotate(**{AT: placed("incident")})


@metric(
    "incidents.clocks_met", title=_("Notices in time"), unit="share", reads=[Clock, Incident], order=FIRST_IN_ORDER + 10,
    definition=_(
        "Of our duties to tell somebody of an incident whose time ended in the year up to the as-of day, those done in "
        "time. Late and missed ones count as not met, also where their incident was withdrawn or merged since; what no longer "
        "binds and what an authority owes us does not count. "
        "Incidents for named people alone are counted for the group and at no unit below it."
    ),
)  # fmt: skip
def clocks_met(scope: Scope) -> Share:
    """Clocks met in time, out of all that ended in the year of `scope`."""
    rows = ended(scope)
    return Share(
        of=rows, having=rows.filter(state=Clock.State.MET), at=AT,
        key=("incident__number", "rule", "stage", "unit__code", "clause__counterparty", "clause__clause", "occasion"),
    )  # fmt: skip
