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
    Subquery,
    UUIDField,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, IncidentQuerySet
from keepwell.kernel import moments
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
    start, end = bounds(*scope.span)
    rows = Incident.objects.current().annotate(**{AT: placed()})
    return rows.filter(**{f"{field}__gte": start, f"{field}__lt": end})


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
    until: str


def _discovery() -> Combinable:
    return Coalesce("detected_at", "reported_at", output_field=DateTimeField())


LENGTHS = (
    Length(
        "time_to_detect", _("Time to detect"),
        _("Median, in hours, from when an incident happened to when it was detected, of those detected in the year up "
          "to the as-of day. Left out are those of which nobody knows when they happened or were detected."),
        lambda: F("happened_at"), "detected_at",
    ),
    Length(
        "time_to_acknowledge", _("Time to acknowledge"),
        _("Median, in hours, from the first report of an incident to when somebody took it up, of those taken up in "
          "the year up to the as-of day."),
        lambda: F("reported_at"), "acknowledged_at",
    ),
    Length(
        "time_to_contain", _("Time to contain"),
        _("Median, in hours, from when an incident was detected (from its report, where nobody said otherwise) to when "
          "it spread no further, of those contained in the year up to the as-of day."),
        _discovery, "contained_at",
    ),
    Length(
        "time_to_recover", _("Time to recover"),
        _("Median, in hours, from when an incident was detected (from its report, where nobody said otherwise) to when "
          "all worked again, of those recovered in the year up to the as-of day."),
        _discovery, "recovered_at",
    ),
)  # fmt: skip


def lengths(scope: Scope, length: Length) -> IncidentQuerySet:
    """The incidents of which `length` is taken in the year of `scope`, each with its `took`: the one definition of
    the times to detect, acknowledge, contain and recover.

    | time to | from | to |
    |---|---|---|
    | detect | it happened | it was detected |
    | acknowledge | it was reported | somebody took it up |
    | contain | it was detected, else reported | it spread no further |
    | recover | it was detected, else reported | all worked again |

    An incident belongs to the year in which the second moment lies, so that a year that is over does not change when
    an old incident is closed. Figures give the median in hours. Left out are mistakes, incidents for named people
    alone, those without one of the two moments, and those whose moments were corrected into the wrong order.
    """
    rows = told_apart(within(scope, length.until)).annotate(since=length.since())
    took = ExpressionWrapper(F(length.until) - F("since"), output_field=DurationField())
    return rows.filter(since__isnull=False, since__lte=F(length.until)).annotate(took=took)
