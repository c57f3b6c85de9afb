"""Critical systems, clauses and legal standings that hold no longer."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from keepwell.areas.organization.models import CriticalSystem, LegalStanding, NoticeClause
from keepwell.kernel import moments
from keepwell.platform.acts.act import act
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
    system.retired_at, system.retired_reason = moments.now(), reason.strip()[:300]
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
