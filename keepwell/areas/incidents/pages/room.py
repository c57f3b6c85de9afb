"""The room of an incident: what happens in it on one page, live; entries are written there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.views.decorators.http import require_GET

from keepwell.areas.incidents.models import Incident, TimelineEntry, unread_marks
from keepwell.areas.incidents.pages.again import remember
from keepwell.areas.incidents.pages.contents import Look, of_lessons, of_rest, of_timeline
from keepwell.areas.incidents.pages.live import live
from keepwell.areas.incidents.pages.pulse import Mark, state_of
from keepwell.areas.incidents.rules import timeline
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.ready import Ready
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.noted import keep_opening
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import reading_once
from keepwell.platform.records.models import is_visible_to
from keepwell.platform.registers.searching import PLACES

TYPED = ("says", "kind", "at", "zone", "source", "confidence", "tlp", "reason", "decided_by")
HEAD = Ready(lambda pk: Incident.objects.select_related("unit", "lead", "pulse").filter(pk=pk), UUID)


def seen(person: Person, pk: UUID) -> Incident:
    """The incident with what the head of its room shows, if the person may see it; absent else."""
    found: Incident | None = HEAD.record(pk)
    if found is None or not is_visible_to(found, person):
        raise Http404
    return found


@operation(Access.OBJECT)
def show_room(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The whole room; what is sent is a new entry of its timeline."""
    incident = seen(request.person, pk)
    if request.method == "POST":
        return _enter(request, incident)
    keep_opening(request, incident)
    return render(request, "incidents/room/room.html", room(request, incident))


@operation(Access.OBJECT)
@require_GET
def show_newest(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """What changed since `beat`; nothing (204) if nothing did. Every open screen asks this again and again."""
    look = Look.of(request, seen(request.person, pk))
    remember(request, look)
    return live(look, Mark.read(request.GET.get("beat", "")))


def room(
    request: PlacedRequest, incident: Incident, typed: Mapping[str, str] | None = None, wrong: str = ""
) -> dict[str, Any]:
    """All that the room shows of `incident`, with what was typed for a new entry, and what is wrong with it."""
    look = Look.of(request, incident)
    mark = Mark.of_whole(incident, state_of(incident))
    return {
        **look.context, "mark": mark, **of_timeline(look), **of_rest(look), **of_lessons(look),
        **entering(look, typed, wrong),
    }  # fmt: skip


def entering(look: Look, typed: Mapping[str, str] | None = None, wrong: str = "") -> dict[str, Any]:
    """What the form of a new entry shows: no mark that the writer could not read."""
    unread = unread_marks(look.incident, look.person)
    return {
        "kinds": [one for one in TimelineEntry.Kind.choices if one[0] != TimelineEntry.Kind.RECKONED],
        "confidences": TimelineEntry.Confidence.choices, "typed": typed or {}, "wrong": wrong,
        "tlps": [one for one in Incident.Tlp.choices if one[0] not in unread],
    }  # fmt: skip


def _enter(request: PlacedRequest, incident: Incident) -> HttpResponse:
    """Enter what was sent; a screen that sent its mark is told what it lacks."""
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in TYPED}
    is_part = bool(request.headers.get("HX-Request"))
    given = {"says": ""} | {name: value for name, value in typed.items() if value}
    wrong, at_least = "", 0
    try:
        at_least = timeline.enter(incident, by=request.person, **given).number
    except Refused as refusal:
        wrong = str(refusal)
    if is_part:
        with reading_once():
            return _told(request, seen(request.person, incident.pk), typed if wrong else {}, wrong, at_least)
    if wrong:
        told = room(request, seen(request.person, incident.pk), typed, wrong)
        return render(request, "incidents/room/room.html", told, status=422)
    return redirect(reverse("incident-room", args=[incident.pk]))


def _told(
    request: PlacedRequest, incident: Incident, typed: Mapping[str, str], wrong: str, at_least: int
) -> HttpResponse:
    """What the screen lacks from which an entry was sent, and its form: empty, or with what is wrong."""
    look = Look.of(request, incident)
    told = look.context | entering(look, typed, wrong) | {"swap": True}
    form = render_to_string("incidents/room/_enter.html", told, request)
    return live(look, Mark.read(request.POST.get("beat", "")), at_least=at_least, form=form)


def in_room(entry: TimelineEntry) -> str:
    """Where the search leads to `entry`: to the page of its room that begins with it; "" where it stands in none."""
    if entry.is_set_aside:
        return ""
    before = urlencode({"before": f"{entry.at.isoformat()}_{entry.number + 1}"})
    return f"{reverse('incident-room', args=[entry.incident_id])}?{before}#timeline-entries-{entry.pk}"


PLACES[TimelineEntry] = in_room
urlpatterns = [
    path("incidents/<uuid:pk>/room/", show_room, name="incident-room"),
    path("incidents/<uuid:pk>/room/newest/", show_newest, name="incident-newest"),
]
