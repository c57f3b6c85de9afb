"""The worker: takes one job at a time, holds its lease by a heartbeat, survives what the job does.

It is the child of a supervisor (`supervising`): one that dies (killed, out of memory, stuck past its limit) is replaced; its
job is taken again when the lease runs out.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
import traceback
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from keepwell.kernel.refusing import Refused
from keepwell.platform.jobs.asking import reaching, require_still
from keepwell.platform.jobs.beside import begin
from keepwell.platform.jobs.blameless import pause as pause_of
from keepwell.platform.jobs.blameless import told_of
from keepwell.platform.jobs.job import KINDS, REFUSED, Kind, LostLease, Task
from keepwell.platform.jobs.models import LEASE, MAX_ATTEMPTS, Job, Schedule, longest_waiting
from keepwell.platform.replicas.routing import wrote

log = logging.getLogger("keepwell.jobs")
IDLE_SECONDS = 0.5
AWAY = (OperationalError, InterfaceError)
BEAT_SECONDS = LEASE.total_seconds() / 4


def take(worker: str) -> Task | None:
    """Take the job that has waited longest; None if there is none. The attempt counts from now."""
    for found in longest_waiting(5):
        held = Job.objects.waiting().filter(pk=found.pk, attempts=found.attempts)
        if found.attempts >= MAX_ATTEMPTS:
            with answering(found):
                error = found.error or _("The worker died in every attempt.")
            held.update(state=Job.State.DEAD, finished_at=timezone.now(), lease_until=None, error=error)
            continue
        lease = Now() + LEASE
        if held.update(
            state=Job.State.RUNNING, attempts=found.attempts + 1, worker=worker, lease_until=lease
        ):
            return Task(found.pk, found.person_id, found.attempts + 1, worker)
    return None


def run_one(worker: str | None = None, stop: threading.Event | None = None) -> bool:
    """Do the next waiting job, if any; returns whether there was one. After `stop` it waits for no database.

    What the job says, why it was refused too, is said in the language in which it was asked for.
    """
    task = take(worker or f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}")
    if task is None:
        return False
    found = Job.objects.get(pk=task.id)
    kind = KINDS.get(found.name)
    beat = Heartbeat(task, kind.limit if kind else LEASE)
    beat.start()
    try:
        with answering(found):
            _try(task, found, kind, stop)
    finally:
        beat.stop()
    return True


def answering(found: Job) -> translation.override:
    """Inside, words are those of the language in which `found` was asked for; English where nobody asked."""
    return translation.override(found.language or settings.LANGUAGE_CODE)


def _try(task: Task, found: Job, kind: Kind | None, stop: threading.Event | None) -> None:
    try:
        with reaching(found.reach):
            require_still()
            _run(task, found, kind)
        wrote(task.person_id)
    except LostLease:
        log.warning("job lost", extra={"job": str(task.id), "kind": found.name})
    except Exception as error:  # noqa: BLE001  # the job runner answers for whatever a job does
        _fail(task, found, error, stop)


def _run(task: Task, found: Job, kind: Kind | None) -> None:
    if kind is None:
        raise Refused(_("No job is called %(name)s.") % {"name": found.name})
    started = time.monotonic()
    if kind.atomic:
        with transaction.atomic():
            task.finish(kind.work(task, **found.arguments))
    else:
        task.finish(kind.work(task, **found.arguments))
    log.info(
        "job done",
        extra={"job": str(task.id), "kind": found.name, "seconds": round(time.monotonic() - started, 2)},
    )


def _fail(task: Task, found: Job, error: Exception, stop: threading.Event | None = None) -> None:
    """Say that the attempt failed; while the database is away wait for it, for nobody could take the job meanwhile."""
    pause, stop = pause_of(error, found.put_back), stop or threading.Event()
    while True:
        if not connection.in_atomic_block:
            close_old_connections()
        try:
            if pause is None:
                _count(task, found, error)
            else:
                _put_back(task, found, error, pause)
            return
        except AWAY:
            if stop.wait(IDLE_SECONDS):
                raise


def _put_back(task: Task, found: Job, error: Exception, pause: timedelta) -> None:
    """Let an attempt not count that is to blame for nothing."""
    fields = {"attempts": task.attempt - 1, "error": _words(error), "lease_until": None, "worker": ""}
    task.mine().update(state=Job.State.QUEUED, run_after=Now() + pause, put_back=found.put_back + 1, **fields)
    log.warning("job put back", extra={"job": str(task.id), "kind": found.name, "error": _words(error)})


def _words(error: Exception) -> str:
    """What went wrong: the sentence of a refusal, else what kind of error it was and what it said."""
    refused = isinstance(error, (Refused, PermissionDenied))
    text = str(error) if refused else "".join(traceback.format_exception_only(error)).strip()
    return text[:4000]


def _count(task: Task, found: Job, error: Exception) -> None:
    """Wait longer before each next attempt; give up after the last, or at once when refused."""
    refused = isinstance(error, (Refused, PermissionDenied))
    final = refused or task.attempt >= MAX_ATTEMPTS
    fields = {"error": _words(error), "lease_until": None, "worker": ""}
    if final:
        task.mine().update(state=Job.State.DEAD, finished_at=timezone.now(), **fields)
    else:
        pause = timedelta(seconds=2 ** (task.attempt * 2))
        task.mine().update(state=Job.State.QUEUED, run_after=Now() + pause, **fields)
    for tell in REFUSED if refused else ():
        tell(task.person_id, found.name, error)
    log.error("job failed", extra={"job": str(task.id), "kind": found.name, "final": final}, exc_info=error)


class Heartbeat(threading.Thread):
    """Prolongs the lease while the work goes on; ends the process when it is past its limit or orphaned."""

    def __init__(self, task: Task, limit: timedelta) -> None:
        super().__init__(daemon=True)
        self.task, self.limit, self.parent = task, limit.total_seconds(), os.getppid()
        self.over = threading.Event()

    def run(self) -> None:
        started = time.monotonic()
        while not self.over.wait(BEAT_SECONDS):
            if time.monotonic() - started > self.limit or os.getppid() != self.parent:
                os._exit(1)
            self._prolong()
        connection.close()

    def _prolong(self) -> None:
        try:
            self.task.mine().update(lease_until=Now() + LEASE)
        except AWAY:
            log.warning("heartbeat missed", extra={"job": str(self.task.id)})
            connection.close()  # a connection that broke stays broken; the next beat makes a new one

    def stop(self) -> None:
        self.over.set()


def queue_due(now: datetime | None = None) -> None:
    """Queue every scheduled job that is due; runs missed meanwhile are caught up once. A worker asks this before each
    job: one statement, where none is due."""
    now = now or timezone.now()
    planned = dict(Schedule.objects.values_list("name", "due_at"))
    for kind in KINDS.values():
        if kind.every is None or planned.get(kind.name, now) > now:
            continue
        row, _created = Schedule.objects.get_or_create(name=kind.name, defaults={"due_at": now})
        with transaction.atomic():
            if Schedule.objects.filter(pk=row.pk, due_at=row.due_at, due_at__lte=now).update(
                due_at=now + kind.every
            ):
                Job.objects.create(name=kind.name)


def work(*, stop: threading.Event | None = None) -> None:
    """Take and do jobs until told to stop, or until the supervisor is gone."""
    stop, parent = stop or threading.Event(), os.getppid()
    while not stop.is_set() and os.getppid() == parent:
        close_old_connections()
        try:
            queue_due()
            busy = run_one(stop=stop)
        except AWAY as error:
            log.warning(told_of(error))
            busy = False
        if not busy:
            stop.wait(IDLE_SECONDS)


def work_until_told() -> None:
    """The child's loop; a first SIGTERM lets the present job end."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    companions = begin(stop)
    work(stop=stop)
    stop.set()
    for companion in companions:
        companion.join(timeout=BEAT_SECONDS)
