"""The report about a person as a file: for programs at once, on paper by a worker, and gone a day later."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import override

from keepwell.platform.history.noting import note
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job, JobQuerySet
from keepwell.platform.people.models import Person
from keepwell.platform.privacy.files import drop
from keepwell.platform.privacy.rights import require_report
from keepwell.platform.privacy.telling import document
from keepwell.platform.publishing.writers import WRITERS

JOB = "privacy.report"
KEPT = timedelta(days=1)


def write(about: Person, *, by: Person, form: str, language: str) -> bytes:
    """The report in `form` ("json", "pdf"); texts of others that mention the person only for somebody else, who
    weighs what may be handed on. Raises PermissionDenied."""
    require_report(by, about)
    with override(language):
        return WRITERS[form].write(document(about, language, with_mentions=by.pk != about.pk))


def ask(about: Person, *, by: Person, language: str) -> Job:
    """Have the report written on paper by a worker."""
    require_report(by, about)
    return enqueue(JOB, person_id=by.pk, person=str(about.pk), language=language)


def taken(about: Person, by: Person, form: str) -> None:
    """Keep in the trail that the report was handed out."""
    note(by, "person.report", kind="read", record=about, form=form)


def forget_reports(about: Person) -> None:
    """Delete every report about a person that still lies here, and that it was asked for."""
    asked = Job.objects.filter(name=JOB, arguments__person=str(about.pk))
    _drop(asked)
    asked.delete()


def tidy() -> int:
    """Delete reports that were written more than a day ago; returns how many."""
    old = Job.objects.filter(name=JOB, finished_at__lt=timezone.now() - KEPT).exclude(result={})
    count = _drop(old)
    old.update(result={})
    return count


def _drop(jobs: JobQuerySet) -> int:
    digests = [result["sha256"] for result in jobs.values_list("result", flat=True) if "sha256" in result]
    for digest in digests:
        drop(digest)
    return len(digests)
