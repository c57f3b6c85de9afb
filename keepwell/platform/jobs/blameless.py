"""Attempts that failed by something outside that will pass: the database went away, or the disk was full."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import timedelta

from django.db import Error, connection

DISK_FULL = "53100"
SHORTEST, LONGEST = timedelta(seconds=2), timedelta(minutes=15)
MOST_FULL = 100
"""How many attempts do not count because a disk was full: a day of them."""
MOST_AWAY = 10
"""How many do not count because the database went away; work that brings it down itself must end."""


def pause(error: BaseException, put_back: int) -> timedelta | None:
    """How long to wait before the next attempt when one that ended by `error`, just now and in this thread, is to blame
    for nothing; None where it counts. It was put back so often before."""
    most = MOST_FULL if is_disk_full(error) else MOST_AWAY if _is_database_away(error) else 0
    return min(SHORTEST * 2 ** min(put_back, 10), LONGEST) if put_back < most else None


def is_disk_full(error: BaseException | None) -> bool:
    """Whether a disk was full: that of a file, or that of the database."""
    return any(
        (isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT))
        or getattr(one, "sqlstate", None) == DISK_FULL
        or (isinstance(one, _refusals()) and "disk is full" in str(one))
        for one in causes(error)
    )


def told_of(error: BaseException) -> str:
    """The event of the log when the database refused something."""
    return "disk full" if is_disk_full(error) else "database away"


def _is_database_away(error: BaseException) -> bool:
    """Whether the database said no, and this thread's connection is gone."""
    if connection.in_atomic_block or not any(isinstance(one, _refusals()) for one in causes(error)):
        return False
    return connection.connection is None or not connection.is_usable()


def _refusals() -> tuple[type[Exception], ...]:
    """What is raised when the database refuses something: Django's word for it, and that of the driver."""
    return Error, connection.Database.Error  # type: ignore[attr-defined]  # every backend has it


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """`error`, what caused it, and so on."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
