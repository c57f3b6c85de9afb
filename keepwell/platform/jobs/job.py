"""Declaring work and asking for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keepwell.kernel.refusing import Refused
from keepwell.platform.jobs.asking import reach, require_still
from keepwell.platform.jobs.models import LEASE, MOST_UNFINISHED, Job

Work = Callable[..., dict[str, Any] | None]
KINDS: dict[str, Kind] = {}
LOCK = 0x6A6F6273  # "jobs": the name of these locks among a server's advisory ones; the second number is the person's
REFUSED: list[Callable[[UUID | None, str, Exception], None]] = []
"""Told whenever a job was refused: who had asked for it, what it was, and why it was not done."""


@dataclass(frozen=True)
class Kind:
    """A kind of work: the function, whether its effect and 'done' are one transaction, how often it repeats."""

    name: str
    work: Work
    atomic: bool
    every: timedelta | None
    limit: timedelta


class LostLease(RuntimeError):
    """Another worker holds the job now; this one must write nothing more."""


class TooMuchWork(Refused):
    """Somebody has as much background work unfinished as one person may have."""


@dataclass
class Task:
    """What running work sees of its job."""

    id: UUID
    person_id: UUID | None
    attempt: int
    worker: str

    def mine(self) -> Any:
        """The job's row as long as this worker holds it."""
        return Job.objects.filter(
            pk=self.id, worker=self.worker, attempts=self.attempt, state=Job.State.RUNNING
        )

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        """Say how far the work is, and hold the lease; raises LostLease when another worker took it, and
        Refused when what it was asked for by has ended."""
        require_still()
        fields = {
            "done": done,
            "total": total,
            "message": message[:300],
            "lease_until": Now() + LEASE,
        }
        if not self.mine().update(**fields):
            raise LostLease(f"Job {self.id} is held by another worker.")

    def finish(self, result: dict[str, Any] | None) -> None:
        """Mark the job done; within the work's own transaction the effect and this are one."""
        fields = {"state": Job.State.DONE, "result": result or {}, "error": "", "finished_at": timezone.now()}
        if not self.mine().update(lease_until=None, **fields):
            raise LostLease(f"Job {self.id} is held by another worker.")


def job(name: str, *, atomic: bool = False, every: timedelta | None = None,
        limit: timedelta = timedelta(minutes=10)) -> Callable[[Work], Work]:  # fmt: skip
    """Make `work(task, **arguments)` a kind of job; it returns its result as JSON-fit values.

    `atomic` work runs in one transaction together with being marked done; other work must be
    idempotent step by step. `every` puts it on the schedule. `limit` ends an attempt that hangs.
    """

    def keep(work: Work) -> Work:
        KINDS[name] = Kind(name, work, atomic, every, limit)
        return work

    return keep


def enqueue(name: str, *, person_id: UUID | None = None, key: str | None = None, **arguments: Any) -> Job:
    """Ask for work of kind `name`; with a `key`, asking twice gives the job asked for first.

    Raises TooMuchWork where `person_id` has as much unfinished as one person may have.
    """
    _require_kind(name)
    with transaction.atomic():
        one_request_at_a_time(person_id)
        if key is not None and (earlier := Job.objects.filter(key=key).first()) is not None:
            return earlier
        require_room(person_id)
        fields = {"name": name, "arguments": arguments, **_asker(person_id)}
        if key is None:
            return Job.objects.create(**fields)
        try:
            with transaction.atomic():
                return Job.objects.create(key=key, **fields)
        except IntegrityError:
            return Job.objects.get(key=key)


def enqueue_spare(name: str, *, person_id: UUID, after: timedelta, **arguments: Any) -> Job:
    """Ask for work that its asker does at once, for the case that they die meanwhile: taken up only `after` so long.
    It needs no room among their unfinished work; whoever did it takes the job away."""
    _require_kind(name)
    return Job.objects.create(name=name, arguments=arguments, run_after=Now() + after, **_asker(person_id))


def _asker(person_id: UUID | None) -> dict[str, Any]:
    """Who asks, how far their rights reach now, and in which language they are answered; "" where nobody asks."""
    return {
        "person_id": person_id,
        "reach": reach(),
        "language": (get_language() or "") if person_id else "",
    }


def _require_kind(name: str) -> None:
    if name not in KINDS:
        raise RuntimeError(f"No job is called {name}.")


def one_request_at_a_time(person_id: UUID | None) -> None:
    """Hold off other requests of the same person until this transaction ends, so that each counts those before it.

    SQLite writes one transaction at a time by itself. Inside a transaction.
    """
    if person_id is not None and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, person_id.int % 2**31])


def require_room(person_id: UUID | None) -> None:
    """Refuse more work of a person who has MOST_UNFINISHED jobs waiting or running; what nobody asked for is not
    counted."""
    if person_id is None:
        return
    if Job.objects.unfinished().filter(person_id=person_id).count() >= MOST_UNFINISHED:
        raise TooMuchWork(
            _("You have %(count)d pieces of work waiting or running; ask again when one of them is done.")
            % {"count": MOST_UNFINISHED}
        )


def retry(found: Job) -> bool:
    """Put a job that was given up back in the queue, its attempts counted anew; whether it was given up."""
    dead = Job.objects.filter(pk=found.pk, state=Job.State.DEAD)
    fields = {
        "attempts": 0,
        "put_back": 0,
        "run_after": Now(),
        "error": "",
        "finished_at": None,
        "worker": "",
    }
    return bool(dead.update(state=Job.State.QUEUED, **fields))
