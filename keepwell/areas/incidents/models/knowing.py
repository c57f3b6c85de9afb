"""What decides which incidents and reports somebody may know: for which they are named, and which concern them.

One statement answers both, so that an open room is told of either at the cost of one (ADR 66).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import BooleanField, F, QuerySet, Value
from django.db.models.functions import Coalesce

from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import asked_once


def _of(name: str, person: Person | UUID) -> Any:  # Any: the query set of a model that is declared later
    """The rows of the model called `name` that hold for `person` now."""
    return apps.get_model("incidents", name).objects.in_force().filter(person=person).order_by()


def _found(rows: Any, path: Any, *, is_kept: bool) -> Any:
    return rows.values_list(path, Value(is_kept, output_field=BooleanField()))


def _known(person: UUID) -> QuerySet[Any, Any]:
    """The records that `person` is named for, and those that concern them, which they must not know."""
    concerning = _of("ImplicatedPerson", person)
    named = _found(_of("NamedPerson", person), F("incident_id"), is_kept=False)
    incidents = _found(concerning.annotate(about=ABOUT).filter(about__isnull=False), F("about"), is_kept=True)
    reports = _found(concerning.filter(report__isnull=False), F("report_id"), is_kept=True)
    found: QuerySet[Any, Any] = named.union(incidents, reports, all=True)
    return found


ABOUT = Coalesce("incident_id", "report__incident_id")
"""The incident that concerns somebody by itself, or because a report does that belongs to it."""
KNOWN = Ready(_known, UUID)


def _asked(person: Person) -> list[tuple[UUID, bool]]:
    """A page asks it once."""
    return asked_once(
        ("incidents.known", person.pk), lambda: [(pk, bool(kept)) for pk, kept in KNOWN.rows(person.pk)]
    )


def named_for(person: Person) -> frozenset[UUID]:
    """The incidents for which `person` is named now."""
    return frozenset(pk for pk, kept in _asked(person) if not kept)


def concerning(person: Person) -> frozenset[UUID]:
    """The incidents and reports that concern `person`, and that they must not know whatever rights they hold."""
    return frozenset(pk for pk, kept in _asked(person) if kept)


def reports_concerning(person: Person) -> Any:  # Any: the keys of reports, as a subquery
    """The same for reports alone, as a subquery of ids."""
    return _of("ImplicatedPerson", person).filter(report__isnull=False).values("report")


def incidents_concerning(person: Person) -> Any:  # Any: the keys of incidents, as a subquery
    """The same for incidents, by themselves or by a report that belongs to them."""
    rows = _of("ImplicatedPerson", person).annotate(about=ABOUT)
    return rows.filter(about__isnull=False).values("about")
