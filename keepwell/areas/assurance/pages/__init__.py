"""Certificates seen site by standard, and those that end soon."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path

from keepwell.areas.assurance.pages.ending import ending
from keepwell.areas.assurance.pages.matrix import matrix
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may_anywhere
from keepwell.platform.people.roles import Level


@operation(Access.PERMISSION, "assurance")
def show_matrix(request: PlacedRequest) -> HttpResponse:
    """Site by standard, as of the day of the place."""
    place, person = request.place, request.person
    if place.unit is None:
        raise Http404
    may_edit = not place.is_past and may_anywhere(person, "assurance", Level.EDIT)
    context = {"matrix": matrix(person, place.unit, place.day), "may_edit": may_edit}
    return render(request, "assurance/matrix.html", context)


@operation(Access.PERMISSION, "assurance")
def show_ending(request: PlacedRequest) -> HttpResponse:
    """Certificates that end within 30, 90 and 180 days of the day of the place, and those that lapsed."""
    place, person = request.place, request.person
    if place.unit is None:
        raise Http404
    return render(request, "assurance/ending.html", {"ending": ending(person, place.unit, place.day)})


urlpatterns = [
    path("certificates/matrix/", show_matrix, name="certificates-matrix"),
    path("certificates/ending/", show_ending, name="certificates-ending"),
]
