"""Incidents in figures, on a page and as a file."""

from __future__ import annotations

from io import BytesIO

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path

from keepwell.areas.incidents.rules import figures
from keepwell.platform.exchange.writers import write_csv, write_xlsx
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may_anywhere, require
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing.writers import WRITERS

AREA = "reporting"
"""Who may know the figures of a unit: the board does, and sees no incident by it."""
CSV = "text/csv; charset=utf-8"


@operation(Access.PERMISSION, AREA)
def show_figures(request: PlacedRequest) -> HttpResponse:
    """The year of the place: figures, by level, type and unit, and who decided on materiality."""
    person, place = request.person, request.place
    require(person, AREA, Level.VIEW, place.here)
    found = figures.figures(place.here, place.number)
    told = {
        "found": found, "charts": figures.charts(found), "sees_incidents": may_anywhere(person, "incidents", Level.VIEW),
        "decided": figures.decided(place.here, found.scope, person), "forms": figures.FORMS,
    }  # fmt: skip
    return render(request, "incidents/figures.html", told)


@operation(Access.PERMISSION, AREA, sensitive=True)
def take_figures(request: PlacedRequest, form: str) -> HttpResponse:
    """The same figures as a file, a row to each."""
    person, place = request.person, request.place
    require(person, AREA, Level.VIEW, place.here)
    if form not in figures.FORMS:
        raise Http404
    rows = figures.lines(figures.figures(place.here, place.number))
    if form == "csv":
        content, kind = b"".join(write_csv(figures.HEADINGS, rows)), CSV
    else:
        book = BytesIO()
        write_xlsx(figures.HEADINGS, rows, book)
        content, kind = book.getvalue(), WRITERS["xlsx"].content_type
    name = f"incidents-{place.number}-{place.here.code}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)


urlpatterns = [
    path("incident-figures/", show_figures, name="incident-figures"),
    path("incident-figures/take-out.<slug:form>", take_figures, name="incident-figures-take-out"),
]
