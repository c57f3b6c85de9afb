"""What follows where other rules are in force: open rooms show it, and who works on an open incident owes a look."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from keepwell.areas.incidents.models import Incident, SeverityScheme
from keepwell.areas.incidents.models.library import shipped_text
from keepwell.areas.incidents.models.schemes import Edition, edition_now, keep_shipped
from keepwell.areas.incidents.models.timeline import beat_all
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.todos.duties import Matter

KEEPER = Machine(gettext_noop("the scheme of severity"))


@transaction.atomic
def begin_editions() -> int:
    """Let open rooms be drawn anew for editions that have come into force, and for a shipped text that an update brought;
    returns how many editions did. Twice is once."""
    fresh = list(SeverityScheme.objects.begun().filter(is_told=False))
    for edition in fresh:
        edition.is_told = True
        with acting(KEEPER, "severityscheme.begin"):
            edition.save()
    if fresh:
        draw_anew()
    begin_shipped(edition_now())
    return len(fresh)


def begin_shipped(edition: Edition) -> None:
    """Keep the text of the shipped scheme where that is in force, and let open rooms be drawn anew for one that is new."""
    if edition.shipped and keep_shipped():
        draw_anew()


def draw_anew() -> None:
    """Let every open room in which other rules now count be drawn anew."""
    beat_all(classified_otherwise(edition_now().pk).values_list("pk", flat=True))


def classified_otherwise(edition: UUID | None) -> QuerySet[Incident]:
    """Open incidents that were classified by other rules than those of `edition` (None: the shipped ones)."""
    rows: QuerySet[Incident] = Incident.objects.open().filter(level__isnull=False, is_history=False)
    return (
        rows.filter(Q(scheme__isnull=False) | _by_earlier_text())
        if edition is None
        else rows.exclude(scheme=edition)
    )


def _by_earlier_text() -> Q:
    """What was classified by a text of the shipped scheme that an update replaced; not what it is unknown of."""
    return Q(scheme__isnull=True) & ~Q(shipped_text__in=("", shipped_text()))


def to_classify_anew() -> Q:
    """Of open incidents `with_edition`, those to be classified anew."""
    other = Q(in_force_pk__isnull=True) & (Q(scheme__isnull=False) | _by_earlier_text()) | Q(in_force_pk__isnull=False) & (
        Q(scheme__isnull=True) | ~Q(scheme=F("in_force_pk"))
    )  # fmt: skip
    return other & Q(level__isnull=False, is_history=False)


def anew(incident: Incident, edition: Edition) -> Matter:
    """That it is to be classified anew, and why."""
    where = gettext("%(unit)s: %(title)s") % {"unit": incident.unit, "title": incident.title}
    return Matter(
        "incidents.classify_anew",
        gettext("Classify %(incident)s anew") % {"incident": incident},
        reverse("incident-classify", args=[incident.pk]),
        None,
        f"{where} · {incident.changed_to(edition)}",
        incident.urgency,
    )
