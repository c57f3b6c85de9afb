"""Asking sites whether they are exposed: the question, by when, and a tick for each site."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.models.exposure import LONGEST_QUESTION
from keepwell.areas.incidents.pages.classifying import seen
from keepwell.areas.incidents.rules import exposure
from keepwell.platform.acts.act import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import require_on

AREA = "incidents"


@operation(Access.OBJECT)
def show_asking(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The form; what is sent is asked."""
    incident = seen(request.person, pk)
    require_on(request.person, AREA, Level.EDIT, incident)
    wrong, status = "", 200
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in ("says", "until", "tlp")}
    chosen = request.POST.getlist("site")
    if request.method == "POST":
        try:
            mark = Incident.Tlp(typed["tlp"]) if typed["tlp"] in Incident.Tlp.values else None
            made = exposure.ask_sites(
                incident, by=request.person, sites=" ".join(chosen), says=typed["says"], until=typed["until"], tlp=mark
            )  # fmt: skip
        except Refused as refusal:
            wrong, status = str(refusal), 422
        else:
            messages.success(request, gettext("%(count)d sites were asked.") % {"count": len(made)})
            return redirect("incident-room", pk=pk)
    context = {
        "incident": incident, "sites": exposure.sites_for(request.person).exclude(pk=incident.unit_id), "typed": typed,
        "chosen": chosen, "wrong": wrong, "most": LONGEST_QUESTION, "tlps": Incident.Tlp.choices,
    }  # fmt: skip
    return render(request, "incidents/room/asking.html", context, status=status)


urlpatterns = [path("incidents/<uuid:pk>/ask/", show_asking, name="incident-ask")]
