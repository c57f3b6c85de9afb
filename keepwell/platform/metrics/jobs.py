"""The nightly count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from keepwell.platform.jobs.job import Task, job
from keepwell.platform.metrics.metric import all_metrics
from keepwell.platform.metrics.reading import count
from keepwell.platform.metrics.scope import Scope, running_year


@job("metrics.count", every=timedelta(hours=24))
def count_all(task: Task, year: int | None = None) -> dict[str, Any]:
    """Count every metric for every unit, of `year`, else of the running year and the one before.

    Counts whatever the stamps say, so that nothing can stay stale beyond a night. Counting twice is
    counting once.
    """
    years = [year] if year is not None else [running_year(), running_year() - 1]
    written = 0
    for done, number in enumerate(years):
        task.progress(done, len(years), str(number))
        written += count(all_metrics(), Scope.of_year(number))
    return {"years": years, "readings": written}
