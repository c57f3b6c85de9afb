"""Calling a response meeting: a tick for each who is on duty, others by number or address, when and where."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.models.meeting import MOST_MINUTES
from keepwell.areas.incidents.pages.classifying import seen
from keepwell.areas.incidents.rules import inviting, meeting
from keepwell.platform.acts.act import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import require_on

AREA = "incidents"
TYPED = ("others", "begins", "minutes", "bridge", "about", "tlp")


@operation(Access.OBJECT)
def show_calling(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The form; what is sent calls the meeting."""
    incident = seen(request.person, pk)
    require_on(request.person, AREA, Level.EDIT, incident)
    offered = inviting.offers(incident)
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in TYPED}
    chosen = request.POST.getlist("word")
    if request.method == "POST":
        try:
            made = meeting.call_meeting(incident, by=request.person, **_told(typed, chosen))
        except Refused as refusal:
            wrong, status = str(refusal), 422
        else:
            messages.success(request, gettext("%(count)d are invited.") % {"count": len(made.invited)})
            return redirect("incident-room", pk=pk)
    else:
        wrong, status = "", 200
        chosen = [offer.word for offer in offered if offer.reached and offer.is_of_the_known(incident)]
        typed |= {"minutes": "30", "bridge": _last_bridge(incident, request)}
    context = {
        "incident": incident, "offers": offered, "typed": typed, "chosen": chosen, "wrong": wrong,
        "marks": Incident.Tlp.choices, "most_minutes": MOST_MINUTES,
    }  # fmt: skip
    return render(request, "incidents/room/meeting.html", context, status=status)


def _told(typed: dict[str, str], chosen: list[str]) -> dict[str, Any]:
    """What was sent, as the rule takes it; Refused with what is no number or no mark."""
    minutes = typed["minutes"].strip() or "30"
    if not minutes.isdecimal() or not 5 <= int(minutes[:6]) <= MOST_MINUTES:
        raise Refused(gettext("It lasts 5 to %(most)d minutes; write a number.") % {"most": MOST_MINUTES})
    if typed["tlp"] and typed["tlp"] not in Incident.Tlp.values:
        raise Refused(gettext("There is no such mark."))
    return {
        "invite": " ".join([*chosen, typed["others"]]), "begins": typed["begins"], "minutes": int(minutes),
        "bridge": typed["bridge"], "about": typed["about"], "tlp": Incident.Tlp(typed["tlp"]) if typed["tlp"] else None,
    }  # fmt: skip


def _last_bridge(incident: Incident, request: PlacedRequest) -> str:
    """Where the last meeting on this incident was that the reader knows of."""
    last = meeting.latest_called(incident, request.person)
    return last.bridge if last is not None else ""


urlpatterns = [path("incidents/<uuid:pk>/meet/", show_calling, name="incident-meet")]
