"""How many duties to tell somebody of an incident were met in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Clock, ClockQuerySet
from keepwell.kernel import moments
from keepwell.platform.metrics.metric import Share, metric
from keepwell.platform.metrics.scope import Scope

FIRST_IN_ORDER = 270


def ended(first: date, last: date) -> ClockQuerySet:
    """Our duties whose time ended from `first` up to and with `last` (UTC), done or not; what still runs is left out."""
    start, end = datetime.combine(first, time(), UTC), datetime.combine(last, time(), UTC)
    over = Q(state__in=(Clock.State.MET, Clock.State.LATE)) | Q(
        state=Clock.State.RUNNING, ends_at__lt=moments.now()
    )
    rows = Clock.objects.binding().exclude(duty=Clock.Duty.INBOUND)
    return rows.filter(over, ends_at__gte=start, ends_at__lt=end + timedelta(days=1))


@metric(
    "incidents.clocks_met", title=_("Notices in time"), unit="share", reads=[Clock], order=FIRST_IN_ORDER,
    definition=_(
        "Of our duties to tell somebody of an incident whose time ended in the year up to the as-of day, those done in "
        "time. Late and missed ones count as not met; what no longer binds and what an authority owes us does not count."
    ),
)  # fmt: skip
def clocks_met(scope: Scope) -> Share:
    """Clocks met in time, out of all that ended in the year of `scope`."""
    rows = ended(*scope.span)
    return Share(
        of=rows, having=rows.filter(state=Clock.State.MET), at="incident__unit",
        key=("incident__number", "rule", "stage", "unit__code", "clause__counterparty", "clause__clause", "occasion"),
    )  # fmt: skip
