"""The room of an incident: what happens in it on one page, live; entries are written there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import ExposureAnswer, Incident, Pulse, TimelineEntry, unread_marks
from keepwell.areas.incidents.pages import duty, tasks
from keepwell.areas.incidents.pages.clocks import clock_table
from keepwell.areas.incidents.pages.pulse import mark
from keepwell.areas.incidents.pages.unreached import unreached
from keepwell.areas.incidents.rules import costs, exposure, lessons, links, meeting, timeline
from keepwell.platform.acts.act import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on

AREA = "incidents"
A_PAGE = 50
STEPS = (rules.respond, rules.contain, rules.recover, rules.begin_review, rules.close)
MOST_STEPS = 2
LONGEST_NUMBER = 19
TYPED = ("says", "kind", "at", "zone", "source", "confidence", "tlp", "reason", "decided_by")


@dataclass(frozen=True)
class Shown:
    """A page of the timeline: its entries, where the older ones begin ("": there are none), what it is of, and how many
    entries of all are kept from the reader."""

    entries: list[TimelineEntry]
    older: str
    kind: str
    is_newest: bool
    kept_back: int


def seen(person: Person, pk: UUID) -> Incident:
    """The incident with what the head of its room shows, if the person may see it; absent else."""
    rows = Incident.objects.visible_to(person).select_related("unit", "lead", "pulse")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@operation(Access.OBJECT)
def show_room(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The whole room; what is sent is a new entry of its timeline."""
    incident = seen(request.person, pk)
    if request.method == "POST":
        return _enter(request, incident)
    return render(request, "incidents/room/room.html", room(request, incident))


@operation(Access.OBJECT)
@require_GET
def show_newest(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """What changed since `beat`; nothing (204) if nothing did. Every open screen asks this again and again."""
    incident = seen(request.person, pk)
    if request.GET.get("beat") == mark(incident):
        return HttpResponse(status=204)
    return render(request, "incidents/room/_live.html", room(request, incident))


def room(
    request: PlacedRequest, incident: Incident, typed: Mapping[str, str] | None = None, wrong: str = ""
) -> dict[str, Any]:
    """All that the room shows of `incident`."""
    pulse: Pulse | None = getattr(incident, "pulse", None)
    may_edit = not request.place.is_past and may_on(request.person, AREA, Level.EDIT, incident)
    unread = unread_marks(incident, request.person)
    page = shown(incident, request.GET, unread)
    called, exposed = meeting.latest_bridge(incident), asked(incident)
    return {
        "incident": incident, "record": incident, "room_url": reverse("incident-room", args=[incident.pk]),
        "mark": mark(incident), "count": (pulse.entries if pulse else 0) - page.kept_back,
        "shown": page, "costs": costs.sums(incident), "tasks": tasks.shown(incident),
        "may_edit": may_edit, "may_enter": may_edit and incident.retired_at is None, "typed": typed or {}, "wrong": wrong,
        "call": duty.waiting(incident), "exposed": exposed, "kin": links.kin(incident, request.person),
        "lessons": list(lessons.lessons(incident, request.person)[:A_PAGE]),
        "bridge": called, "unreached": unreached(incident, called, exposed.answers),
        "steps": steps(incident, request.person) if may_edit else [],
        "units": list(incident.affected_units.order_by("code")),
        "systems": list(incident.systems.visible_to(request.person).order_by("code")),
        "reports": list(incident.reports.current().order_by("received_at")[:10]),
        "clocks": clock_table(incident, request.person),
        "kinds": [one for one in TimelineEntry.Kind.choices if one[0] != TimelineEntry.Kind.RECKONED],
        "confidences": TimelineEntry.Confidence.choices, "tlps": [one for one in Incident.Tlp.choices if one[0] not in unread],
    }  # fmt: skip


@dataclass(frozen=True)
class Exposed:
    """What other sites were asked, and how many have answered what."""

    answers: list[ExposureAnswer]
    tally: exposure.Tally


def asked(incident: Incident) -> Exposed:
    """The last answer of each site that was asked."""
    found = exposure.latest(incident)
    return Exposed(found, exposure.tally(found))


def steps(incident: Incident, person: Person) -> list[tuple[Any, str]]:
    """What is to be done next with the incident itself: label and name of the acts that are open."""
    found = [rule for rule in STEPS if rule.is_open_to(person, incident)]
    return [(rule.label, rule.name.replace("_", "-")) for rule in found[:MOST_STEPS]]


def shown(incident: Incident, asked: Mapping[str, str], unread: Collection[str]) -> Shown:
    """The page of the timeline that the address asks for: of one kind or all, the newest or from `before` on, without
    what is marked `unread`."""
    kind = asked.get("kind", "")
    kind = kind if kind in TimelineEntry.Kind.values else ""
    every = TimelineEntry.objects.filter(incident=incident).standing()
    rows = every.exclude(tlp__in=unread).newest_first()
    if kind:
        rows = rows.filter(kind=kind)
    before = _place(asked.get("before", ""))
    if before:
        at, number = before
        rows = rows.filter(Q(at=at, number__lt=number) | Q(at__lt=at), at__lte=at)
    found = list(rows.select_related("person")[: A_PAGE + 1])
    for entry in found:
        entry.incident = incident
    last = found[A_PAGE - 1] if len(found) > A_PAGE else None
    older = f"{last.at.isoformat()}_{last.number}" if last else ""
    kept_back = every.filter(tlp__in=unread).count()
    return Shown(found[:A_PAGE], older, kind, before is None, kept_back)


def _place(text: str) -> tuple[datetime, int] | None:
    """Where a page of the timeline begins; None: with the newest."""
    at, _line, number = text.replace(" ", "+").rpartition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (
        (moment, int(number))
        if moment.tzinfo and number.isdecimal() and len(number) < LONGEST_NUMBER
        else None
    )


def _enter(request: PlacedRequest, incident: Incident) -> HttpResponse:
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in TYPED}
    given = {name: value for name, value in typed.items() if value}
    is_part = bool(request.headers.get("HX-Request"))
    try:
        timeline.enter(incident, by=request.person, **({"says": ""} | given))
    except Refused as refusal:
        context = room(request, seen(request.person, incident.pk), typed, str(refusal))
        return render(request, "incidents/room/_live.html" if is_part else "incidents/room/room.html", context,
                      status=200 if is_part else 422)  # fmt: skip
    if is_part:
        return render(request, "incidents/room/_live.html", room(request, seen(request.person, incident.pk)))
    return redirect(reverse("incident-room", args=[incident.pk]))


urlpatterns = [
    path("incidents/<uuid:pk>/room/", show_room, name="incident-room"),
    path("incidents/<uuid:pk>/room/newest/", show_newest, name="incident-newest"),
]
