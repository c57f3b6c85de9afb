"""The organization chart of a day, and the report about a person, on pages and as files."""

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
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.privacy import reports
from keepwell.platform.privacy.rights import require_report
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.records.models import visible_to
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
    return _sent(content, form, sheets.file_name(form, language))


def _sent(content: bytes, form: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=WRITERS[form].content_type, headers=headers)


def _about(request: PlacedRequest, pk: UUID) -> Person:
    """The person a report is about, if the reader may see and have it."""
    about = visible_to(Person.objects.select_related("unit"), request.person).filter(pk=pk).first()
    if about is None:
        raise Http404
    require_report(request.person, about)
    return about


@operation(Access.OBJECT, "people")
def show_report(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """What the report about a person tells, and its forms."""
    about = _about(request, pk)
    return render(
        request, "organization/report.html", {"about": about, "is_own": about.pk == request.person.pk}
    )


@operation(Access.OBJECT, "people", sensitive=True, step_up=True)
def take_report(request: PlacedRequest, pk: UUID, form: str) -> HttpResponse:
    """Everything that is kept about a person: for programs at once, on paper by a worker."""
    about, language = _about(request, pk), get_language() or "en"
    if form == "pdf":
        return redirect(
            "people-report-document", pk=reports.ask(about, by=request.person, language=language).pk
        )
    if form != "json":
        raise Http404
    content = reports.write(about, by=request.person, form=form, language=language)
    return _sent(content, form, f"{about.number}.json")


@operation(Access.OBJECT, "people")
def follow_report(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """How far the report on paper is; the file once it is made, for a day."""
    job = Job.objects.filter(pk=pk, name=reports.JOB, person_id=request.person.pk).first()
    about = Person.objects.filter(pk=job.arguments["person"]).first() if job else None
    if job is None or about is None or (job.state == Job.State.DONE and not job.result):
        raise Http404
    if job.state == Job.State.DONE and request.GET.get("take"):
        require_report(request.person, about)
        reports.taken(about, request.person, "pdf")
        return _sent(fetch(job.result["sha256"]), "pdf", f"{about.number}.pdf")
    name = "pages/_document.html" if request.htmx else "organization/report_document.html"
    return render(request, name, {"job": job, "about": about})


urlpatterns = [
    path("organization/chart/", show_chart, name="organization-chart"),
    path("organization/chart/take-out.<slug:form>", take_chart, name="organization-chart-take-out"),
    path("organization/chart/documents/<uuid:pk>/", follow_chart, name="organization-chart-document"),
    path("people/<uuid:pk>/report/", show_report, name="people-report"),
    path("people/<uuid:pk>/report/take-out.<slug:form>", take_report, name="people-report-take-out"),
    path("people/reports/<uuid:pk>/", follow_report, name="people-report-document"),
]
