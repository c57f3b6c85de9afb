"""The organization chart of a day, on a page and as a file."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language

from keepwell.areas.organization.rules import branch, drawn, facts, sheets
from keepwell.platform.exchange.files import fetch
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.tree.models import Unit


@operation(Access.PERMISSION, "organization")
def show_chart(request: PlacedRequest) -> HttpResponse:
    """Group, companies and sites as they lay on the day of the place, drawn and as a list."""
    place, person = request.place, request.person
    if place.unit is None:
        raise Http404
    top = branch(place.unit, place.day, person)
    forms = [(form, WRITERS[form].label) for form in sheets.FORMS]
    context = {
        "svg": drawn(top),
        "branch": top,
        "facts": facts(place.unit, place.day),
        "forms": forms,
    }
    return render(request, "organization/chart.html", context)


@operation(Access.PERMISSION, "organization", sensitive=True)
def take_chart(request: PlacedRequest, form: str) -> HttpResponse:
    """The chart as a file: text at once, other forms by a worker, followed on a page of its own."""
    place, person, language = request.place, request.person, get_language() or "en"
    require(person, "organization", Level.VIEW, place.here)
    if form not in sheets.FORMS:
        raise Http404
    if form in sheets.AT_ONCE:
        return _file(sheets.write(place.here, place.day, language, form, person), form, language)
    asked = {"unit": place.here.code, "day": place.day.isoformat(), "language": language, "form": form}
    job = enqueue(sheets.JOB, person_id=person.pk, **asked)
    return redirect("organization-chart-document", pk=job.pk)


@operation(Access.OBJECT, "organization")
def follow_chart(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """How far the file is; the file once it is made."""
    job = Job.objects.filter(pk=pk, name=sheets.JOB, person_id=request.person.pk).first()
    if job is None:
        raise Http404
    require(request.person, "organization", Level.VIEW, Unit.objects.get(code=job.arguments["unit"]))
    if job.state == Job.State.DONE and request.GET.get("take"):
        return _file(fetch(job.result["sha256"]), job.arguments["form"], job.arguments["language"])
    name = "pages/_document.html" if request.htmx else "organization/document.html"
    return render(request, name, {"job": job})


def _file(content: bytes, form: str, language: str) -> HttpResponse:
    writer = WRITERS[form]
    headers = {
        "Content-Disposition": f'attachment; filename="{sheets.file_name(form, language)}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=writer.content_type, headers=headers)


urlpatterns = [
    path("organization/chart/", show_chart, name="organization-chart"),
    path("organization/chart/take-out.<slug:form>", take_chart, name="organization-chart-take-out"),
    path("organization/chart/documents/<uuid:pk>/", follow_chart, name="organization-chart-document"),
]
