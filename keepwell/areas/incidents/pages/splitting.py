"""Splitting an incident on a page: all that may go, with a tick for each, to a new incident or to one that was merged."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext

from keepwell.areas.incidents.models import Incident, IncidentLink
from keepwell.areas.incidents.pages.classifying import seen
from keepwell.areas.incidents.rules import parts, splitting
from keepwell.platform.acts.act import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.noted import keep_refusal
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing import format as told
from keepwell.platform.records.models import require_on

AREA = "incidents"
TYPED = ("title", "reason", "at", "number")
SHORT = 160


@dataclass(frozen=True)
class Choice:
    """One part as the form shows it."""

    key: str
    name: str
    says: str
    is_chosen: bool


@dataclass(frozen=True)
class Group:
    """The parts of one kind: those that are shown, and how many are not."""

    kind: str
    title: str
    choices: list[Choice]
    more: int


@operation(Access.OBJECT)
def show_splitting(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The form; what is sent is split off, or goes back to an incident that was merged into this one."""
    incident = seen(request.person, pk)
    require_on(request.person, AREA, Level.EDIT, incident)
    if request.method != "POST":
        return _page(request, incident, {"number": request.GET.get("number", "")})
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in TYPED}
    given = {kind: request.POST.getlist(kind) for kind in parts.KINDS}
    try:
        other = _done(request, incident, typed, given)
    except Refused as refusal:
        keep_refusal(request, refusal)
        return _page(request, seen(request.person, pk), typed, wrong=str(refusal))
    return redirect("incident-room", pk=other.pk)


def _done(
    request: PlacedRequest, incident: Incident, typed: dict[str, str], given: dict[str, list[str]]
) -> Incident:
    if typed["number"]:
        other = splitting.take_apart(
            incident, given, by=request.person, number=typed["number"], reason=typed["reason"]
        )
        says = gettext("%(number)s goes on by itself again; its clocks were reckoned anew.")
    else:
        other = splitting.split(
            incident, given, by=request.person, title=typed["title"], reason=typed["reason"], at=typed["at"]
        )
        says = gettext("%(number)s was split off. Classify it: its clocks follow from its own facts.")
    messages.success(request, says % {"number": other})
    return other


def _page(request: PlacedRequest, incident: Incident, typed: dict[str, str], wrong: str = "") -> HttpResponse:
    merged = list(splitting.merged_into(incident, request.person))
    context = {
        "incident": incident, "typed": typed, "wrong": wrong, "merged": merged, "most": parts.MOST,
        "groups": groups(request, incident, _chosen(request, merged)), "units": splitting.units_for(incident, request.person),
    }  # fmt: skip
    return render(request, "incidents/room/splitting.html", context, status=422 if wrong else 200)


def _chosen(request: PlacedRequest, merged: Collection[IncidentLink]) -> set[str]:
    """What is ticked: what was sent, else what came with the incident whose merge is to be undone."""
    if request.method == "POST":
        return {key for kind in parts.KINDS for key in request.POST.getlist(kind)}
    came: dict[str, Any] = next(
        (one.moved for one in merged if one.first.number == request.GET.get("number")), {}
    )
    return {key for keys in came.values() if isinstance(keys, list) for key in keys}


def groups(request: PlacedRequest, incident: Incident, ticked: Collection[str]) -> list[Group]:
    """All that may go, kind by kind; of many the first two hundred."""
    rows = parts.offered(incident, request.person)
    found = []
    for kind, title in titles().items():
        every = list(rows[kind][: parts.MOST + 1])
        more = rows[kind].count() - parts.MOST if len(every) > parts.MOST else 0
        shown = [_choice(kind, one, incident, ticked) for one in every[: parts.MOST]]
        found.append(Group(kind, title, shown, more))
    return [one for one in found if one.choices]


def titles() -> dict[str, str]:
    """What the kinds of parts are called, in the order in which they are shown."""
    return {
        "reports": gettext("Reports"), "entries": gettext("Entries of the timeline"), "indicators": gettext("Indicators"),
        "evidence": gettext("Evidence"), "tasks": gettext("Tasks"), "systems": gettext("Systems"), "sites": gettext("Sites"),
    }  # fmt: skip


def _choice(kind: str, one: Any, incident: Incident, ticked: Collection[str]) -> Choice:
    name, says = NAMES[kind](one, incident)
    return Choice(
        str(one.pk), name, says if len(says) <= SHORT else f"{says[:SHORT]}…", str(one.pk) in ticked
    )


Named = Callable[[Any, Incident], tuple[str, str]]  # Any: a part of whichever kind
NAMES: dict[str, Named] = {
    "reports": lambda one, incident: (
        f"{one.reference} {told.moment(one.received_at, incident.unit.time_zone)}", one.says),
    "entries": lambda one, incident: (told.moment(one.at, one.zone), one.told),
    "indicators": lambda one, incident: (str(one.get_kind_display()), one.in_short),
    "evidence": lambda one, incident: (str(one.piece.reference), str(one.piece.title)),
    "tasks": lambda one, incident: (str(one.standing.word), one.title_here),
    "systems": lambda one, incident: (str(one.code), str(one.name_here)),
    "sites": lambda one, incident: (str(one.code), str(one.name_here)),
}  # fmt: skip
urlpatterns = [path("incidents/<uuid:pk>/split/", show_splitting, name="incident-split")]
