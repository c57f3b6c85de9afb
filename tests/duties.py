"""What falls to somebody by how records stand, for stories of single duties."""

from __future__ import annotations

from datetime import date

from keepwell.kernel import moments
from keepwell.platform.people.models import Person
from keepwell.platform.todos.duties import falling_to
from keepwell.platform.todos.todo import Todo, todo_of


def todos_of(who: Person, day: date, *duties: str) -> list[Todo]:
    """What is due from `who` on `day` of `duties`, by their names."""
    return [todo_of(debt, record) for debt, record in falling_to(who, day) if debt.duty in duties]


def owed_by(who: Person, *duties: str) -> list[str]:
    """What `who` is to do of `duties` today."""
    return [todo.act for todo in todos_of(who, moments.today(), *duties)]
