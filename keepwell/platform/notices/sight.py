"""What of a person's notices may be told now: nothing about a record they may not see, nothing that is over."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any
from uuid import UUID

from keepwell.kernel import moments
from keepwell.platform.notices.models import Notice
from keepwell.platform.people.models import Person
from keepwell.platform.records.links import resolve_all
from keepwell.platform.todos.duties import follows
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.todo import due_from, passed_on, seen

ESCALATED = "todo.escalated"
HELD_TRUE = timedelta(seconds=5)
"""For how long what somebody owes is taken to be so while many letters leave."""
_known: ContextVar[dict[UUID, tuple[float, set[UUID]]] | None] = ContextVar("known", default=None)


@contextmanager
def many_letters() -> Iterator[None]:
    """Inside, what somebody owes is asked every five seconds, not for each of their letters."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def tellable(notices: Iterable[Notice], person: Person) -> Iterator[tuple[Notice, Any]]:
    """Those of `notices` whose record `person` may see, each with it (None: about no record)."""
    listed = list(notices)
    names = {(n.record_type, n.record_id) for n in listed if n.record_id is not None}
    records = resolve_all(names, person) if names else {}
    for notice in listed:
        record = records.get((notice.record_type, notice.record_id)) if notice.record_id else None
        if record is not None or notice.record_id is None:
            yield notice, record


def still_true(notices: Iterable[Notice], person: Person) -> Iterator[tuple[Notice, Any]]:
    """Those of `notices` that may be told and still hold: what they speak of is owed by `person` yet, or was
    escalated and is still open."""
    found = list(tellable(notices, person))
    open_ = _open(found, person)
    asked = {notice.debt_id for notice, _record in found if notice.debt_id and notice.kind != ESCALATED}
    follow = {debt for debt in asked - open_[False] if follows(debt)}
    due = follow & _due(person) if follow else set()
    for notice, record in found:
        is_timeless = notice.debt_id is None and notice.due_on is None
        if is_timeless or notice.debt_id in open_[notice.kind == ESCALATED] | due:
            yield notice, record


def _due(person: Person) -> set[UUID]:
    """What `person` owes, by id."""
    known, now = _known.get(), time.monotonic()
    if known is not None and person.pk in known and now - known[person.pk][0] < HELD_TRUE.total_seconds():
        return known[person.pk][1]
    found = {todo.debt for todo in due_from(person, moments.today(person.unit.time_zone))}
    if known is not None:
        known[person.pk] = now, found
    return found


def _open(found: list[tuple[Notice, Any]], person: Person) -> tuple[set[UUID], set[UUID]]:
    """Of the debts that `found` speaks of, those that `person` owes, and all that anybody owes."""
    debts = {notice.debt_id for notice, _record in found if notice.debt_id}
    if not debts:
        return set(), set()
    open_ = Debt.objects.open().filter(pk__in=debts)
    owed = open_.owed_by(person).exclude(passed_on(person))
    stands = {debt.pk for debt, _record in seen(open_, person)}
    return set(owed.values_list("pk", flat=True)) & stands, stands
