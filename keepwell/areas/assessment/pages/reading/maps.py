"""The heat map, and one figure of it opened: beside it, or on a page of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from keepwell.areas.assessment.models import Assessment, View
from keepwell.areas.assessment.pages.reading.places import Stand
from keepwell.areas.assessment.rules import sharing
from keepwell.areas.assessment.rules.comparing import heat_map, views_of
from keepwell.areas.assessment.rules.reading.drills import Drill, drill
from keepwell.areas.assessment.rules.reading.maps import Sheet, laid_out
from keepwell.areas.assessment.rules.reading.shades import Colouring
from keepwell.areas.assessment.rules.reading.sheets import map_as_xlsx, map_without_names
from keepwell.areas.assessment.rules.reading.wishes import (
    EVERY,
    SCORES,
    By,
    Columns,
    Number,
    Order,
    address,
    at,
)
from keepwell.kernel.refusing import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may, require
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing.writers import WRITERS

PANEL = "drill"


@operation(Access.PERMISSION, "assessment")
def show_map(request: PlacedRequest) -> HttpResponse:
    """Site by function as far as the reader may see it, with a figure opened beside it if the address names one."""
    stand = Stand.of(request)
    if stand.found is None:
        return render(request, "assessment/reading/nothing.html", stand.context("maturity"))
    sheet = _sheet(stand)
    opened = None
    if stand.wish.spot.unit:
        opened = drill(stand.cycle, stand.wish, person=stand.person, shown=sheet.shown, opens=stand.opens)
        if opened is None:
            raise Http404
    context = stand.context("maturity", sheet=sheet, switches=_switches(stand, sheet), counts=_counts(sheet),
                            cells=stand.cells, take_out=_takings(stand), others=sheet.beside(stand.against),
                            **stand.beside("maturity"), **_folds(stand, sheet))  # fmt: skip
    return render(request, "assessment/reading/map.html", context | _opened(stand, opened))


@operation(Access.PERMISSION, "assessment")
def show_cell(request: PlacedRequest) -> HttpResponse:
    """One figure with its sentence and the way down: a page of its own; with a script the panel beside the map."""
    stand = Stand.of(request)
    opened = drill(stand.cycle, stand.wish, person=stand.person, opens=stand.opens)
    if opened is None:
        raise Http404
    context = stand.context("maturity", **_opened(stand, opened))
    if request.htmx and request.htmx.target == PANEL:
        answer = render(request, "assessment/reading/_drill.html", context)
        answer["HX-Push-Url"] = stand.on_map(stand.wish.spot)
        return answer
    return render(request, "assessment/reading/cell.html", context)


@operation(Access.PERMISSION, "assessment", sensitive=True)
def take_map(request: PlacedRequest) -> HttpResponse:
    """The map as it is wished, every line of it, as a workbook."""
    stand = Stand.of(request)
    content = map_as_xlsx(
        _sheet(stand, whole=True), stand.person.unit, request.place.day, request.place.language
    )
    name = f"maturity-{stand.cycle.year}-{stand.wish.by.value}.xlsx"
    return _file(content, WRITERS["xlsx"].content_type, name)


@operation(Access.PERMISSION, "assessment", sensitive=True, step_up=True)
def take_map_without_names(request: PlacedRequest) -> HttpResponse:
    """The sites of the map by their aliases, for others: by who may view the whole cycle."""
    stand = Stand.of(request)
    require(stand.person, "assessment", Level.VIEW, stand.cycle.unit)
    content = map_without_names(_sheet(stand, whole=True), request.place.day, request.place.language)
    return _file(content, WRITERS["xlsx"].content_type, f"maturity-{stand.cycle.year}-aliases.xlsx")


@operation(Access.PERMISSION, "assessment", sensitive=True)
def take_quartiles(request: PlacedRequest, form: str) -> HttpResponse:
    """How one's own sites lie, without a name, as a benchmark for others."""
    stand = Stand.of(request)
    if form not in sharing.FORMS:
        raise Http404
    try:
        content = sharing.quartiles_file(stand.cycle, form, person=stand.person)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(stand.link("maturity-spread"))
    return _file(content, sharing.FORMS[form], f"quartiles-{stand.cycle.year}.{form}")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)


