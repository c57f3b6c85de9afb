"""What follows from a change, declared from above: done in the same transaction, as the index of words is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol, TypeVar

Names = Collection[str]


class Follower(Protocol):
    """Keeps something in line with tracked rows."""

    def one(self, record: Any, names: Names) -> None:
        """`record` was made, or its columns `names` changed."""

    def many(self, records: Sequence[Any], names: Names) -> None:
        """The same for rows of one model that were written in bulk."""


FOLLOWERS: list[Follower] = []
Kind = TypeVar("Kind", bound=Follower)


def follows(kind: type[Kind]) -> type[Kind]:
    """Decorate a class of followers: one of them follows every change from now on."""
    FOLLOWERS.append(kind())
    return kind


def follow_one(record: Any, names: Names) -> None:
    """Tell every follower of one row."""
    for follower in FOLLOWERS:
        follower.one(record, names)


def follow_many(records: Sequence[Any], names: Names) -> None:
    """Tell every follower of rows written in bulk."""
    for follower in FOLLOWERS:
        follower.many(records, names)
