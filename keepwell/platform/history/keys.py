"""Identities of new records: random, or named after what they are so that a group can be made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid4, uuid5

_space: ContextVar[UUID | None] = ContextVar("keyspace", default=None)


@contextmanager
def named_in(space: UUID) -> Iterator[None]:
    """Inside, a new record's id is the UUID (version 5) of its kind and natural key within `space`."""
    token = _space.set(space)
    try:
        yield
    finally:
        _space.reset(token)


def new_id(kind: str, natural_key: Callable[[], str]) -> UUID:
    """The id of a new record of `kind` ("people.person") known in the trade by its natural key, which is asked for only
    where it counts."""
    space = _space.get()
    key = natural_key() if space else ""
    return uuid5(space, f"{kind}|{key}") if space and key else uuid4()
