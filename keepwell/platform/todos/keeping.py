"""Keeping what follows from how records stand: a row for each, so that it is told, passed on and escalated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from keepwell.kernel import moments
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.history.bulk import create_all, update_all
from keepwell.platform.todos.duties import DUTIES, Duty, debt_of
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.owing import end_all

KEEPER = Machine(gettext_noop("the keeper of todos"))
AT_ONCE = 500


def reckon(day: date) -> list[Debt]:
    """Keep what is owed today by how records stand, and end what is not any more; returns what is new. Twice is once. Of
    what leaves no trace nothing is kept."""
    kept = (duty for duty in DUTIES.values() if not duty.leaves_no_trace)
    return [debt for duty in kept for debt in _reckon(duty, day)]


def _reckon(duty: Duty, day: date) -> list[Debt]:
    wanted = {
        debt.pk: debt
        for record in duty.rows(day)
        for matter in duty.matters(record, day)
        for debt in [debt_of(duty, record, matter)]
    }
    with transaction.atomic(), acting(KEEPER, "todo.reckon"):
        kept = {debt.pk: debt for debt in Debt.objects.open().filter(duty=duty.name)}
        end_all(debt for pk, debt in kept.items() if pk not in wanted)
        update_all([debt for pk, debt in kept.items() if pk in wanted and _moved(debt, wanted[pk])])
        fresh = [debt for pk, debt in wanted.items() if pk not in kept]
        again = _owed_before(debt.pk for debt in fresh)
        update_all([_anew(again[debt.pk], debt) for debt in fresh if debt.pk in again])
        create_all([debt for debt in fresh if debt.pk not in again])
    return [again.get(debt.pk, debt) for debt in fresh]


def keep(debt: Debt) -> Debt:
    """The row of `debt`, which stands, made or opened again where there is none. Inside an act."""
    found = Debt.objects.filter(pk=debt.pk).first()
    if found is None:
        debt.save()
        return debt
    if not found.is_open:
        _anew(found, debt).save()
    return found


def _owed_before(ids: Iterable[UUID]) -> dict[UUID, Debt]:
    """Of `ids`, what was owed once and ended."""
    found: dict[UUID, Debt] = {}
    left = iter(ids)
    while some := list(islice(left, AT_ONCE)):
        found |= Debt.objects.in_bulk(some)
    return found


def _moved(debt: Debt, told: Debt) -> bool:
    """Bring the day, the page and the place of `debt` in line; whether that changed anything."""
    before = (debt.by_day, debt.url, debt.unit_id)
    debt.by_day, debt.url, debt.unit = told.by_day, told.url, told.unit
    return before != (debt.by_day, debt.url, debt.unit_id)


def _anew(debt: Debt, told: Debt) -> Debt:
    """`debt`, which ended, owed once more by whoever it falls to."""
    debt.by_day, debt.url, debt.unit = told.by_day, told.url, told.unit
    debt.settled_at, debt.owed_at = None, moments.now()
    debt.debtor, debt.delegate, debt.delegated_by, debt.note = None, None, None, ""
    return debt
