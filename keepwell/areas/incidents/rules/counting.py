"""What figures count of incidents: which incidents, in which year, at which unit, and how long things took.

An incident for named people alone is a bare count for everybody else (security.md R9). So it is counted for the
group as a whole and at no unit below it, and it is left out wherever a figure would tell more of it than that it is
there: its type, its level, its site, its hours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Subquery,
    UUIDField,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, IncidentEvent, IncidentQuerySet
from keepwell.kernel import moments
from keepwell.kernel.clocks.events import AWARENESS
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.tree.models import Unit

AT = "counts_at"
MAJOR = 3
"""From this level on an incident is major: S3 and S4."""


def bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """The first moment of `first` and the first one after `last`, by the clock of the group's seat."""
    zone = Unit.objects.filter(kind=Unit.Kind.GROUP).values_list("time_zone", flat=True).first() or "UTC"
    return moments.begins(first, zone), moments.ends(last, zone)


def placed(incident: str = "") -> Combinable:
    """The unit that a row counts for: the incident's, reached by the path `incident`; of one for named people alone
    the group."""
    group = Subquery(Unit.objects.filter(kind=Unit.Kind.GROUP).values("pk")[:1])
    path = f"{incident}__" if incident else ""
    return Case(
        When(**{f"{path}is_restricted": True}, then=group), default=F(f"{path}unit"), output_field=UUIDField()
    )


def within(scope: Scope, field: str) -> IncidentQuerySet:
    """Incidents, mistakes left out, whose moment `field` lies in the year of `scope`; each with the unit it counts
    for."""
    return _between(scope, Incident.objects.current(), field)


def _between(scope: Scope, rows: IncidentQuerySet, field: str) -> IncidentQuerySet:
    """Those of `rows` whose moment `field` lies in the year of `scope`; each with the unit it counts for."""
    start, end = bounds(*scope.span)
    return rows.annotate(**{AT: placed()}).filter(**{f"{field}__gte": start, f"{field}__lt": end})


def told_apart(rows: IncidentQuerySet) -> IncidentQuerySet:
    """Those of `rows` of which a figure may tell type, level, site and hours."""
    return rows.filter(is_restricted=False)


@dataclass(frozen=True)
class Length:
    """How long something took: from `since` to the moment `until`."""

    name: str
    title: str | Promise
    definition: str | Promise
    since: Callable[[], Combinable]
    until: Callable[[], Combinable]


def _own_awareness() -> Subquery:
    """When the unit of an incident became aware, where a moment of its own was recorded for it, of several the first."""
    rows = IncidentEvent.objects.current().filter(
        incident=OuterRef("pk"), kind=AWARENESS, aware_unit=OuterRef("unit")
    )
    return Subquery(rows.order_by("at").values("at")[:1])


def _detection() -> Combinable:
    return Coalesce(_own_awareness(), "detected_at", output_field=DateTimeField())


def _discovery() -> Combinable:
    return Coalesce(_own_awareness(), "detected_at", "reported_at", output_field=DateTimeField())


LENGTHS = (
    Length(
        "time_to_detect", _("Time to detect"),
        _("Median, in hours, from when an incident happened to when its unit detected it, of those detected in the year up "
          "to the as-of day. Left out are those of which nobody knows when they happened or were detected."),
        lambda: F("happened_at"), _detection,
    ),
    Length(
        "time_to_acknowledge", _("Time to acknowledge"),
        _("Median, in hours, from the first report of an incident to when somebody took it up, of those taken up in "
          "the year up to the as-of day."),
        lambda: F("reported_at"), lambda: F("acknowledged_at"),
    ),
    Length(
        "time_to_contain", _("Time to contain"),
        _("Median, in hours, from when its unit detected an incident (from its report, where nobody said otherwise) to "
          "when it spread no further, of those contained in the year up to the as-of day."),
        _discovery, lambda: F("contained_at"),
    ),
    Length(
        "time_to_recover", _("Time to recover"),
        _("Median, in hours, from when its unit detected an incident (from its report, where nobody said otherwise) to "
          "when all worked again, of those recovered in the year up to the as-of day."),
        _discovery, lambda: F("recovered_at"),
    ),
)  # fmt: skip


def lengths(scope: Scope, length: Length) -> IncidentQuerySet:
    """The incidents of which `length` is taken in the year of `scope`, each with its `took`: the one definition of
    the times to detect, acknowledge, contain and recover.

    | time to | from | to |
    |---|---|---|
    | detect | it happened | its unit detected it |
    | acknowledge | it was reported | somebody took it up |
    | contain | its unit detected it, else reported | it spread no further |
    | recover | its unit detected it, else reported | all worked again |

    Its unit detected it when it became aware, where a moment of its own was recorded for that unit, else when the
    incident was detected. An incident counts at its own unit and all above it, with one length: since when other units
    that it touches were aware moves their clocks alone.

    An incident belongs to the year in which the second moment lies, so that a year that is over does not change when
    an old incident is closed. Figures give the median in hours. Left out are mistakes, incidents for named people
    alone, those without one of the two moments, and those whose moments were corrected into the wrong order.
    """
    timed = Incident.objects.current().annotate(since=length.since(), came_at=length.until())
    rows = told_apart(_between(scope, timed, "came_at"))
    took = ExpressionWrapper(F("came_at") - F("since"), output_field=DurationField())
    return rows.filter(since__isnull=False, since__lte=F("came_at")).annotate(took=took)
