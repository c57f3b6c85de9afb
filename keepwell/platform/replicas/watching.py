"""Which replica may be asked: while somebody reads, each process looks at each of them once a second.

How far a replica is behind is told by the positions of the primary that were seen before: no clock but that of
this process decides, a primary that rests makes no replica old, and one that was cut off does not look new.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections

log = logging.getLogger("keepwell.replicas")
LOOK_SECONDS, ASIDE_SECONDS = 1.0, 5.0
KNOWN_SECONDS = 3.0
REST_SECONDS = 30.0
MOST_POSITIONS = 600
HERE = """
SELECT (pg_current_wal_lsn() - '0/0')::bigint, (SELECT system_identifier FROM pg_control_system()),
       (SELECT count(*) FROM django_migrations)
"""
THERE = """
SELECT (pg_last_wal_replay_lsn() - '0/0')::bigint, (SELECT system_identifier FROM pg_control_system()),
       (SELECT count(*) FROM django_migrations), pg_is_in_recovery(),
       greatest(0, extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()))::float
"""
# Why a replica may not be asked, as the log and the examination tell it.
AWAY, NO_STANDBY, STRANGE, TABLES, BEHIND = "away", "no_standby", "strange", "tables", "behind"


@dataclass(frozen=True)
class Seen:
    """What a look at a replica saw: how far it has come and is behind, and why it may not be asked ("": it may).

    `lag_seconds` is at most so much; None if no position is known yet that it has reached.
    """

    at: float
    position: int = 0
    behind_bytes: int = 0
    lag_seconds: float | None = None
    wrong: str = ""
    reason: str = ""


class Watch:
    """What this process knows of the replicas; shared by its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._positions: deque[tuple[float, int]] = deque(maxlen=MOST_POSITIONS)
        self._seen: dict[str, Seen] = {}
        self._looking: set[str] = set()
        self._asked_at = 0.0

    def fresh(self, position: int) -> str | None:
        """A replica that is not too far behind and has come to `position`; None if none is known.

        Nobody waits for a look: a thread beside looks at each replica for as long as somebody asks.
        """
        self._asked_at = time.monotonic()
        names = list(settings.KEEPWELL_REPLICAS)
        random.shuffle(names)
        for name in names:
            self._begin(name)
        return next((name for name in names if self._is_fresh(name, position)), None)

    def leave_aside(self, name: str, error: Exception) -> None:
        """Ask `name` no more until a look has seen it well: it did not answer."""
        self._keep(name, Seen(time.monotonic(), wrong=AWAY, reason=first_line(error)))

    def seen(self) -> Iterator[tuple[str, Seen]]:
        """Each replica as it is now."""
        for name in settings.KEEPWELL_REPLICAS:
            yield name, self.look(name)

    def look(self, name: str) -> Seen:
        """Look at the primary and then at `name`, and remember what was seen."""
        try:
            here = _row(DEFAULT_DB_ALIAS, HERE)
            with self._lock:
                self._positions.append((time.monotonic(), here[0]))
            found = self._judged(here, _row(name, THERE))
        except Error as error:
            # A connection that is broken is opened anew by the next look.
            connections[name].close()
            found = Seen(time.monotonic(), wrong=AWAY, reason=first_line(error))
        self._keep(name, found)
        return found

    def _is_fresh(self, name: str, position: int) -> bool:
        seen = self._seen.get(name)
        is_known = seen is not None and time.monotonic() - seen.at < KNOWN_SECONDS
        return is_known and seen is not None and not seen.wrong and seen.position >= position

    def _begin(self, name: str) -> None:
        with self._lock:
            if name in self._looking:
                return
            self._looking.add(name)
        threading.Thread(target=self._go_on_looking, args=(name,), daemon=True).start()

    def _go_on_looking(self, name: str) -> None:
        try:
            while time.monotonic() - self._asked_at < REST_SECONDS:
                seen = self.look(name)
                time.sleep(ASIDE_SECONDS if seen.wrong == AWAY else LOOK_SECONDS)
        finally:
            self._looking.discard(name)
            connections.close_all()

    def _judged(self, here: tuple[int, ...], there: tuple[int, ...]) -> Seen:
        now, position = time.monotonic(), there[0] or 0
        lag = 0.0 if position >= here[0] else self._lag(now, position)
        wrong = ""
        if not there[3]:
            wrong = NO_STANDBY
        elif there[1] != here[1]:
            wrong = STRANGE
        elif there[2] != here[2]:
            wrong = TABLES
        elif lag is None or lag > settings.KEEPWELL_REPLICA_LAG_SECONDS:
            wrong = BEHIND
            # For who looks once: when that was committed what was replayed last.
            lag = there[4] if lag is None else lag
        return Seen(now, position, max(0, here[0] - position), lag, wrong)

    def _lag(self, now: float, position: int) -> float | None:
        """At most how long ago the primary stood at `position`; None if it is not known to have been there."""
        with self._lock:
            return next((now - at for at, there in reversed(self._positions) if there <= position), None)

    def _keep(self, name: str, seen: Seen) -> None:
        before = self._seen.get(name)
        self._seen[name] = seen
        if (before.wrong if before else "") != seen.wrong:
            told = {"replica": name, "wrong": seen.wrong, "reason": seen.reason}
            log.warning("replica left aside" if seen.wrong else "replica asked again", extra=told)


def first_line(error: Exception) -> str:
    """What went wrong, in one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _row(name: str, statement: str) -> tuple[int, ...]:
    with connections[name].cursor() as cursor:
        cursor.execute(statement)
        row: tuple[int, ...] = cursor.fetchone()
    return row


WATCH = Watch()
