"""The plan of a cycle: what is to be done first, what it costs, and what the year after would come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from keepwell.areas.assessment.models import Recommendation
from keepwell.areas.assessment.pages.reading.beside import linked
from keepwell.areas.assessment.pages.reading.places import Stand
from keepwell.areas.assessment.rules.comparing import TOGETHER, Cell, HeatMap, Row, heat_map
from keepwell.areas.assessment.rules.outlines import WHOLE, Outline
from keepwell.areas.assessment.rules.planning import sheets
from keepwell.areas.assessment.rules.planning.simulating import Simulation, simulate
from keepwell.areas.assessment.rules.reading import beside
from keepwell.areas.assessment.rules.reading.maps import name_of, narrowed, scope_name
from keepwell.areas.assessment.rules.reading.shades import told
from keepwell.areas.assessment.rules.reading.walks import label
from keepwell.areas.assessment.rules.reading.wishes import Spot, address, at
from keepwell.areas.improvement.models import Initiative
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level

MOST_GROUPS = 40
TO_TARGET = "target"


@dataclass(frozen=True)
class Pair:
    """A figure as it is and as it would be, as printed ("" where there is none), and where each leads: to the sentence
    behind it."""

    scope: str
    now: str
    then: str
    target: str
    rises: bool
    to_now: str = ""
    to_then: str = ""


@dataclass(frozen=True)
class Picked:
    """The simulated figure whose sentence stands above the tables: the one that the address names, else that of the
    whole."""

    row: Row
    scope: str
    code: str
    name: str


@operation(Access.PERMISSION, "assessment")
def show_plan(request: PlacedRequest) -> HttpResponse:
    """The plan of a cycle as far as the reader may see it."""
    stand = Stand.of(request)
    if stand.found is None:
        return render(request, "assessment/reading/nothing.html", stand.context("maturity-plan"))
    at_target = request.GET.get("cap") == TO_TARGET
    here = request.place.unit
    simulation = simulate(stand.cycle, person=stand.person, at_target=at_target)
    shown = narrowed(simulation.shown, here)
    row = next((one for one in shown.rows if here is not None and one.unit.pk == here.pk), None)
    row = row or (shown.rows[0] if shown.rows else None)
    picked = _picked(stand, shown, row)
    plan = sheets.plan_of(
        stand.cycle, shown.outline, person=stand.person, day=request.place.day,
        below=None if here is None or row is None or row.unit.pk != here.pk else here,
    )  # fmt: skip
    programmes = _programmes(stand)
    present = narrowed(heat_map(stand.cycle, person=stand.person), here)
    context = stand.context(
        "maturity-plan", plan=plan, row=row, 
        groups=[_group(stand, one, shown.outline, programmes) for one in plan.groups[:MOST_GROUPS]],
        left=max(len(plan.groups) - MOST_GROUPS, 0), lifted=simulation.lifted, next_year=stand.cycle.year + 1,
        caps=_caps(stand, at_target=at_target), may_decide=_may(stand), **_simulated(stand, simulation, row, picked),
        rows=[(one, _pairs(stand, one, WHOLE, shown.scopes)) for one in shown.rows if one is not row],
        improved=linked(stand, beside.improved(present), gettext("%(amount)s more")),
        concerns=linked(stand, beside.concerns(present), gettext("%(amount)s below")),
        scopes=[scope_name(scope) for scope in shown.scopes],
    )  # fmt: skip
    return render(request, "assessment/reading/plan.html", context)


def _may(stand: Stand) -> bool:
    """Whether the reader may decide about the cycle as a whole."""
    return may(stand.person, "assessment", Level.DECIDE, stand.cycle.unit) and not stand.request.place.is_past


def _caps(stand: Stand, *, at_target: bool) -> list[tuple[str, str, bool]]:
    return [
        (stand.link("maturity-plan"), gettext("Top of the scale"), not at_target),
        (stand.link("maturity-plan", cap=TO_TARGET), gettext("Target"), at_target),
    ]


def _picked(stand: Stand, shown: HeatMap, row: Row | None) -> Picked | None:
    """The figure that the address names, absent where the reader sees none there; else that of the whole of `row`."""
    spot = stand.wish.spot
    if not spot.unit:
        return None if row is None else Picked(row, _foremost_scope(row, shown.scopes), WHOLE, "")
    found = next((one for one in shown.rows if one.unit.code == spot.unit), None)
    line = next((one for one in shown.columns if one.code == spot.code), None)
    if found is None or found.cell(spot.scope, spot.code) is None:
        raise Http404
    return Picked(found, spot.scope, spot.code, "" if line is None else name_of(line))


def _foremost_scope(row: Row, scopes: tuple[str, ...]) -> str:
    """IT and OT together where a unit has a score of that, else the first scope that it has one in."""
    order = [TOGETHER, *(scope for scope in scopes if scope != TOGETHER)]
    told_of = (scope for scope in order if (cell := row.cell(scope)) is not None and cell.value is not None)
    return next(told_of, order[-1])


def _simulated(
    stand: Stand, simulation: Simulation, row: Row | None, picked: Picked | None
) -> dict[str, Any]:
    """Function by function as it is and as it would be, and the sentence behind the figure that is picked."""
    if row is None or picked is None:
        return {"functions": [], "whole": [], "why": None}
    shown = simulation.shown
    functions = [
        (name_of(line), line.code, _pairs(stand, row, line.code, shown.scopes)) for line in shown.columns
    ]
    return {
        "functions": functions, "whole": _pairs(stand, row, WHOLE, shown.scopes), "picked": picked,
        "first": _pair(stand, picked.row, picked.code, picked.scope), "first_scope": scope_name(picked.scope),
        "why": simulation.why(picked.row.unit, picked.scope, picked.code), "actions": _actions(stand, picked),
    }  # fmt: skip


def _actions(stand: Stand, picked: Picked) -> str:
    """Where the recommendations stand that became the actions behind a simulated figure."""
    asked = {"assessment__cycle": stand.cycle.natural_key(), "state": Recommendation.State.ACCEPTED.value}
    if picked.scope != TOGETHER:
        asked["assessment__scope"] = picked.scope
    if picked.row.assessments:
        asked["assessment__unit"] = picked.row.unit.code
    return address(reverse("recommendations"), stand.request.place.query(), asked)


def _pairs(stand: Stand, row: Row, code: str, scopes: tuple[str, ...]) -> list[Pair]:
    return [_pair(stand, row, code, scope) for scope in scopes]


def _pair(stand: Stand, row: Row, code: str, scope: str) -> Pair:
    cell = row.cell(scope, code)
    if cell is None:
        return Pair(scope_name(scope), "", "", "", rises=False)
    now, then = told(cell.last, cell.method), told(cell.value, cell.method)
    spot = Spot(row.unit.code, scope, code)
    return Pair(
        scope_name(scope), now, then, _aim(cell), rises=now != then,
        to_now=stand.cell(spot), to_then=f"{_on_plan(stand, spot)}#then",
    )  # fmt: skip


def _on_plan(stand: Stand, spot: Spot) -> str:
    """The plan with the sentence behind a simulated figure."""
    cap = {"cap": TO_TARGET} if stand.request.GET.get("cap") == TO_TARGET else {}
    return at(stand.link("maturity-plan", **cap), spot.unit, spot.scope, spot.code)


def _aim(cell: Cell) -> str:
    return "" if cell.target is None else told(cell.target, cell.method)


def _programmes(stand: Stand) -> dict[UUID, Initiative]:
    """The initiatives to which actions of the cycle belong, by id, as far as the reader may see them: one query."""
    rows = Initiative.objects.visible_to(stand.person).current()
    of_cycle = Recommendation.objects.current().filter(
        assessment__cycle=stand.cycle, action__initiative__isnull=False
    )
    return {one.pk: one for one in rows.filter(pk__in=of_cycle.values("action__initiative"))}


def _group(
    stand: Stand, one: sheets.Group, lines: Outline, programmes: dict[UUID, Initiative]
) -> dict[str, Any]:
    """A requirement with its sites, what it belongs to, where its recommendations are, and its initiatives."""
    parent = lines.by_code.get(one.line.parent)
    cycle = stand.cycle
    node = f"{cycle.framework_version.code}|{one.line.code}"
    return {
        "it": one, "name": label(one.line), "part_of": label(parent) if parent else "", "scope": scope_name(one.scope),
        "url": address(reverse("recommendations"), stand.request.place.query(), {
            "node": node, "assessment__scope": one.scope, "assessment__cycle": cycle.natural_key()}),
        "initiate": address(reverse("cycle-initiative", args=[cycle.pk]), stand.request.place.query(), {
            "code": one.line.code, "scope": one.scope}),
        "initiatives": sorted(
            (programmes[key] for key in one.initiatives if key in programmes), key=lambda each: each.code),
    }  # fmt: skip
