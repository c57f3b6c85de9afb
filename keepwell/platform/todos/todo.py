"""Todos: each is done by doing the thing, never by ticking it off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext

from keepwell.platform.people.models import Person
from keepwell.platform.records.links import address, resolve_all
from keepwell.platform.todos.duties import falling_to, matter_of, standing
from keepwell.platform.todos.models import Debt


@dataclass(frozen=True)
class Todo:
    """One thing a person owes: what to do (imperative), where, by which day, and one line of context.

    `debt` is the id by which it is named and passed on, the same for as long as it is owed. `urgency` tells what is due
    on one day apart, as the record says by its own `urgency`: 0 (it says nothing) or more.
    """

    act: str
    url: str
    due_on: date | None
    context: str
    debt: UUID
    urgency: int = 0

    def days_left(self, day: date) -> int | None:
        """Days until it is due; negative when late; None when no day is set."""
        return (self.due_on - day).days if self.due_on else None

    @property
    def rank(self) -> tuple[bool, date, int, str]:
        """Its place in a list: overdue, then nearest, then whenever; of one day the gravest first, then by its words."""
        return self.due_on is None, self.due_on or date.max, -self.urgency, self.act


def due_from(person: Person, day: date) -> list[Todo]:
    """All that `person` owes, the most urgent first."""
    return sorted((todo_of(*pair) for pair in on_desk(person, day)), key=lambda todo: todo.rank)


def on_desk(person: Person, day: date) -> Iterator[tuple[Debt, Any]]:
    """The debts of `person`, each with its record: what follows from how records stand, and what is kept: own,
    passed on by others, and of the roles held."""
    yield from falling_to(person, day)
    debts = Debt.objects.open().owed_by(person).exclude(passed_on(person)).select_related("delegated_by")
    yield from seen(debts, person)


def passed_on(person: Person) -> Q:
    """A filter for what somebody else does for `person` at present."""
    return Q(delegate__isnull=False) & ~Q(delegate=person)


def lent(person: Person) -> list[tuple[Debt, Todo]]:
    """What `person` owes and somebody else does at present, the most urgent first."""
    debts = Debt.objects.open().owed_by(person).filter(passed_on(person)).select_related("delegate")
    found = [(debt, todo_of(debt, record)) for debt, record in seen(debts, person)]
    return sorted(found, key=lambda pair: pair[1].rank)


def seen(debts: Iterable[Debt], person: Person) -> Iterator[tuple[Debt, Any]]:
    """Those of `debts` whose record `person` may see now, and stands so yet, each with it; one query for each kind of
    record."""
    listed = list(debts)
    records = resolve_all(((debt.record_type, debt.record_id) for debt in listed if not debt.duty), person)
    stands = standing(listed, person)
    for debt in listed:
        record = stands.get(debt.pk) if debt.duty else records.get((debt.record_type, debt.record_id))
        if record is not None:
            yield debt, record


def todo_of(debt: Debt, record: Any) -> Todo:
    """How a list shows `debt` about `record`."""
    matter = matter_of(debt, record) if debt.duty else None
    about = matter.context if matter else debt.about(record)
    if debt.delegate_id and debt.delegated_by:
        asked = gettext("%(name)s asks you: %(note)s") if debt.note else gettext("%(name)s asks you.")
        about = " · ".join(filter(None, (asked % {"name": debt.delegated_by, "note": debt.note}, about)))
    if matter:
        return Todo(matter.act, matter.url, matter.by_day, about, debt.pk, matter.urgency)
    url = debt.url or address(debt.record_type, debt.record_id)
    return Todo(debt.sentence(record), url, debt.by_day, about, debt.pk, getattr(record, "urgency", 0))
