"""The worker's part in the index."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from keepwell.platform.jobs.beside import beside
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.search.indexing import CATCH_UP, catch_up, follow_up


@beside("search.follow", every=timedelta(seconds=1))
def take_up_what_changed() -> None:
    """Index what was changed since the last second."""
    follow_up()


@job(CATCH_UP, every=timedelta(minutes=5), limit=timedelta(hours=2))
def take_up_marks(task: Task) -> dict[str, Any]:
    """Index what was written in bulk; queued with each such writing, and looked after every five minutes."""
    return {"indexed": catch_up(task.progress)}
