"""Owing and settling: the two words by which every other part speaks of todos."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from keepwell.kernel import moments
from keepwell.platform.history.bulk import create_all, update_all
from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import ROLES
from keepwell.platform.todos.models import Debt
from keepwell.platform.tree.models import Unit

Debtor = Person | tuple[str, Unit]
Hearing = Callable[[Sequence[Debt]], None]
HEARERS: list[Hearing] = []


def on_owing(hear: Hearing) -> Hearing:
    """Let `hear(debts)` run in the transaction in which somebody comes to owe something, or somebody else does."""
    HEARERS.append(hear)
    return hear


def heard(*debts: Debt) -> None:
    """Tell those who asked to hear that `debts` fall to somebody now."""
    for hear in HEARERS:
        hear(debts)


@dataclass(frozen=True)
class Owed:
    """What is owed about a new record at `unit` by a day, and the page where it is done ("": the record's own)."""

    record: Tracked
    unit: Unit
    by_day: date | None
    url: str = ""


def owe_all(role: str, what: str, owed: Sequence[Owed]) -> None:
    """Let whoever holds `role` at each unit owe `what` about new records, as `owe` does for one, at little more than
    the cost of one. Stands inside an act."""
    debts = [
        Debt(role=role, named_role=role, unit=one.unit, what=what, record_type=one.record.type_name(), record_id=one.record.pk,
             url=one.url, by_day=one.by_day)
        for one in owed
    ]  # fmt: skip
    with transaction.atomic():
        create_all(debts)
        heard(*debts)


def owe(debtor: Debtor, what: str, *, record: Tracked, by_day: date | None, context: str = "", url: str = "",
        **facts: str | int) -> Debt:  # fmt: skip
    """Let `debtor`, a person or a (role, unit) pair, owe `what` about `record` by `by_day` (None: no day).

    `what` and `context` are English sentences marked by `gettext_noop`, shown in each reader's language;
    `%(record)s` in them is the record, other names come from `facts`. `url` is the page where it is done, if
    not the record's own. Owed already, it is brought in line and not doubled, whoever it was handed to since.
    Stands inside an act.
    """
    person, role, unit = _parties(debtor, record)
    told = {"context": context, "facts": facts, "url": url, "by_day": by_day}
    with transaction.atomic():
        debt = _owed_already(record, what, person, role, unit)
        if debt is None:
            debt = Debt(debtor=person, role=role, named=person, named_role=role, unit=unit, what=what,
                        record_type=record.type_name(), record_id=record.pk, **told)  # fmt: skip
            debt.save()
            heard(debt)
            return debt
        for name, value in (told | {"named": person, "named_role": role}).items():
            setattr(debt, name, value)
        debt.save()
    return debt


def _owed_already(record: Tracked, what: str, person: Person | None, role: str, unit: Unit) -> Debt | None:
    """The open debt that came to be because the record named just these; else the one that they owe."""
    open_ = Debt.objects.open().filter(record_id=record.pk, what=what)
    theirs = (
        Q(debtor=person) | Q(named=person)
        if person
        else Q(role=role, unit=unit) | Q(named_role=role, unit=unit)
    )
    found = list(open_.filter(theirs).order_by("owed_at", "pk"))
    return next((one for one in found if one.names(person, role)), found[0] if found else None)


def follow(open_: Sequence[Debt], debtor: Debtor, what: str, *, record: Tracked, by_day: date | None,
           context: str = "", url: str = "", **facts: str | int) -> int:  # fmt: skip
    """Let `debtor`, whom `record` names today, owe `what`, of which `open_` are the debts there are; twice is once.

    One that was handed over, or fell to a role, stands until the record names somebody else. Returns how many
    todos that changed. Stands inside an act.
    """
    person, role, _unit = _parties(debtor, record)
    past = [debt for debt in open_ if not debt.names(person, role)]
    if len(past) < len(open_) and not past and all(debt.by_day == by_day for debt in open_):
        return 0
    end_all(past)
    owe(debtor, what, record=record, by_day=by_day, context=context, url=url, **facts)
    return 1


def debtor_of(record: Tracked, what: str) -> Debtor | None:
    """Who owes `what` about `record` at present, whoever it fell or was handed to; None if nobody does."""
    open_ = Debt.objects.open().filter(record_type=record.type_name(), record_id=record.pk, what=what)
    debt = open_.select_related("debtor", "unit").order_by("pk").first()
    return debt and (debt.debtor or (debt.role, debt.unit))


def settled(record: Tracked, what: str = "") -> int:
    """`what` about `record` is done (everything, if not named); returns how many todos that ended.

    Stands inside the act that did it.
    """
    debts = Debt.objects.open().filter(record_type=record.type_name(), record_id=record.pk)
    return end_all(debts.filter(what=what) if what else debts)


def all_settled(records: QuerySet[Any], what: str = "") -> int:
    """The same for each of `records`, at the cost of one."""
    debts = Debt.objects.open().filter(
        record_type=records.model.type_name(), record_id__in=records.values("pk")
    )
    return end_all(debts.filter(what=what) if what else debts)


def end_all(debts: Iterable[Debt]) -> int:
    """Settle `debts` now; returns how many there were."""
    now, found = moments.now(), list(debts)
    for debt in found:
        debt.settled_at = now
    update_all(found)
    return len(found)


def _parties(debtor: Debtor, record: Tracked) -> tuple[Person | None, str, Unit]:
    """Person, role and unit of a debt; a person's lies where the record lies, else where the person is."""
    if isinstance(debtor, Person):
        place: Any = getattr(record, "place", None)
        return debtor, "", place if isinstance(place, Unit) else debtor.unit
    role, unit = debtor
    if role not in ROLES:
        raise RuntimeError(f"No role is called {role}.")
    return None, role, unit
