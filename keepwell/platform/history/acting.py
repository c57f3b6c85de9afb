"""Who is acting right now, what the act is called, and how an act is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from keepwell.kernel.refusing import Refused

__all__ = ["Authorship", "Conflict", "Machine", "Refused", "acting", "current_act"]


class Conflict(Refused):
    """Somebody else changed the record in between; `changes` says who changed what."""

    def __init__(self, message: str, changes: list[Any]) -> None:
        super().__init__(message)
        self.changes = changes


@dataclass(frozen=True)
class Machine:
    """A program that acts by itself, as the nightly count."""

    name: str
    pk: None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Authorship:
    """Who acts (a Person or a Machine), by which verb, with which answers, from which batch."""

    by: Any  # a Person, which stands above this floor, or a Machine
    verb: str
    answers: dict[str, Any] = field(default_factory=dict)
    batch_id: UUID | None = None


_current: ContextVar[Authorship | None] = ContextVar("act", default=None)


@contextmanager
def acting(by: Any, verb: str, *, batch_id: UUID | None = None, **answers: Any) -> Iterator[Authorship]:
    """All changes written inside carry this actor, this verb and the answers given.

    The batch of an act around it holds inside too.
    """
    outer = _current.get()
    act = Authorship(by, verb, answers, batch_id or (outer.batch_id if outer else None))
    token = _current.set(act)
    try:
        yield act
    finally:
        _current.reset(token)


def current_act() -> Authorship:
    """The act under way; a change outside any act is a programming error."""
    act = _current.get()
    if act is None:
        raise RuntimeError("A record was changed outside `acting(by, verb)`.")
    return act
