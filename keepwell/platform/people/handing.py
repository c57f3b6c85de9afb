"""Lists about people, handed out a page at a time: each reading is told to the trail, and nobody walks through all
of it unproved (security.md R17).

The trail is told at most once a minute for each person, door and register; what is read in between waits in a row of
the database, with its filters and places, and is told by the next reading or by a worker, so that the sum is right.
Minutes and hours are those of the machine: a business clock that stands opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.platform.history.noting import note
from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Handed, Person
from keepwell.platform.people.noted import LONGEST_QUERY, page_of
from keepwell.platform.people.proofs import ProofNeeded, is_fresh
from keepwell.platform.people.throttle import source_of

READ = "records.list"
TOLD_EVERY, HOUR = timedelta(minutes=1), timedelta(hours=1)
MOST_NAMED = 20
CURSORS = ("after", "before", "size", "startIndex", "count")

LATELY = Ready(
    lambda person, door: Handed.objects.select_for_update().filter(person=person, door=door).order_by("pk"),
    UUID,
    str,
)


class TooMuchRead(PermissionDenied):
    """A token read as many rows about people as one without the right to take data out may in an hour."""

    is_kept = True  # the trail has the readings

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(
            _(
                "This token has read %(most)d rows about people within an hour; wait, or make one that may take data out."
            )
            % {"most": settings.KEEPWELL_READ_AN_HOUR}
        )


def hand_out(
    request: HttpRequest, register: str, rows: int, *, walks: bool = True, asked: str | None = None
) -> None:
    """Tell the trail that a list hands out `rows` about people; refuse who had too many of them within the hour.

    `register` is the slug; `asked` what was asked for, if it does not stand in the address. What does not walk
    through a list, as a look-up of one, is told and not counted.
    """
    who: Person | None = getattr(request, "person", None)
    if who is None or not rows:
        return
    token, now = getattr(request, "token", None), timezone.now()
    door = Handed.Door.PROGRAM if token else Handed.Door.SESSION
    is_free = token.may_export if token else is_fresh(request)
    with transaction.atomic(savepoint=False):
        lately = _lately(who, door, register, now)
        wait = 0 if is_free or not walks else _seconds_to_wait(lately.values(), now)
        if not wait:
            one = lately[register]
            _count(one, rows if walks and not (token and token.may_export) else 0, now)
            _add(
                one, rows, page_of(request), asked_of(request) if asked is None else asked, source_of(request)
            )
            if one.kept_at is None or one.kept_at <= now - TOLD_EVERY:
                _tell(one, who, now)
            one.save()
    if wait:
        raise TooMuchRead(wait) if token else ProofNeeded


def tell_waiting() -> int:
    """Tell the trail what has waited for a minute, and forget who read nothing for an hour; how many rows it took."""
    now = timezone.now()
    with transaction.atomic():
        old = Handed.objects.select_for_update(skip_locked=True, of=("self",)).select_related("person")
        waiting = list(old.filter(kept_at__lte=now - TOLD_EVERY).exclude(waiting={}).order_by("pk"))
        for one in waiting:
            _tell(one, one.person, now)
            one.save(update_fields=["waiting", "kept_at"])
        Handed.objects.filter(touched_at__lte=now - HOUR, waiting={}).delete()
    return len(waiting)


def asked_of(request: HttpRequest) -> str:
    """What a list is asked for in the address, whichever page of it."""
    given = [(name, value) for name, values in request.GET.lists() if name not in CURSORS for value in values]
    return urlencode(given)[:LONGEST_QUERY]


def _lately(who: Person, door: str, register: str, now: datetime) -> dict[str, Handed]:
    """What `who` was handed by this door, by register, nobody else's until the end of the transaction."""
    found = {one.register: one for one in LATELY.records(who.pk, door)}
    if register not in found:
        new = Handed(person=who, door=door, register=register, began_at=now, touched_at=now)
        Handed.objects.bulk_create([new], ignore_conflicts=True)
        found = {one.register: one for one in LATELY.records(who.pk, door)}
    return found


def _seconds_to_wait(lately: Iterable[Handed], now: datetime) -> int:
    """How long until somebody may read on who read too much in the hour; 0 who may at once."""
    most, counting = (
        settings.KEEPWELL_READ_AN_HOUR,
        [one for one in lately if one.rows and one.began_at > now - HOUR],
    )
    if not most or sum(one.rows for one in counting) < most:
        return 0
    return max(1, int((min(one.began_at for one in counting) + HOUR - now).total_seconds()))


def _count(one: Handed, rows: int, now: datetime) -> None:
    if one.began_at <= now - HOUR:
        one.began_at, one.rows = now, 0
    one.rows, one.touched_at = one.rows + rows, now


def _add(one: Handed, rows: int, page: str, asked: str, source: str) -> None:
    """Let what waits be more by one reading; of filters, pages and sources the first few are named."""
    told: dict[str, Any] = one.waiting or {"rows": 0, "times": 0, "pages": [], "asked": [], "sources": []}
    told["rows"], told["times"] = told["rows"] + rows, told["times"] + 1
    for name, value in (("pages", page), ("asked", asked), ("sources", source)):
        if value not in told[name] and len(told[name]) < MOST_NAMED:
            told[name].append(value)
    one.waiting = told


def _tell(one: Handed, who: Person, now: datetime) -> None:
    note(who, READ, kind="read", unit_id=who.unit_id, register=one.register, door=one.door, **one.waiting)
    one.waiting, one.kept_at = {}, now