def _takings(stand: Stand) -> list[tuple[str, str]]:
    """What of the map may be taken out: with names by everybody, for others by who views the whole cycle."""
    found = [(stand.link("maturity-take-out"), gettext("Workbook"))]
    if may(stand.person, "assessment", Level.VIEW, stand.cycle.unit):
        kept = stand.request.place.query() | stand.wish.query()
        found.append((stand.link("maturity-aliases"), gettext("Workbook, sites by aliases")))
        found += [
            (address(reverse("maturity-quartiles", args=[form]), kept), label)
            for form, label in (("csv", gettext("Quartiles for others, CSV")), ("json", gettext("Quartiles for others, JSON")))
        ]  # fmt: skip
    return found


def _sheet(stand: Stand, *, whole: bool = False) -> Sheet:
    wish = stand.wish.unfolded() if whole else stand.wish
    shown = heat_map(stand.cycle, person=stand.person, view=wish.score, depth=wish.depth)
    return laid_out(shown, wish, stand.request.place.unit)


def _opened(stand: Stand, opened: Drill | None) -> dict[str, Any]:
    """What the panel needs beside the figure: where its steps and parts open."""
    if opened is None:
        return {"drill": None}
    way = opened.way
    steps = [(step, stand.cell(step.spot) if step.spot else "") for step in way.steps] if way else []
    parts = [(name, value, stand.cell(spot)) for name, value, spot in way.parts] if way else []
    return {"drill": opened, "steps": steps, "parts": parts, "alone": stand.cell(opened.spot),
            "beside": stand.on_map(opened.spot), "close": stand.link("maturity"), "scores": _scores(stand, opened)}  # fmt: skip


def _scores(stand: Stand, opened: Drill) -> str:
    """Where all years of the figure stand, if it is what a site answers; "" else."""
    line, spot = opened.line, opened.spot
    if line is None or not line.is_leaf or spot.scope not in opened.row.assessments:
        return ""
    return at(address(reverse("maturity-scores"), stand.kept), spot.unit, spot.scope, spot.code)


def _switches(stand: Stand, sheet: Sheet) -> dict[str, Any]:
    """The switches above the map that have something to choose."""
    wish, last = stand.wish, sheet.cycle.previous
    colours = [(one.value, one.label) for one in Colouring if one is not Colouring.CHANGE or last is not None]
    return {
        "colour": stand.switch("colour", colours, wish.colour),
        "columns": stand.switch("columns", Columns.choices, wish.columns) if sheet.has_both else [],
        "score": stand.switch("score", [(view.value, view.label) for view in _views(stand)], wish.score),
        "by": stand.switch("by", By.choices, wish.by) if sheet.shown.outline.at_depth(1) else [],
        "order": stand.switch("order", Order.choices, wish.order),
        "number": stand.switch("number", Number.choices, wish.number),
        "last_year": last.year if last is not None else None,
    }  # fmt: skip


def _views(stand: Stand) -> list[View]:
    """Whose scores may be shown: always those that most cycles have, others where the cycle has any."""
    said = views_of(stand.cycle, stand.person) | {*SCORES, stand.wish.score}
    return [view for view in View if view in said]


def _folds(stand: Stand, sheet: Sheet) -> dict[str, Any]:
    """Where each company folds or unfolds."""
    opened = stand.wish.open - {EVERY}
    toggles = {
        line.unit.code: stand.link("maturity", open=",".join(sorted(opened ^ {line.unit.code})))
        for line in sheet.lines if line.folds
    }  # fmt: skip
    return {
        "toggles": toggles,
        "unfold": stand.link("maturity", open=EVERY),
        "fold": stand.link("maturity", open=""),
    }


def _counts(sheet: Sheet) -> dict[str, int]:
    """How many of the assessments in the map are validated."""
    held = [one for line in sheet.shown.rows for one in line.assessments.values()]
    return {"all": len(held), "validated": sum(one.state == Assessment.State.VALIDATED for one in held)}
