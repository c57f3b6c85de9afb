"""Playbooks as an incident takes them, and its tasks as its room shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext

from keepwell.areas.incidents.models import Clock, Incident, IncidentTask
from keepwell.areas.incidents.models.library import here
from keepwell.areas.incidents.models.own_rules import stage_here
from keepwell.areas.incidents.models.tasks import BY_CLOCK, After, Phase, doubt_of
from keepwell.areas.incidents.models.teams import teams_here
from keepwell.areas.incidents.pages.classifying import seen
from keepwell.areas.incidents.rules import tasks
from keepwell.areas.incidents.rules.timing import Timed
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.pages.templatetags.kw_words import clock, day
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import lacks
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.records.models import may_on

AREA = "incidents"
MOST = 100
SOON = timedelta(hours=2)
HOUR, DAY = 60, 60 * 24


@dataclass(frozen=True)
class Line:
    """One task as the room shows it: when it is due in words, and how that reads."""

    task: IncidentTask
    due: str
    icon: str
    tint: str
    doubt: str = ""

    @property
    def waits_for(self) -> str:
        """From which event its time will run, where that has not come; "" else."""
        if self.task.due_at is not None or not self.task.after:
            return ""
        return runs(self.task)


@dataclass(frozen=True)
class Tasks:
    """The tasks of an incident: the open ones by when they are due, how many have ended, and of which playbooks."""

    open: list[Line]
    ended: list[IncidentTask]
    tally: tasks.Tally
    playbooks: str


def shown(incident: Incident, person: Person) -> Tasks:
    """What the room shows to `person` of the tasks; at most a hundred that are open, and the last that ended."""
    rows = (
        IncidentTask.objects.current().filter(incident=incident).readable_by(person).select_related("person")
    )
    found = sorted(
        rows.filter(state=IncidentTask.State.OPEN).order_by("due_at", "number")[:MOST],
        key=lambda one: (one.due_at is None, one.due_at or incident.reported_at, one.number),
    )
    ended = list(
        rows.exclude(state=IncidentTask.State.OPEN)
        .select_related("done_by")
        .order_by("-done_at", "-number")[:MOST]
    )
    now, zone = moments.now(), incident.unit.time_zone
    for one in [*found, *ended]:
        one.incident = incident
    has_doubts = any(one.after in BY_CLOCK and one.due_at is None for one in found)
    clocks = list(Clock.objects.binding().filter(incident=incident)) if has_doubts else []
    titles = gettext(", ").join(here(title) for title in tasks.playbooks_of(incident, person))
    return Tasks(
        [replace(line(one, now, zone), doubt=doubt_of(clocks, one)) for one in found],
        ended,
        tasks.tally(incident, person),
        titles,
    )


def runs(one: Timed) -> str:
    """From what the time of `one` runs, as “2 h 0 min before the end of gdpr-33”."""
    told = {"span": span(timedelta(minutes=one.minutes or 0)), "event": After(one.after).label}
    if one.after not in BY_CLOCK:
        return gettext("%(span)s after %(event)s") % told
    told["rule"] = f"{one.rule}, {stage_here(one.rule, one.stage)}" if one.stage else one.rule
    if one.after == After.CLOCK_END:
        return gettext("%(span)s before the clock of %(rule)s ends") % told
    return gettext("%(span)s after the clock of %(rule)s starts") % told


def line(task: IncidentTask, now: datetime, zone: str) -> Line:
    """When `task` is due, in words: how late it is, its time today, or its day."""
    if task.due_at is None:
        return Line(task, gettext("waits"), "hourglass", "")
    if task.due_at < now:
        return Line(
            task, gettext("%(span)s late") % {"span": span(now - task.due_at)}, "alert-triangle", "bad"
        )
    at = clock(task.due_at, zone)
    is_today = day(task.due_at.astimezone(now.tzinfo)) == day(now) or task.due_at - now < timedelta(hours=12)
    told = at if is_today else f"{day(task.due_at)} {at}"
    return Line(task, told, "clock", "warn" if task.due_at - now <= SOON else "")


def span(left: timedelta) -> str:
    """A stretch of time in its two largest parts: 12 min, 1 h 19 min, 3 d 1 h; below a minute 1 min."""
    minutes = max(1, int(left.total_seconds() // 60))
    if minutes < HOUR:
        return gettext("%(minutes)d min") % {"minutes": minutes}
    if minutes < DAY:
        return gettext("%(hours)d h %(minutes)d min") % {"hours": minutes // HOUR, "minutes": minutes % HOUR}
    return gettext("%(days)d d %(hours)d h") % {"days": minutes // DAY, "hours": minutes % DAY // HOUR}


@dataclass(frozen=True)
class Offered:
    """A playbook as the page offers it."""

    code: str
    title: str
    fits: bool
    steps: list[dict[str, Any]]


@operation(Access.OBJECT)
def show_playbooks(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The playbooks that hold here, each with its tasks; what is sent is the one that is taken."""
    incident = seen(request.person, pk)
    if not may_on(request.person, AREA, Level.EDIT, incident):
        raise PermissionDenied(lacks(AREA, Level.EDIT, incident.unit))
    if request.method == "POST":
        try:
            made = tasks.take_playbook(incident, by=request.person, playbook=request.POST.get("playbook", ""))
        except Refused as refusal:
            return _page(request, incident, str(refusal), status=422)
        messages.success(request, gettext("%(count)d tasks were added.") % {"count": len(made)})
        return redirect("incident-room", pk=pk)
    return _page(request, incident)


def _page(request: PlacedRequest, incident: Incident, wrong: str = "", status: int = 200) -> HttpResponse:
    found = [
        Offered(
            plan.code,
            here(plan.title),
            bool(plan.kinds) and plan.fits(incident.kind),
            list(_told(plan.steps)),
        )
        for plan in tasks.plans(incident)
    ]
    context = {"incident": incident, "plans": found, "wrong": wrong}
    return render(request, "incidents/room/playbooks.html", context, status=status)


def _told(steps: Iterable[tasks.Step]) -> Iterable[dict[str, Any]]:
    for step in steps:
        yield {
            "title": here(step.title), "phase": Phase(step.phase).label, "role": ROLES[step.role].title,
            "team": teams_here(step.team), "when": runs(step),
        }  # fmt: skip


urlpatterns = [path("incidents/<uuid:pk>/playbook/", show_playbooks, name="incident-playbook")]
