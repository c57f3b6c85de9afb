"""The report of a unit on paper: asked for, followed, taken."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language

from keepwell.areas.assessment.pages.reading.places import Stand
from keepwell.areas.assessment.rules.reading import reports
from keepwell.areas.assessment.rules.reading.wishes import address
from keepwell.platform.exchange.files import fetch
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may, require
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing.section import SECTIONS
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.tree.models import Unit


@operation(Access.PERMISSION, "assessment")
def show_reports(request: PlacedRequest) -> HttpResponse:
    """What the report of the place's unit tells, and its forms."""
    stand = Stand.of(request)
    if stand.found is None:
        return render(request, "assessment/reading/nothing.html", stand.context("maturity-reports"))
    unit = request.place.here
    links = [(form, WRITERS[form].label, keeping(stand, form)) for form in reports.FORMS]
    told = reports.Report(stand.cycle, unit, stand.person, request.place.day)
    is_open = may(stand.person, "assessment", Level.VIEW, unit)
    context = stand.context(
        "maturity-reports", unit=unit, links=links, is_open=is_open, parts=[SECTIONS[name].title for name in reports.PARTS],
        findings=reports.findings(told) if is_open else [],
    )  # fmt: skip
    return render(request, "assessment/reading/reports.html", context)


@operation(Access.PERMISSION, "assessment", sensitive=True)
def make_report(request: PlacedRequest, form: str) -> HttpResponse:
    """Let a worker make the report, and follow it."""
    stand, unit = Stand.of(request), request.place.here
    require(stand.person, "assessment", Level.VIEW, unit)
    if form not in reports.FORMS:
        raise Http404
    asked = {"cycle": str(stand.cycle.pk), "unit": unit.code, "day": request.place.day.isoformat(),
             "language": get_language() or "en", "form": form}  # fmt: skip
    return redirect(
        "maturity-report-document", pk=enqueue(reports.JOB, person_id=stand.person.pk, **asked).pk
    )


@operation(Access.OBJECT, "assessment")
def follow_report(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """How far the report is; the file once it is made."""
    job = Job.objects.filter(pk=pk, name=reports.JOB, person_id=request.person.pk).first()
    if job is None:
        raise Http404
    unit = Unit.objects.get(code=job.arguments["unit"])
    require(request.person, "assessment", Level.VIEW, unit)
    if job.state == Job.State.DONE and request.GET.get("take"):
        return _file(job)
    name = "pages/_document.html" if request.htmx else "assessment/reading/document.html"
    return render(request, name, {"job": job, "unit": unit})


def keeping(stand: Stand, form: str) -> str:
    """Where a form of the report is asked for, at the same cycle."""
    return address(reverse("maturity-report", args=[form]), stand.kept)


def _file(job: Job) -> HttpResponse:
    form, language = job.arguments["form"], job.arguments["language"]
    name = f"maturity-{job.arguments['unit']}-{language}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(fetch(job.result["sha256"]), content_type=WRITERS[form].content_type, headers=headers)
