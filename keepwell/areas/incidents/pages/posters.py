"""Posters for the walls of sites, made by a worker for who looks after incidents there."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from keepwell.areas.incidents.rules import posters
from keepwell.areas.incidents.rules.reaching import site_url
from keepwell.platform.exchange.files import fetch
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

AREA = "incidents"


def sites_for(person: Person) -> QuerySet[Unit]:
    """The sites at which `person` works on incidents."""
    granted = units_granted(person, AREA, Level.EDIT)
    rows: QuerySet[Unit] = Unit.objects.current().filter(kind=Unit.Kind.SITE, pk__in=granted)
    return rows.order_by("name")


@operation(Access.PERMISSION, AREA, Level.EDIT)
def show_posters(request: PlacedRequest) -> HttpResponse:
    """The sites, each with the address on its poster."""
    rows = [(site, site_url(site)) for site in sites_for(request.person)]
    return render(request, "incidents/posters.html", {"rows": rows})


@operation(Access.OBJECT, AREA, Level.EDIT)
@require_POST
def make_poster(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Have the poster of a site made."""
    site = get_object_or_404(sites_for(request.person), pk=pk)
    job = enqueue(posters.JOB, person_id=request.person.pk, site=str(site.pk))
    return redirect("report-poster-document", pk=job.pk)


@operation(Access.OBJECT, AREA, Level.EDIT)
def follow_poster(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """How far the poster is; the file once it is made."""
    job = Job.objects.filter(pk=pk, name=posters.JOB, person_id=request.person.pk).first()
    if job is None:
        raise Http404
    site = get_object_or_404(sites_for(request.person), pk=job.arguments["site"])
    if job.state == Job.State.DONE and request.GET.get("take"):
        headers = {"Content-Disposition": f'attachment; filename="{posters.file_name(site)}"',
                   "X-Content-Type-Options": "nosniff"}  # fmt: skip
        return HttpResponse(fetch(job.result["sha256"]), content_type="application/pdf", headers=headers)
    name = "pages/_document.html" if request.htmx else "incidents/poster_document.html"
    return render(request, name, {"job": job, "site": site})


urlpatterns = [
    path("reports/posters/", show_posters, name="report-posters"),
    path("reports/posters/<uuid:pk>/make/", make_poster, name="report-poster-make"),
    path("reports/posters/documents/<uuid:pk>/", follow_poster, name="report-poster-document"),
]
