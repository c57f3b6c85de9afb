"""Connections to PostgreSQL that are given up once the server, by its own limits, must have answered long ago.

The server ends a statement that takes too long, and TCP gives up a connection on which nothing is acknowledged. A proxy
that takes every byte and hands on none of the answers defeats both: only who waits can tell that nothing comes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from math import inf
from select import POLLIN, poll
from time import monotonic
from types import SimpleNamespace
from typing import Any, TypeVar

import psycopg
from django.db.backends.postgresql import base

LOOK_SECONDS = 10
"""Within which a connection that was kept must answer before a request uses it."""
FRESH_SECONDS = 5
"""So long after an answer, a connection that the server has not closed is used without asking first."""
NOTHING_CAME = 0
Kept = TypeVar("Kept")


class Silent(psycopg.OperationalError):
    """Nothing was heard of the server for longer than it may work on an answer."""


class Bounded(psycopg.Connection[Any]):
    """A connection that ends itself when nothing arrives for `patience_seconds` while an answer is due."""

    patience_seconds: float = inf
    heard_at: float = -inf

    def wait(self, gen: Generator[Any, Any, Kept], *more: Any, **named: Any) -> Kept:
        """What the driver waits for; `more` and `named` are its own."""
        waited = super().wait(gen if self.patience_seconds == inf else self._heard(gen), *more, **named)
        self.heard_at = monotonic()
        return waited

    @property
    def is_fresh(self) -> bool:
        """Whether the server answered a moment ago, and has said nothing since: a farewell would lie in the socket."""
        if self.closed or monotonic() - self.heard_at > FRESH_SECONDS:
            return False
        socket = poll()
        socket.register(self.pgconn.socket, POLLIN)
        return not socket.poll(0)

    def _heard(self, gen: Generator[Any, Any, Kept]) -> Generator[Any, Any, Kept]:
        """`gen`, told of as long as something comes: each time that something did, the patience is whole again."""
        try:
            wanted, until = next(gen), monotonic() + self.patience_seconds
            while True:
                ready = yield wanted
                if ready != NOTHING_CAME:
                    until = monotonic() + self.patience_seconds
                elif monotonic() > until:
                    self._give_up(gen)
                wanted = gen.send(ready)
        except StopIteration as end:
            whole: Kept = end.value
            return whole

    def _give_up(self, gen: Generator[Any, Any, Any]) -> None:
        gen.close()
        self.pgconn.finish()
        raise Silent(f"nothing was heard of the database for {self.patience_seconds:g} seconds")


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, on connections that are bounded."""

    Database = SimpleNamespace(**vars(psycopg) | {"connect": Bounded.connect})  # type: ignore[assignment]  # for the module

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:  # the driver's own kind
        """A connection that is as patient as the settings of its database say."""
        made = super().get_new_connection(conn_params)
        made.patience_seconds = self.settings_dict["PATIENCE_SECONDS"]
        return made

    def is_usable(self) -> bool:
        """Whether the server answers at once: before a request, nobody waits for it as for a statement.

        One question in fourteen of a page would be this one; who was just answered is not asked.
        """
        if self.connection is None:
            return False
        if self.connection.is_fresh:
            return True
        with self.patient_for(LOOK_SECONDS):
            return super().is_usable()

    @contextmanager
    def patient_for(self, seconds: float) -> Iterator[None]:
        """Wait for each answer so long inside; `math.inf` where the server has no limit either."""
        self.ensure_connection()
        held = self.connection
        held.patience_seconds, before = seconds, held.patience_seconds
        try:
            yield
        finally:
            held.patience_seconds = before
