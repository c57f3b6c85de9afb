"""Todos: each is done by doing the thing, never by ticking it off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from keepwell.platform.people.models import Person


@dataclass(frozen=True)
class Todo:
    """One thing a person owes: what to do (imperative), where, by which day, and one line of context."""

    act: str
    url: str
    due_on: date | None
    context: str

    def days_left(self, day: date) -> int | None:
        """Days until it is due; negative when late; None when no day is set."""
        return (self.due_on - day).days if self.due_on else None


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
    return sorted(found, key=lambda todo: (todo.due_on is None, todo.due_on or day, todo.act))
