"""The one business clock: what moment and what day it is for the security programme.

`KEEPWELL_NOW` (ISO 8601 with a zone) makes it stand still there; tokens, sessions and logs keep
the system's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Days beyond these are as good as never, and some databases cannot hold their moments.
EARLIEST, LATEST = date(1000, 1, 1), date(9000, 1, 1)
_configured: list[datetime] = []
_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


def configure(text: str) -> None:
    """Let the clock stand at `text`, an ISO moment with a zone; empty text lets it run."""
    _configured.clear()
    if text:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            raise ValueError("KEEPWELL_NOW needs a zone, as 2025-11-13T21:12:00Z.")
        _configured.append(moment.astimezone(UTC))


def is_moved() -> bool:
    """Whether the clock stands somewhere else than the system's."""
    return bool(_configured) or _standing.get() is not None


def now() -> datetime:
    """The business moment, aware, in UTC."""
    return _standing.get() or (_configured[0] if _configured else datetime.now(UTC))


def today(zone: str = "UTC") -> date:
    """The day it is in `zone` (an IANA name) at the business moment."""
    return now().astimezone(ZoneInfo(zone)).date()


def begins(day: date, zone: str) -> datetime:
    """The first moment of `day` in `zone` (an IANA name)."""
    return datetime.combine(min(max(day, EARLIEST), LATEST), time(), ZoneInfo(zone))


def ends(day: date, zone: str) -> datetime:
    """The first moment after `day` in `zone`."""
    return begins(min(day, LATEST) + timedelta(days=1), zone)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Inside, the business clock stands at `moment` (aware)."""
    if moment.tzinfo is None:
        raise ValueError("A business moment needs a zone.")
    token = _standing.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _standing.reset(token)
