"""The trail is sealed beside the jobs of every worker: a checkpoint must not wait for a long import. Copies of
checkpoints leave by jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from keepwell.platform.history import copies, sequencer
from keepwell.platform.jobs.beside import beside
from keepwell.platform.jobs.job import Task, enqueue, job
from keepwell.platform.jobs.models import Job

EVERY = timedelta(seconds=10)
COPY = "trail.copy"


@beside("trail.seal", every=EVERY)
def seal_what_waits() -> None:
    """Number the rows that wait, and sign when it is due; ends soon where another worker is at it."""
    sequencer.advance()
    for way in copies.due(timezone.now()):
        _ask_for_copy(way)


def _ask_for_copy(way: str) -> None:
    """Have the copies on one way sent, unless a worker is at it or will be."""
    asked = Job.objects.filter(name=COPY, state__in=(Job.State.QUEUED, Job.State.RUNNING))
    if not asked.filter(arguments__way=way).exists():
        enqueue(COPY, way=way)


@job(COPY, limit=timedelta(minutes=2))
def send_copies(task: Task, *, way: str) -> dict[str, Any]:
    """Send the checkpoints that wait on one way out; what failed is tried again, here and later."""
    return {"way": way, "sent": copies.send(way)}
