"""Long files are read in the background."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange.cells import RowError
from keepwell.platform.exchange.models import Batch
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.people.models import Person
from keepwell.platform.registers import many
from keepwell.platform.registers.files import carry_out
from keepwell.platform.registers.importing.outcome import Outcome
from keepwell.platform.registers.models import Series


@job("registers.bring_in")
def bring_in(task: Task, *, batch: str, dry_run: bool = False) -> dict[str, Any]:
    """Carry out a batch; killed and taken again it goes on after the last staged rows, and writes once."""
    found = Batch.objects.select_related("source").filter(pk=batch).first()
    if found is None or found.state != Batch.State.READING:
        return _before(found) if found else {"done_before": True}
    if task.person_id is None:
        raise RuntimeError("A file is brought in by somebody.")
    by = Person.objects.get(pk=task.person_id)
    return carry_out(found, by, dry_run=dry_run, progress=task.progress).told()


def _before(batch: Batch) -> dict[str, Any]:
    """What came of a batch that an attempt carried out, but died before it could say so."""
    if batch.state == Batch.State.REFUSED and batch.errors[0][0] == 0:
        raise Refused(batch.errors[0][3])
    outcome = Outcome(batch.rows, batch.created, batch.changed, batch.unchanged, batch.unmatched, batch=batch)
    outcome.errors = [RowError(*error) for error in batch.errors]
    return outcome.told() | {"done_before": True}


@job("registers.series", limit=timedelta(hours=2))
def carry_on(task: Task, *, series: str) -> dict[str, Any]:
    """Do what waits of a series; killed and taken again it goes on with the records that still wait."""
    found = Series.objects.get(pk=series)
    if task.person_id is None:
        raise RuntimeError("A series is done by somebody.")
    return dict(many.carry_out(found, Person.objects.get(pk=task.person_id), task.progress))
