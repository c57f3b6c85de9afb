"""Indicators on their way into an incident: a text is pasted, what it holds is shown, and what is chosen is added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext, ngettext

from keepwell.areas.incidents.models import Incident, Indicator, TimelineEntry
from keepwell.areas.incidents.pages.classifying import seen
from keepwell.areas.incidents.rules import indicators, recognizing
from keepwell.kernel.indicators.recognizing import LONGEST_TEXT
from keepwell.platform.acts.act import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import require_on

AREA = "incidents"
IN_ROOM = 10
TYPED = ("text", "role", "confidence", "tlp", "first_seen", "last_seen", "source", "remark")


def in_room(incident: Incident, person: Person) -> recognizing.Shown:
    """What the room shows `person` of its indicators."""
    return recognizing.shown(incident, person, IN_ROOM)


@operation(Access.OBJECT)
def show_adding(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The form; what is sent is looked through first, and added once it was shown."""
    incident = seen(request.person, pk)
    require_on(request.person, AREA, Level.EDIT, incident)
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in TYPED}
    if request.method != "POST":
        return _page(request, incident, typed)
    try:
        recognizing.require_short(typed["text"])
        if "add" not in request.POST:
            return _page(request, incident, typed, looked=True)
        return _add(request, incident, typed)
    except Refused as refusal:
        is_long = len(typed["text"]) > LONGEST_TEXT
        return _page(
            request,
            incident,
            typed | ({"text": ""} if is_long else {}),
            looked=not is_long,
            wrong=str(refusal),
        )


def _add(request: PlacedRequest, incident: Incident, typed: Mapping[str, str]) -> HttpResponse:
    values = "\n".join(request.POST.getlist("value")).replace("\x00", "")
    if not values:
        raise Refused(gettext("Choose at least one indicator."))
    given: dict[str, Any] = {name: typed[name] for name in TYPED if typed[name]}
    for name, choices in (
        ("role", Indicator.Role),
        ("confidence", TimelineEntry.Confidence),
        ("tlp", Incident.Tlp),
    ):
        if name in given and given[name] not in choices.values:
            raise Refused(gettext("“%(value)s” cannot be chosen here.") % {"value": given[name][:40]})
    added = indicators.add_indicators(incident, by=request.person, values=values, **given)
    for sentence in told(added):
        messages.success(request, sentence)
    return redirect("incident-room", pk=incident.pk)


def told(added: indicators.Added) -> list[str]:
    """What became of what was chosen, in sentences."""
    found = [
        (added.new, ngettext("%(n)d indicator was added.", "%(n)d indicators were added.", len(added.new))),
        (added.again, ngettext("%(n)d was known: when it was seen is extended.",
                               "%(n)d were known: when they were seen is extended.", len(added.again))),
        (added.same, ngettext("%(n)d stands there already.", "%(n)d stand there already.", len(added.same))),
        (added.retracted, ngettext("%(n)d was retracted before and stays so.",
                                   "%(n)d were retracted before and stay so.", len(added.retracted))),
    ]  # fmt: skip
    return [sentence % {"n": len(rows)} for rows, sentence in found if rows]


def _page(
    request: PlacedRequest, incident: Incident, typed: Mapping[str, str], *, looked: bool = False, wrong: str = ""
) -> HttpResponse:  # fmt: skip
    found = recognizing.look_through(typed["text"]) if looked else None
    offered = recognizing.offered(found, incident, request.person) if found else []
    chosen = request.POST.getlist("value") if "add" in request.POST else None
    context = {
        "incident": incident, "typed": typed, "wrong": wrong, "looked": looked, "most": LONGEST_TEXT,
        "too_long": found.too_long if found else 0, "roles": Indicator.Role.choices,
        "offered": [(one, one.is_chosen if chosen is None else one.code in chosen) for one in offered],
        "confidences": TimelineEntry.Confidence.choices, "tlps": Incident.Tlp.choices,
    }  # fmt: skip
    return render(request, "incidents/room/adding.html", context, status=422 if wrong else 200)


urlpatterns = [
    path("incidents/<uuid:pk>/indicators/add/", show_adding, name="incident-indicators-add"),
]
