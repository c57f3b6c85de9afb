"""How far the rights reach that a request or a job came with; kept on this floor so that a job keeps it too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Reach = dict[str, Any]
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


def narrow(found: Reach | None) -> None:
    """Let rights reach only so far from here on; whoever opened `reaching` around it ends it."""
    _reach.set(found)
