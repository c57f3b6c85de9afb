"""Short work that every worker does beside its jobs, each in a thread of its own: it must not wait for a long job."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import InterfaceError, OperationalError, close_old_connections, connections

from keepwell.platform.jobs.blameless import told_of

BESIDE: dict[str, Beside] = {}
log = logging.getLogger("keepwell.jobs")
Work = Callable[[], object]


@dataclass(frozen=True)
class Beside:
    """A kind of short work: safe to do at once in several workers, and to break off anywhere."""

    name: str
    work: Work
    every: timedelta


def beside(name: str, *, every: timedelta) -> Callable[[Work], Work]:
    """Let every worker do `work()` again and again, `every` so long, whatever its jobs do meanwhile."""

    def keep(work: Work) -> Work:
        BESIDE[name] = Beside(name, work, every)
        return work

    return keep


class Companion(threading.Thread):
    """Does one kind of short work until told to stop; a failure is told to the log, and tried again."""

    def __init__(self, kind: Beside, stop: threading.Event) -> None:
        super().__init__(daemon=True, name=kind.name)
        self.kind, self.stopping = kind, stop

    def run(self) -> None:
        while not self.stopping.is_set():
            self.once()
            self.stopping.wait(self.kind.every.total_seconds())
        connections.close_all()

    def once(self) -> None:
        """Do the work once, on the connection of the time before if that still holds."""
        try:
            close_old_connections()
            self.kind.work()
        except (OperationalError, InterfaceError) as error:
            log.warning(told_of(error), extra={"kind": self.kind.name})
        except Exception as error:  # noqa: BLE001  # like a job's, and the next try comes in any case
            log.error("work beside failed", extra={"kind": self.kind.name}, exc_info=error)


def begin(stop: threading.Event) -> list[Companion]:
    """Start all work beside, until `stop`."""
    companions = [Companion(kind, stop) for kind in BESIDE.values()]
    for companion in companions:
        companion.start()
    return companions
