"""The organization chart of a day."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path

from keepwell.areas.organization.rules import branch, drawn, facts
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation


@operation(Access.PERMISSION, "organization")
def show_chart(request: PlacedRequest) -> HttpResponse:
    """Group, companies and sites as they lay on the day of the place, drawn and as a list."""
    place, person = request.place, request.person
    if place.unit is None:
        raise Http404
    top = branch(place.unit, place.day, person)
    context = {"svg": drawn(top), "branch": top, "facts": facts(place.unit, place.day)}
    return render(request, "organization/chart.html", context)


urlpatterns = [path("organization/chart/", show_chart, name="organization-chart")]
