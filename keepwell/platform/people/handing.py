"""Lists about people, handed out a page at a time: each reading is told to the trail, and nobody walks through all
of it unproved (security.md R17).

The trail is told at most once a minute for each person, door and register; what is read in between waits in a row of
the database, with its filters and places, and is told by the next reading or by a worker, so that the sum is right.
Minutes and hours are those of the machine: a business clock that stands opens nothing.

A reading like one before it in the same minute is added to the sum by one statement that waits for nobody: who opens
ten lists at once must not have each wait for the others. Whatever else is done under a lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.platform.history.noting import note
from keepwell.platform.history.ready import Ready, ReadyChange
from keepwell.platform.people.models import Handed, Person
from keepwell.platform.people.noted import LONGEST_QUERY, page_of
from keepwell.platform.people.proofs import ProofNeeded, is_fresh
from keepwell.platform.people.throttle import source_of

READ = "records.list"
TOLD_EVERY, HOUR = timedelta(minutes=1), timedelta(hours=1)
MOST_NAMED = 20
CURSORS = ("after", "before", "size", "startIndex", "count")

SEEN = Ready(lambda person, door: Handed.objects.filter(person=person, door=door).order_by("pk"), UUID, str)
LATELY = Ready(
    lambda person, door: Handed.objects.select_for_update().filter(person=person, door=door).order_by("pk"),
    UUID,
    str,
)
ADDING = (int, datetime, datetime, int, int)


def _same(pk: int, kept_at: datetime, began_at: datetime, _counted: int, _rows: int) -> Any:
    return Handed.objects.filter(pk=pk, kept_at=kept_at, began_at=began_at)


def _more(_pk: int, _kept_at: datetime, _began_at: datetime, counted: int, rows: int) -> dict[str, Any]:
    waiting = {"waiting_rows": F("waiting_rows") + rows, "waiting_times": F("waiting_times") + 1}
    return {"rows": F("rows") + counted, **waiting}


ADD = ReadyChange(_same, _more, *ADDING)
ADD_AFTER = ReadyChange(
    lambda *about: _same(*about[:-1]).filter(rows=about[-1]), lambda *about: _more(*about[:-1]), *ADDING, int
)
"""The same where as many rows were handed out before as is said last, and none beside."""


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


@dataclass(frozen=True)
class Reading:
    """One time a list was read: how many rows, how many of them count in the hour, and what the trail will say of it."""

    rows: int
    counted: int
    page: str
    asked: str
    source: str
    at: datetime

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """What is named of it, by the list that it stands in."""
        return ("pages", self.page), ("asked", self.asked), ("sources", self.source)


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
    token = getattr(request, "token", None)
    reading = Reading(
        rows, rows if walks and not (token and token.may_export) else 0, page_of(request),
        asked_of(request) if asked is None else asked, source_of(request), timezone.now(),
    )  # fmt: skip
    door = Handed.Door.PROGRAM if token else Handed.Door.SESSION
    is_free = not walks or (token.may_export if token else is_fresh(request))
    seen = {one.register: one for one in SEEN.records(who.pk, door)}
    if register in seen and _adds(reading, seen[register], _room(seen.values(), reading.at, is_free=is_free)):
        return
    with transaction.atomic(savepoint=False):
        lately = _lately(who, door, register, reading.at)
        wait = 0 if is_free else _seconds_to_wait(lately.values(), reading.at)
        if not wait:
            _keep(reading, lately[register], who)
    if wait:
        raise TooMuchRead(wait) if token else ProofNeeded


def tell_waiting() -> int:
    """Tell the trail what has waited for a minute, and forget who read nothing for an hour; how many rows it took."""
    now = timezone.now()
    with transaction.atomic():
        old = Handed.objects.select_for_update(skip_locked=True, of=("self",)).select_related("person")
        waiting = list(old.filter(kept_at__lte=now - TOLD_EVERY, waiting_times__gt=0).order_by("pk"))
        for one in waiting:
            _tell(one, one.person, now)
            one.save(update_fields=["waiting", "waiting_rows", "waiting_times", "kept_at"])
        Handed.objects.filter(touched_at__lte=now - HOUR, waiting_times=0).delete()
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


def _room(seen: Iterable[Handed], now: datetime, *, is_free: bool) -> bool | None:
    """Whether somebody may read on however many read at the same moment; None if only one after the other."""
    most = settings.KEEPWELL_READ_AN_HOUR
    if is_free or not most:
        return True
    return None if sum(one.rows for one in seen if one.began_at > now - HOUR) < most / 2 else False


def _adds(reading: Reading, to: Handed, room: bool | None) -> bool:
    """Let what waits be more by a reading that names nothing new, unless the trail is due, or who reads comes near
    what is too much. Where it counts, a reading beside it goes the long way."""
    told_at, now = to.kept_at, reading.at
    is_due = told_at is None or told_at <= now - TOLD_EVERY or to.began_at <= now - HOUR
    if room is False or is_due or not to.waiting_times or any(_is_new(*one, to) for one in reading.named):
        return False
    about = (to.pk, told_at, to.began_at, reading.counted, reading.rows)
    return bool(ADD.apply(*about) if room else ADD_AFTER.apply(*about, to.rows))


def _keep(reading: Reading, one: Handed, who: Person) -> None:
    """Let what waits be more by a reading, and tell the trail if a minute is over; of what it names the first are named."""
    now = reading.at
    if one.began_at <= now - HOUR:
        one.began_at, one.rows = now, 0
    one.rows, one.touched_at = one.rows + reading.counted, now
    one.waiting_rows, one.waiting_times = one.waiting_rows + reading.rows, one.waiting_times + 1
    for name, value in reading.named:
        if _is_new(name, value, one):
            one.waiting.setdefault(name, []).append(value)
    if one.kept_at is None or one.kept_at <= now - TOLD_EVERY:
        _tell(one, who, now)
    one.save()


def _is_new(name: str, value: str, one: Handed) -> bool:
    named = one.waiting.get(name, ())
    return value not in named and len(named) < MOST_NAMED


def _tell(one: Handed, who: Person, now: datetime) -> None:
    told = {"rows": one.waiting_rows, "times": one.waiting_times, **one.waiting}
    note(who, READ, kind="read", unit_id=who.unit_id, register=one.register, door=one.door, **told)
    one.waiting, one.waiting_rows, one.waiting_times, one.kept_at = {}, 0, 0, now
