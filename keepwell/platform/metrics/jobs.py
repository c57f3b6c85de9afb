"""The nightly count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from keepwell.platform.jobs.job import Task, job
from keepwell.platform.metrics.metric import all_metrics
from keepwell.platform.metrics.reading import count, renew
from keepwell.platform.metrics.scope import Scope, years_shown


@job("metrics.count", every=timedelta(hours=24))
def count_all(task: Task, year: int | None = None) -> dict[str, Any]:
    """Count every metric for every unit, of `year`, else of the running year and the one before.

    Counts whatever the stamps say, so that nothing can stay stale beyond a night; of the other years that
    trends show, what is stale, so that nobody waits for it in the morning. Counting twice is counting once.
    """
    shown = years_shown()
    years = [year] if year is not None else list(shown[:2])
    renewed = [] if year is not None else list(shown[2:])
    written = 0
    for done, number in enumerate([*years, *renewed]):
        task.progress(done, len(years) + len(renewed), str(number))
        scope = Scope.of_year(number)
        written += count(all_metrics(), scope) if number in years else renew(scope)
    return {"years": years, "renewed": renewed, "readings": written}
