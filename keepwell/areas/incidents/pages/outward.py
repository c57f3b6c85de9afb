"""An incident on its way out: to whom what may go, and the files."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.pages.room import seen
from keepwell.areas.incidents.rules import dossier, outward
from keepwell.areas.incidents.rules.outward.parcel import WITHIN
from keepwell.areas.incidents.rules.outward.writing import TITLES
from keepwell.platform.acts.act import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.publishing.writers import WRITERS

AREA = "incidents"


@dataclass(frozen=True)
class Way:
    """An audience, and what of the incident goes there."""

    value: str
    label: str
    share: outward.Share
    is_within: bool


@operation(Access.OBJECT, AREA)
def show_out(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Every audience to which the person may let the incident go, what of its timeline stays, and the dossier."""
    incident = seen(request.person, pk)
    may = outward.may_go_out(request.person, incident)
    told = {
        "incident": incident, "ways": _ways(incident, request.person) if may else [], "forms": TITLES.items(),
        "papers": [(form, WRITERS[form].label) for form in dossier.FORMS],
    }  # fmt: skip
    return render(request, "incidents/out.html", told)


def _ways(incident: Incident, person: Person) -> list[Way]:
    shares = outward.shares(incident, by=person)
    return [Way(value, label, shares[value], value in WITHIN) for value, label in outward.audiences(incident)]


@operation(Access.OBJECT, AREA, sensitive=True, step_up=True)
def take_out(request: PlacedRequest, pk: UUID, form: str) -> HttpResponse:
    """The incident as a file for the audience that the address names."""
    incident = seen(request.person, pk)
    outward.require_outward(request.person, incident)
    if form not in outward.FORMS:
        raise Http404
    try:
        made = outward.written(incident, form, request.GET.get("audience", ""), by=request.person)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("incident-out", pk=incident.pk)
    headers = {
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(made.content, content_type=made.kind, headers=headers)


urlpatterns = [
    path("incidents/<uuid:pk>/out/", show_out, name="incident-out"),
    path("incidents/<uuid:pk>/out/take-out.<slug:form>", take_out, name="incident-take-out"),
]
