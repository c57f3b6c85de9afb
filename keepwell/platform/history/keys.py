"""Identities of new records: random, or named after what they are so that a group can be made again."""

from __future__ import annotations

from collections.abc import Iterator
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


def new_id(kind: str, natural_key: str) -> UUID:
    """The id of a new record of `kind` ("people.person") known in the trade by `natural_key`."""
    space = _space.get()
    return uuid5(space, f"{kind}|{natural_key}") if space and natural_key else uuid4()
