"""How far the rights reach that a request or a job came with; kept on this floor so that a job keeps it too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Reach = dict[str, Any]
STILL: list[Callable[[Reach], None]] = []
"""Asked whether what a job was asked for by is still good; raises Refused if not."""
_reach: ContextVar[Reach | None] = ContextVar("reach", default=None)


def reach() -> Reach | None:
    """What the rights of whoever asks are narrowed to now, as JSON; None for all of them."""
    return _reach.get()


@contextmanager
def reaching(found: Reach | None) -> Iterator[None]:
    """Inside, rights reach only as far as `found` says."""
    token = _reach.set(found)
    try:
        yield
    finally:
        _reach.reset(token)


def require_still() -> None:
    """Refuse what is asked for by something that has ended since, as a token."""
    found = reach()
    if found is not None:
        for look in STILL:
            look(found)


def narrow(found: Reach | None) -> None:
    """Let rights reach only so far from here on; whoever opened `reaching` around it ends it."""
    _reach.set(found)
