"""Which customers an incident concerns, out of those with notice clauses: where some are named, their clauses bind
alone; where none is, all of them bind."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules import asking
from keepwell.areas.incidents.rules.aware import awareness_of
from keepwell.areas.incidents.rules.reckoning import Surroundings
from keepwell.areas.incidents.rules.timeline import is_there, note
from keepwell.areas.organization.models import NoticeClause
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

NAMED = gettext_noop(
    "Customers whom it concerns: %(customers)s. Of the clauses of customers, theirs bind alone."
)
NOBODY = gettext_noop("No customer is named any more: every clause of a customer binds again.")


@dataclass(frozen=True)
class Customer:
    """A customer with notice clauses that would bind, and whether the incident concerns them."""

    name: str
    clauses: tuple[NoticeClause, ...]
    is_named: bool


def named(incident: Incident) -> list[str]:
    """The customers who were named, in order of their names."""
    return sorted({one.counterparty for one in incident.customers_named.all()})


def offered(incident: Incident) -> list[Customer]:
    """The customers of whom a clause binds a unit that the incident touches, or one above it; and those who were named
    before, though none does now."""
    found: dict[str, list[NoticeClause]] = {}
    for one in _binding(incident):
        found.setdefault(one.counterparty, []).append(one)
    there = set(named(incident))
    for name in there:
        found.setdefault(name, [])
    return [Customer(name, tuple(found[name]), name in there) for name in sorted(found)]


@act(
    Level.EDIT,
    label=_("Name the customers concerned"),
    offered=is_there,
    shown=never,
    explains=_(
        "One a line, as their notice clauses call them. Of the clauses of customers, theirs bind alone; a clock of "
        "another’s stays there as no longer binding. Empty: every clause binds."
    ),
)
def name_customers(incident: Incident, *, by: Person, customers: str = "") -> list[str]:
    """Say which customers the incident concerns, one a line; none: nobody knows, and all clauses bind. Returns them."""
    wanted = list(dict.fromkeys(line.strip() for line in customers.splitlines() if line.strip()))
    known = {one.name: one for one in offered(incident)}
    if missing := [name for name in wanted if name not in known]:
        raise Refused(
            gettext(
                "No customer’s clause that binds here is one of “%(names)s”; name others under “Customers touched”."
            )
            % {"names": ", ".join(missing)[:100]}
        )
    if set(wanted) == set(named(incident)):
        raise Refused(gettext("These customers are named already; nothing was changed."))
    kept = list(incident.customers_named.filter(counterparty__in=wanted))
    clauses = {one.pk: one for name in wanted for one in known[name].clauses} | {one.pk: one for one in kept}
    incident.save(links={"customers_named": list(clauses.values())})
    note(incident, NAMED if wanted else NOBODY, verb="customers", by=by, customers=", ".join(sorted(wanted)))
    return sorted(wanted)


def _binding(incident: Incident) -> list[NoticeClause]:
    """The clauses of customers that hold on the day on which each unit knew of the incident."""
    around = Surroundings.of(asking.one(incident.pk))
    touched = incident.affected_units.order_by("code").values_list("pk", flat=True)
    found: dict[object, NoticeClause] = {}
    aware = awareness_of(incident)
    for key in around.tellers(incident.unit_id, touched):
        unit = around.units[key]
        bound = around.bound(unit, aware.of(key).astimezone(ZoneInfo(unit.time_zone)).date())
        found |= {one.pk: one for one in bound.clauses.values() if one.kind == NoticeClause.Kind.CUSTOMER}
    return list(found.values())
