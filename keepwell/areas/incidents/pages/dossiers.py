"""The dossier of an incident: asked for, followed, taken."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.pages.room import seen
from keepwell.areas.incidents.rules import dossier
from keepwell.platform.jobs.models import Job
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation

AREA = "incidents"


def made(job: Job, incident: Incident) -> HttpResponse:
    """The file that the job made."""
    content, kind, name = dossier.file_of(job, incident)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)


@operation(Access.OBJECT, AREA, sensitive=True, step_up=True)
def take_dossier(request: PlacedRequest, pk: UUID, form: str) -> HttpResponse:
    """Let a worker make the dossier, and follow it."""
    incident = seen(request.person, pk)
    if form not in dossier.FORMS:
        raise Http404
    return redirect("incident-dossier-document", pk=dossier.ask(incident, form, by=request.person).pk)


@operation(Access.OBJECT, AREA)
def follow_dossier(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """How far the dossier is; the file once it is made."""
    found = dossier.followed(request.person, pk)
    if found is None:
        raise Http404
    job, incident = found
    if job.state == Job.State.DONE and request.GET.get("take"):
        return made(job, incident)
    name = "pages/_document.html" if request.htmx else "incidents/dossier_document.html"
    return render(request, name, {"job": job, "incident": incident})


urlpatterns = [
    path("incidents/<uuid:pk>/dossier/take-out.<slug:form>", take_dossier, name="incident-dossier-take-out"),
    path("incidents/dossiers/<uuid:pk>/", follow_dossier, name="incident-dossier-document"),
]
