"""To whom todos fall."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from keepwell.platform.people.models import Person
from keepwell.platform.todos.duties import who_owe
from keepwell.platform.todos.models import Debt, seated, seated_at


def holders(debt: Debt) -> QuerySet[Person]:
    """Who must do it now: the delegate, else the debtor, else all who hold the role at the nearest unit, or to
    whom the duty falls."""
    named = debt.delegate_id or debt.debtor_id
    if named:
        return Person.objects.filter(pk=named)
    if debt.duty:
        return Person.objects.filter(pk__in=[person.pk for person in who_owe([debt])[debt.pk]])
    return seated(debt.role, debt.unit)


def holders_of(debts: Collection[Debt]) -> dict[UUID, list[Person]]:
    """Who must do each of `debts` now, as `holders` tells of one, by id."""
    named = {debt.pk: person for debt in debts if (person := debt.delegate_id or debt.debtor_id)}
    people = Person.objects.select_related("unit").in_bulk(set(named.values())) if named else {}
    roles: dict[str, set[UUID]] = defaultdict(set)
    for debt in debts:
        if debt.pk not in named and not debt.duty:
            roles[debt.role].add(debt.unit_id)
    seats = {role: seated_at(role, units) for role, units in roles.items()}
    falling = who_owe([debt for debt in debts if debt.duty and debt.pk not in named])
    return {
        debt.pk: [people[named[debt.pk]]] if debt.pk in named
        else falling[debt.pk] if debt.duty else seats[debt.role].get(debt.unit_id, [])
        for debt in debts
    }  # fmt: skip
