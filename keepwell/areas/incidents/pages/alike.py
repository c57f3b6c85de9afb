"""Reports like the one at hand, shown on its page; one incident is made of them from there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext

from keepwell.areas.incidents.models import Report
from keepwell.areas.incidents.models.intake import State
from keepwell.areas.incidents.rules import intake
from keepwell.areas.incidents.rules.alike import alike, join_all
from keepwell.platform.acts.act import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.noted import keep_refusal
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on

AREA = "incidents"
LONGEST_TITLE = 200


@operation(Access.OBJECT)
def show_alike(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The reports like this one that I may see; what is sent makes one incident of those chosen, or adds them to one."""
    rows = Report.objects.current().visible_to(request.person).select_related("unit", "incident")
    report = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        return _together(request, report)
    name = "incidents/_alike.html" if request.htmx else "incidents/alike.html"
    return render(request, name, _shown(request, report))


def _shown(request: PlacedRequest, report: Report, wrong: str = "") -> dict[str, Any]:
    found = alike(report, request.person)
    chosen = (
        request.POST.getlist("report") if wrong else [one.report.reference for one in found if one.is_free]
    )
    joins = {one.joins.pk: one.joins for one in found if one.joins is not None}
    may_edit = not request.place.is_past and may_on(request.person, AREA, Level.EDIT, report)
    return {
        "record": report, "found": found, "joins": list(joins.values()), "chosen": chosen, "wrong": wrong,
        "is_free": report.incident_id is None and report.state != State.SETTLED,
        "may_join": may_edit, "title": request.POST.get("title", ""), "most": LONGEST_TITLE,
    }  # fmt: skip


def _together(request: PlacedRequest, report: Report) -> HttpResponse:
    """Make one incident of the report and those chosen, or add them to the one that was named."""
    chosen, number = request.POST.getlist("report"), request.POST.get("number", "")
    try:
        if number:
            join_all(report, chosen, by=request.person, number=number)
            messages.success(request, gettext("The reports belong to %(number)s now.") % {"number": number})
            return redirect("reports-record", pk=report.pk)
        title = request.POST.get("title", "").strip()[:LONGEST_TITLE]
        if not title:
            raise Refused(gettext("Give the incident a title."))
        incident = intake.open_incident(report, by=request.person, title=title, also=" ".join(chosen))
    except Refused as refusal:
        keep_refusal(request, refusal)
        report.refresh_from_db()
        return render(request, "incidents/alike.html", _shown(request, report, str(refusal)), status=422)
    return redirect("incident-room", pk=incident.pk)


urlpatterns = [path("reports/<uuid:pk>/alike/", show_alike, name="report-alike")]
