"""Todos: each is done by doing the thing, never by ticking it off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext

from keepwell.platform.people.models import Person
from keepwell.platform.records.links import address, resolve_all
from keepwell.platform.todos.models import Debt


@dataclass(frozen=True)
class Todo:
    """One thing a person owes: what to do (imperative), where, by which day, and one line of context.

    `debt` is the id of what is kept of it; None where an area tells it from what stands in its records.
    `urgency` tells what is due on one day apart, as the record says by its own `urgency`: 0 (it says nothing) or more.
    """

    act: str
    url: str
    due_on: date | None
    context: str
    debt: UUID | None = None
    urgency: int = 0

    def days_left(self, day: date) -> int | None:
        """Days until it is due; negative when late; None when no day is set."""
        return (self.due_on - day).days if self.due_on else None

    @property
    def rank(self) -> tuple[bool, date, int, str]:
        """Its place in a list: overdue, then nearest, then whenever; of one day the gravest first, then by its words."""
        return self.due_on is None, self.due_on or date.max, -self.urgency, self.act


Telling = Callable[[Person, date], Iterable[Todo]]
TELLERS: dict[str, Telling] = {}


def owed(name: str) -> Callable[[Telling], Telling]:
    """Let `tell(person, day)` add to what is due from a person."""

    def keep(tell: Telling) -> Telling:
        TELLERS[name] = tell
        return tell

    return keep


def due_from(person: Person, day: date) -> list[Todo]:
    """All that `person` owes, the most urgent first."""
    found = [todo for tell in TELLERS.values() for todo in tell(person, day)]
    found += kept(person)
    return sorted(found, key=lambda todo: todo.rank)


def kept(person: Person) -> Iterator[Todo]:
    """What `person` owes and is kept as debts: own, delegated by others, and of the roles held."""
    debts = Debt.objects.open().owed_by(person).exclude(passed_on(person)).select_related("delegated_by")
    yield from (todo_of(debt, record) for debt, record in seen(debts, person))


def passed_on(person: Person) -> Q:
    """A filter for what somebody else does for `person` at present."""
    return Q(delegate__isnull=False) & ~Q(delegate=person)


def lent(person: Person) -> list[tuple[Debt, Todo]]:
    """What `person` owes and somebody else does at present, the most urgent first."""
    debts = Debt.objects.open().owed_by(person).filter(passed_on(person)).select_related("delegate")
    found = [(debt, todo_of(debt, record)) for debt, record in seen(debts, person)]
    return sorted(found, key=lambda pair: pair[1].rank)


def seen(debts: Iterable[Debt], person: Person) -> Iterator[tuple[Debt, Any]]:
    """Those of `debts` whose record `person` may see now, each with it; one query for each kind of record."""
    listed = list(debts)
    records = resolve_all(((debt.record_type, debt.record_id) for debt in listed), person)
    for debt in listed:
        record = records.get((debt.record_type, debt.record_id))
        if record is not None:
            yield debt, record


def todo_of(debt: Debt, record: Any) -> Todo:
    """How a list shows `debt` about `record`."""
    about = debt.about(record)
    if debt.delegate_id and debt.delegated_by:
        asked = gettext("%(name)s asks you: %(note)s") if debt.note else gettext("%(name)s asks you.")
        about = " · ".join(filter(None, (asked % {"name": debt.delegated_by, "note": debt.note}, about)))
    url = debt.url or address(debt.record_type, debt.record_id)
    return Todo(debt.sentence(record), url, debt.by_day, about, debt.pk, getattr(record, "urgency", 0))
