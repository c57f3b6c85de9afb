"""The background work of privacy: files that name somebody who was erased, and reports on paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from keepwell.platform.exchange.files import keep
from keepwell.platform.history.dialects import empty_journal
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models import Person
from keepwell.platform.privacy import reports
from keepwell.platform.privacy.files import JOB, forget_files


@job(JOB, limit=timedelta(hours=2))
def forget(task: Task, *, sealed: str = "") -> dict[str, Any]:
    """Delete them, then forget the words themselves; killed and taken again it does the rest."""
    if not sealed:
        return {"done_before": True}
    count = forget_files(sealed)
    Job.objects.filter(pk=task.id).update(arguments={})
    empty_journal()
    return {"files": count}


@job(reports.JOB)
def write_report(task: Task, *, person: str, language: str) -> dict[str, Any]:
    """Write the report about a person on paper, as its asker may have it now."""
    by, about = Person.objects.get(pk=str(task.person_id)), Person.objects.get(pk=person)
    kept = keep(reports.write(about, by=by, form="pdf", language=language))
    return {"sha256": kept.sha256, "size_bytes": kept.size_bytes}


@job("privacy.tidy", every=timedelta(hours=1))
def tidy(task: Task) -> dict[str, Any]:
    """Delete reports of the day before; and let the journal forget whatever was erased, where it was in use then."""
    count = reports.tidy()
    empty_journal()
    return {"reports": count}
