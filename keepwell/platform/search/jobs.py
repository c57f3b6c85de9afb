"""The worker's part in the index."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from keepwell.platform.jobs.job import Task, job
from keepwell.platform.search.indexing import CATCH_UP, catch_up


@job(CATCH_UP, every=timedelta(minutes=5), limit=timedelta(hours=2))
def take_up_marks(task: Task) -> dict[str, Any]:
    """Index what was written in bulk; queued with each such writing, and looked after every five minutes."""
    return {"indexed": catch_up(task.progress)}
