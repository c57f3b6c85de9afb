"""Files that name somebody who was erased are looked for in the background."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from keepwell.platform.jobs.job import Task, job
from keepwell.platform.jobs.models import Job
from keepwell.platform.privacy.files import JOB, forget_files


@job(JOB, limit=timedelta(hours=2))
def forget(task: Task, *, sealed: str = "") -> dict[str, Any]:
    """Delete them, then forget the words themselves; killed and taken again it does the rest."""
    if not sealed:
        return {"done_before": True}
    count = forget_files(sealed)
    Job.objects.filter(pk=task.id).update(arguments={})
    return {"files": count}
