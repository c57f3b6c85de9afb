"""Who owes what about a piece: its owner to renew it before it ends, an administrator to purge it when its time is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_noop

from keepwell.kernel import moments
from keepwell.platform.todos import owing
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.owing import end_all, owe

ENDING_SOON = timedelta(days=30)
RENEW = gettext_noop("Renew %(record)s")
PURGE = gettext_noop("Purge or keep %(record)s")
EVIDENCE = gettext_noop("Evidence %(reference)s ends then.")
OVER = gettext_noop("The time of retention of evidence %(reference)s is over.")
PURGER = "administrator"


def follow(pieces: Iterable[Any]) -> int:
    """Let what is owed about `pieces` be what they say today, by the day of their unit; twice is once.

    Returns how many todos that changed. Stands inside an act.
    """
    listed = list(pieces)
    prefetch_related_objects(listed, "unit")
    open_: dict[tuple[UUID, str], list[Debt]] = defaultdict(list)
    for debt in Debt.objects.open().filter(record_id__in=[one.pk for one in listed], what__in=(RENEW, PURGE)):
        open_[debt.record_id, debt.what].append(debt)
    days = {one.pk: moments.today(one.unit.time_zone) for one in listed}
    renewed = sum(_renew(one, days[one.pk], open_[one.pk, RENEW]) for one in listed)
    return renewed + sum(_purge(one, days[one.pk], open_[one.pk, PURGE]) for one in listed)


def _renew(piece: Any, day: date, open_: list[Debt]) -> int:
    """The owner owes the renewal of what ends within 30 days or has ended."""
    until = piece.effective_until
    if piece.retired_at or piece.purged_at or until is None or until > day + ENDING_SOON:
        return end_all(open_)
    return owing.follow(
        open_, piece.owner, RENEW, record=piece, by_day=until, context=EVIDENCE, reference=piece.reference
    )


def _purge(piece: Any, day: date, open_: list[Debt]) -> int:
    """An administrator owes a decision about what is past its time; nobody while a legal hold keeps it."""
    if piece.purged_at or piece.held_at or not piece.is_past_retention(day):
        return end_all(open_)
    if open_:
        return 0
    owe((PURGER, piece.unit), PURGE, record=piece, by_day=None, context=OVER, reference=piece.reference)
    return 1
