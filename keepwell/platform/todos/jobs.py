"""The rounds of todos: keep what follows from how records stand, and let nothing lie with somebody who left or moved."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from keepwell.kernel import moments
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.jobs.models import Job
from keepwell.platform.todos.duties import DUTIES
from keepwell.platform.todos.keeping import reckon
from keepwell.platform.todos.owing import heard
from keepwell.platform.todos.rules import hand_over_orphans

KEEPING = "todos.keep"


@job("todos.hand_over", every=timedelta(hours=6))
def hand_over(task: Task) -> dict[str, int]:
    """Hand over what lies with people who left or may no longer see the record. Twice is once."""
    return {"handed_over": hand_over_orphans(moments.today())}


@job(KEEPING, every=timedelta(minutes=10), limit=timedelta(minutes=30))
def keep(task: Task) -> dict[str, int]:
    """Keep what follows from how records stand, and tell of what is new; of what stood before the first round nobody
    is told anew. Twice is once."""
    is_first = not Job.objects.filter(name=KEEPING, state=Job.State.DONE).exists()
    with transaction.atomic():
        fresh = reckon(moments.today())
        told = [debt for debt in fresh if not DUTIES[debt.duty].is_told_elsewhere]
        if told and not is_first:
            heard(*told)
    return {"new": len(fresh)}
