"""Critical systems, clauses, legal standings and business calendars that hold no longer."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.organization.models import BusinessCalendar, CriticalSystem, LegalStanding, NoticeClause
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level


@act(
    Level.DECIDE,
    label=_("Take out of the list"),
    offered=lambda system: system.retired_at is None,
    explains=_("The system leaves the list of critical systems; its history and past incidents stay."),
)
def decommission(system: CriticalSystem, *, by: Person, reason: str) -> None:
    """Retire a system that is no longer there, or no longer critical."""
    system.retire(reason)
    system.save()


@act(
    Level.EDIT,
    label=_("End the clause"),
    offered=lambda clause: clause.retired_at is None and clause.until is None,
    explains=_("Incidents that become known after the last day no longer start its clock."),
)
def end_clause(clause: NoticeClause, *, by: Person, until: date) -> None:
    """Record the last day on which the clause holds."""
    clause.until = until
    clause.save()


@act(
    Level.EDIT,
    label=_("End the standing"),
    offered=lambda standing: standing.retired_at is None and standing.until is None,
    explains=_("Incidents that become known after the last day no longer start its clocks."),
)
def end_standing(standing: LegalStanding, *, by: Person, until: date) -> None:
    """Record the last day on which the entity is that."""
    standing.until = until
    standing.save()


@act(
    Level.DECIDE,
    label=_("Take out of use"),
    offered=lambda calendar: calendar.retired_at is None,
    explains=_(
        "No clause can name it any more; clocks that count by it are reckoned anew, by weekends alone."
    ),
)
def retire_calendar(calendar: BusinessCalendar, *, by: Person, reason: str) -> None:
    """Retire a calendar by which no clause counts any more; Refused with the first that still does."""
    today = moments.today(calendar.unit.time_zone)
    holding = NoticeClause.objects.current().filter(calendar=calendar.code).exclude(until__lt=today)
    clause = holding.order_by("counterparty", "pk").first()
    if clause is not None:
        told = gettext("%(clause)s counts by %(calendar)s; give it another calendar, or end it first.")
        raise Refused(told % {"clause": clause, "calendar": calendar})
    calendar.retire(reason)
    calendar.save()
