"""Who owes what about an action: its owner to carry it out, then somebody else to verify it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_noop

from keepwell.platform.history.bulk import create_all
from keepwell.platform.todos import owing
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.owing import end_all, owe

CARRY_OUT = gettext_noop("Carry out %(record)s")
VERIFY = gettext_noop("Verify %(record)s, which was done")
VERIFIED_BY = "secretariat"


def follow(actions: Iterable[Any]) -> int:
    """Let what is owed about `actions` be what they say; twice is once.

    Returns how many todos that changed. Stands inside an act.
    """
    listed = list(actions)
    prefetch_related_objects(listed, "unit", "owner")
    open_: dict[tuple[UUID, str], list[Debt]] = defaultdict(list)
    for debt in Debt.objects.open().filter(
        record_id__in=[one.pk for one in listed], what__in=(CARRY_OUT, VERIFY)
    ):
        open_[debt.record_id, debt.what].append(debt)
    carried = sum(_carry_out(one, open_[one.pk, CARRY_OUT]) for one in listed)
    return carried + sum(_verify(one, open_[one.pk, VERIFY]) for one in listed)


def begin(actions: Iterable[Any]) -> int:
    """Let the owners of many new `actions` owe them, in one set and told to nobody; returns how many owe."""
    debts = [
        Debt(debtor=one.owner, named=one.owner, unit=one.unit, what=CARRY_OUT, record_type=one.type_name(), record_id=one.pk,
             by_day=one.due_on)
        for one in actions if one.is_open
    ]  # fmt: skip
    return create_all(debts)


def _carry_out(action: Any, open_: list[Debt]) -> int:
    if not action.is_open:
        return end_all(open_)
    return owing.follow(open_, action.owner, CARRY_OUT, record=action, by_day=action.due_on)


def _verify(action: Any, open_: list[Debt]) -> int:
    if not action.waits_for_verification:
        return end_all(open_)
    if open_:
        return 0
    owe((VERIFIED_BY, action.unit), VERIFY, record=action, by_day=None)
    return 1
