"""Long files are read in the background."""

from __future__ import annotations

from typing import Any

from keepwell.platform.exchange.models import Batch
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.people.models import Person
from keepwell.platform.registers.files import carry_out


@job("registers.bring_in")
def bring_in(task: Task, *, batch: str, dry_run: bool = False) -> dict[str, Any]:
    """Carry out a batch; killed and taken again it goes on after the last staged rows, and writes once."""
    found = Batch.objects.select_related("source").filter(pk=batch).first()
    if found is None or found.state != Batch.State.READING:
        return {"done_before": True, "batch": batch}
    by = Person.objects.get(pk=task.person_id)
    return carry_out(found, by, dry_run=dry_run, progress=task.progress).told()
