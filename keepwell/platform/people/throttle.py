"""How often anybody may try: ten tries in fifteen minutes at each entry, and nobody locks another one out.

A budget belongs to one entry and to one who asks. Who comes from a device or an address from which this
account signed in before has a budget of their own there; all others who try the same account share one, and
an address has one for whatever it tries. A try is paid before it is looked at, and paid back when it
succeeds. Time is what passed on this machine since it started, so that setting the clock changes nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from keepwell.platform.people.models import Budget, canonical

WINDOW_SECONDS = 900
TRIES = 10
TRIES_OF_A_SOURCE = 300
STARTED = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Purse:
    """One budget: its name, and how many tries it holds in a window of so many seconds."""

    name: str
    holds: int = TRIES
    seconds: int = WINDOW_SECONDS

    @property
    def key(self) -> str:
        """Its name as it is kept: whom it speaks of cannot be read from it."""
        return sha256(self.name.encode()).hexdigest()


@dataclass(frozen=True)
class Try:
    """One try that was paid for, or one that nobody looks at because a budget is spent."""

    purses: tuple[Purse, ...]
    is_allowed: bool

    def succeeded(self) -> None:
        """Pay it back: only what failed counts."""
        if self.is_allowed:
            with transaction.atomic():
                for row in _held(self.purses):
                    row.spent = row.spent[:-1]
                    row.save(update_fields=["spent"])


def purses(entry: str, who: str, source: str, *, known_as: str = "") -> tuple[Purse, ...]:
    """The budgets that a try of `who` (a name as typed, or "" where none is given) at `entry` draws on.

    `known_as` names the device or address from which that account signed in before; "" means a stranger.
    """
    own = f"{entry}|{canonical(who)[:80]}|{known_as or 'strangers'}" if who else f"{entry}||{source}"
    if known_as:
        return (Purse(own),)
    return (Purse(own), Purse(f"{entry}|*|{source}", TRIES_OF_A_SOURCE))


def attempt(*paid: Purse) -> Try:
    """Pay for one try from every purse; where one is empty, nothing is paid and nothing may be looked at."""
    with transaction.atomic():
        rows = _held(paid)
        named = {purse.key: purse for purse in paid}
        for row in rows:
            row.spent = [moment for moment in row.spent if _age(moment) < named[row.key].seconds]
        if any(len(row.spent) >= named[row.key].holds for row in rows):
            return Try(paid, is_allowed=False)
        for row in rows:
            row.spent, row.touched_at = [*row.spent, _moment()], timezone.now()
            row.save(update_fields=["spent", "touched_at"])
    return Try(paid, is_allowed=True)


def is_spent(*paid: Purse) -> bool:
    """Whether a try would not be looked at; asking costs nothing."""
    rows = {row.key: row for row in Budget.objects.filter(key__in=[purse.key for purse in paid])}
    return any(
        sum(_age(moment) < purse.seconds for moment in rows[purse.key].spent) >= purse.holds
        for purse in paid
        if purse.key in rows
    )


def source_of(request: HttpRequest) -> str:
    """Where a request comes from: who connected, or behind a proxy whom the proxy itself saw.

    Of X-Forwarded-For only the last address counts, which our proxy wrote; what stands before it anybody may write.
    """
    told = request.headers.get("X-Forwarded-For", "") if settings.KEEPWELL_BEHIND_PROXY else ""
    return (told.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", "")))[:64]


def _held(paid: tuple[Purse, ...]) -> list[Budget]:
    """The rows of `paid`, made where they are missing and locked in the same order by everybody."""
    keys = sorted(purse.key for purse in paid)
    now = timezone.now()
    Budget.objects.bulk_create([Budget(key=key, touched_at=now) for key in keys], ignore_conflicts=True)
    return list(Budget.objects.select_for_update().filter(key__in=keys).order_by("key"))


def _moment() -> list[Any]:
    """Now, as a budget keeps it: which start of which machine, seconds since, and the clock for others."""
    return [_start(), round(_ticks(), 1), round(time.time(), 1)]


def _age(moment: list[Any]) -> float:
    """Seconds since `moment`; only after a restart, or on another machine, does the clock tell."""
    start, ticks, clock = moment
    return max(0.0, _ticks() - ticks if start == _start() else time.time() - clock)


def _ticks() -> float:
    """Seconds since this machine started; nobody can set them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _start() -> str:
    """A name of this start of this machine; the same for each of its processes."""
    return STARTED.read_text()[:8] if STARTED.exists() else "none"
