"""What is asked every day about certificates."""

from __future__ import annotations

from datetime import timedelta

from keepwell.areas.assurance.rules import plan_audits
from keepwell.kernel import moments
from keepwell.platform.jobs.job import Task, job


@job("assurance.audits", every=timedelta(hours=24))
def audits(task: Task) -> dict[str, int]:
    """Let the surveillance audits of the next 60 days be owed. Twice is once."""
    return {"owed": plan_audits(moments.today())}
