"""What is known of an attack, on a page: actor and action first, then the words of VERIS that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext, pgettext

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.pages.classifying import seen
from keepwell.areas.incidents.rules import attack
from keepwell.platform.acts.act import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import require_on

AREA = "incidents"


@dataclass(frozen=True)
class Part:
    """A part of an attack as the form asks it: its words, each with whether it is chosen."""

    name: str
    title: str
    words: list[tuple[str, bool]]


@operation(Access.OBJECT)
def show_attack(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The form; what is sent is kept, or shown with the words that go with another actor or action."""
    incident = seen(request.person, pk)
    require_on(request.person, AREA, Level.EDIT, incident)
    if request.method != "POST":
        return _page(request, incident, incident.attack)
    typed: dict[str, Any] = {name: request.POST.get(name, "").replace("\x00", "") for name in attack.ONE}
    typed |= {
        name: [one.replace("\x00", "") for one in request.POST.getlist(name)] for name in attack.SEVERAL
    }
    if "look" in request.POST:
        return _page(request, incident, typed)
    try:
        attack.describe_attack(incident, by=request.person, known=typed)
    except Refused as refusal:
        return _page(request, incident, typed, wrong=str(refusal))
    messages.success(request, gettext("Kept: it goes out with the incident."))
    return redirect("incident-room", pk=pk)


def _page(
    request: PlacedRequest, incident: Incident, typed: Mapping[str, Any], wrong: str = ""
) -> HttpResponse:
    actor, action = str(typed.get("actor", "")), str(typed.get("action", ""))
    titled = titles()
    parts = [
        Part(name, titled[name], [(word, word in typed.get(name, ())) for word in words])
        for name in attack.SEVERAL
        if (words := attack.words_for(name, actor, action))
    ]
    singles = [
        Part(
            name,
            titled[name],
            [(word, word == typed.get(name)) for word in attack.words_for(name, actor, action)],
        )
        for name in attack.ONE
    ]
    context = {"incident": incident, "parts": parts, "singles": singles, "wrong": wrong, "most": attack.MOST}
    return render(request, "incidents/room/attack.html", context, status=422 if wrong else 200)


def titles() -> dict[str, str]:
    """What the parts are called."""
    return {
        "actor": gettext("Actor"), "actor_variety": gettext("Kind of actor"), "motive": gettext("Motive"),
        "country": gettext("Country of the actor"), "action": pgettext("attack", "Action"), "variety": gettext("Kind of action"),
        "vector": gettext("Way in"), "asset": gettext("Assets"), "confidentiality": gettext("Was data disclosed"),
        "integrity": gettext("Integrity"), "availability": gettext("Availability"),
    }  # fmt: skip


urlpatterns = [path("incidents/<uuid:pk>/attack/", show_attack, name="incident-attack")]
