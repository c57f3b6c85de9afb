"""To whom a todo may go: found as people name each other."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import grants_giving
from keepwell.platform.people.roles import Level
from keepwell.platform.records.links import kind_named
from keepwell.platform.records.models import area_of
from keepwell.platform.todos.duties import follows, found_for
from keepwell.platform.todos.models import Debt, present
from keepwell.platform.todos.todo import seen

MOST_OFFERED = 20


def owed_debt(pk: UUID, person: Person) -> tuple[Debt, Any] | None:
    """The open debt `pk` and its record, if `person` owes it, does it for somebody, and may see the record."""
    debts = Debt.objects.open().owed_by(person).filter(pk=pk)
    kept = next(seen(debts.select_related("unit", "debtor", "delegate", "delegated_by"), person), None)
    return kept or (found_for(person, pk) if follows(pk) else None)


def colleague(name: str) -> Person:
    """Who is meant by an employee number or a mail address; the unknown and the ambiguous are refused alike."""
    words = name.strip().split(" ")[0]
    here = Person.objects.filter(present(moments.today()))
    found = list(here.filter(Q(number__iexact=words) | Q(mail__iexact=words)).select_related("unit")[:2])
    if len(found) != 1:
        raise Refused(_("Nobody is known by “%(name)s”; write the employee number or the mail address.") % {
            "name": name[:60]})  # fmt: skip
    return found[0]


def colleagues(debt: Debt, person: Person) -> list[Person]:
    """Some who hold a right to such records there and may be offered."""
    model = kind_named(debt.record_type)
    if model is None:
        return []
    grants = grants_giving(area_of(model), Level.VIEW, debt.unit).exclude(person=person)
    people = Person.objects.filter(present(moments.today()), pk__in=grants.values("person"))
    return list(people.order_by("name", "pk")[:MOST_OFFERED])
