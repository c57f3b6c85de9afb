"""The organization chart of a day."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from keepwell.areas.organization import rules
from keepwell.platform.people.operations import Access, operation


@operation(Access.PERMISSION, "organization")
def show_chart(request: HttpRequest) -> HttpResponse:
    """Group, companies and sites as they lay on the day of the place."""
    place: Any = request.place  # type: ignore[attr-defined]
    branch = rules.branch(place.unit, place.day, request.person)  # type: ignore[attr-defined]
    context = {"branch": branch, "drawing": rules.drawn(branch), "facts": rules.facts(place.unit, place.day)}
    return render(request, "organization/chart.html", context)


urlpatterns = [path("organization/chart/", show_chart, name="organization-chart")]
