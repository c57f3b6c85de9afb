"""How many actions are open, how many of them are late, and how many were done in time."""

from __future__ import annotations

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from keepwell.areas.improvement.models import Action
from keepwell.platform.metrics.metric import Count, Share, metric
from keepwell.platform.metrics.scope import Scope

FIRST_IN_ORDER = 250


@metric(
    "improvement.open", title=_("Actions open"), unit="count", better="down", reads=[Action], order=FIRST_IN_ORDER,
    definition=_("Actions raised by the as-of day and neither done nor dropped by then."),
)  # fmt: skip
def open_actions(scope: Scope) -> Count:
    """Actions open at the end of `scope.day`."""
    return Count(of=Action.objects.open_on(scope.day), at="unit", key=("code",))


@metric(
    "improvement.late", title=_("Actions late"), unit="count", better="down", reads=[Action], order=FIRST_IN_ORDER + 1,
    definition=_("Of the actions open on the as-of day, those that were due before it, by the day they are due at present."),
)  # fmt: skip
def late_actions(scope: Scope) -> Count:
    """Actions open at the end of `scope.day` that were due before it; looked at are all open ones."""
    late, open_ = Action.objects.late_on(scope.day), Action.objects.open_on(scope.day)
    return Count(of=late, at="unit", key=("code",), looked_at=open_)


@metric(
    "improvement.in_time", title=_("Actions done in time"), unit="share", reads=[Action], order=FIRST_IN_ORDER + 2,
    definition=_("Of the actions done in the year up to the as-of day, those done by the day they were due."),
)  # fmt: skip
def done_in_time(scope: Scope) -> Share:
    """Actions done in the year of `scope` by their due day, out of all done in it."""
    done = Action.objects.done_between(*scope.span)
    return Share(of=done, having=done.filter(done_on__lte=F("due_on")), at="unit", key=("code",))
