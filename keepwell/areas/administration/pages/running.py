"""Background jobs, the installation's health, and rows that met nothing known."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keepwell.areas.administration.rules import batches as rules
from keepwell.platform.exchange.models import Batch
from keepwell.platform.history.acting import Refused
from keepwell.platform.jobs.job import retry
from keepwell.platform.jobs.models import Job
from keepwell.platform.keeping.health import examine, is_well
from keepwell.platform.keeping.models import Backup
from keepwell.platform.people.errands import jobs_seen
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import lacks, may, may_anywhere
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level

ON_A_PAGE = 50
ON_A_LIST = 10
AREA = "administration"


@operation(Access.PERMISSION, AREA)
def show_jobs(request: PersonRequest) -> HttpResponse:
    """Background jobs, the newest first; `before` names the job after which the page begins."""
    found = jobs_seen(request.person).order_by("-created_at", "-pk")
    last = job_before(request)
    if last is not None:
        found = found.filter(
            Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
        )
    jobs = list(found.defer("arguments", "result")[: ON_A_PAGE + 1])
    context = {
        "jobs": jobs[:ON_A_PAGE], "is_later": last is not None,
        "older": jobs[ON_A_PAGE - 1].pk if len(jobs) > ON_A_PAGE else None,
        "may_retry": may_anywhere(request.person, AREA, Level.ADMINISTER),
    }  # fmt: skip
    return render(request, "administration/jobs.html", context)


def job_before(request: PersonRequest) -> Job | None:
    """The job named by `before`; None if none is."""
    if "before" not in request.GET:
        return None
    try:
        return jobs_seen(request.person).filter(pk=UUID(request.GET["before"])).first()
    except ValueError as error:
        raise Http404(gettext("No job is called that.")) from error


@operation(Access.PERMISSION, AREA, Level.ADMINISTER)
@require_POST
def retry_job(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Put a job that was given up back in the queue."""
    job = get_object_or_404(jobs_seen(request.person, Level.ADMINISTER), pk=pk)
    if retry(job):
        messages.success(request, gettext("%(job)s waits for a worker again.") % {"job": job})
    else:
        messages.warning(
            request, gettext("%(job)s was not given up; only then can it be tried again.") % {"job": job}
        )
    return redirect("jobs")


@operation(Access.PERMISSION, AREA, Level.ADMINISTER)
@never_cache
def show_health(request: PersonRequest) -> HttpResponse:
    """What is wrong with the installation, and how to mend it."""
    examined = list(examine())
    backups = Backup.objects.order_by("-begun_at", "-pk")[:ON_A_LIST]
    context = {"examined": examined, "is_well": is_well(examined), "backups": backups}
    return render(request, "administration/health.html", context)


@operation(Access.OBJECT, AREA)
def match_batch(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The rows of a batch that met nothing known, and the button that tries them once more."""
    person: Person = request.person
    batch = get_object_or_404(Batch.objects.select_related("unit", "source"), pk=pk)
    may_match = rules.may_match(person, batch)
    if not (may_match or may(person, AREA, Level.VIEW, batch.unit)):
        raise Http404
    if request.method == "POST" and not may_match:
        raise PermissionDenied(lacks(AREA, Level.ADMINISTER, batch.unit))
    if request.method == "POST":
        return _matched(request, batch)
    open_rows = batch.unmatched_rows.filter(matched_at__isnull=True)
    counted = open_rows.values_list("reason").annotate(rows=Count("pk")).order_by("-rows", "reason")
    reasons = [(gettext(reason), number) for reason, number in counted[:ON_A_PAGE]]
    rows = open_rows.order_by("line", "pk")[:ON_A_PAGE]
    context = {"batch": batch, "reasons": reasons, "rows": rows, "may_match": may_match}
    return render(request, "administration/match.html", context)


def _matched(request: PersonRequest, batch: Batch) -> HttpResponse:
    try:
        count = rules.match_rows(batch, by=request.person)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("batch-match", pk=batch.pk)
    left = batch.unmatched_rows.filter(matched_at__isnull=True).count()
    met = ngettext("%(n)d row met something now.", "%(n)d rows met something now.", count) % {"n": count}
    still = ngettext("%(n)d row is still unmatched.", "%(n)d rows are still unmatched.", left) % {"n": left}
    messages.success(request, f"{met} {still}")
    return redirect("batch-match", pk=batch.pk)


urlpatterns = [
    path("administration/health/", show_health, name="health"),
    path("administration/jobs/", show_jobs, name="jobs"),
    path("administration/jobs/<uuid:pk>/retry/", retry_job, name="job-retry"),
    path("administration/batches/<uuid:pk>/match/", match_batch, name="batch-match"),
]
