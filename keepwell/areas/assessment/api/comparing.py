"""What answers come to, for programs: the heat map, the sentence behind a number, the years, the board of a cycle."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Cycle, View
from keepwell.areas.frameworks.models import MOST_DEEP
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access
from keepwell.platform.people.permissions import units_seen
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers.api.door import right
from keepwell.platform.tree.models import Unit

router = Router(tags=["maturity"])
READING = right("view assessment", access=Access.OBJECT)
SEEN = Query(View.COUNTING, description="counting, self, validated, consultant, audit or imported.")
WHERE = Query(..., max_length=20, description="Code of a unit.")
WHAT = Query("", max_length=60, description="Code of a requirement; empty: the whole.")
SCOPE = Query(rules.TOGETHER, max_length=10, description="it, ot, combined or together.")


class CellOut(Schema):
    """One figure. Printed values have one decimal, halves up; exact ones are fractions as text."""

    scope: str = Field(description="it, ot, combined or together.")
    code: str = Field(description="Of the requirement; empty: the whole.")
    value: Decimal | None = Field(description="As printed; null: not enough is answered.")
    exact: str | None
    target: Decimal | None
    last: Decimal | None = Field(description="Of the cycle before.")
    is_last_estimated: bool = Field(description="It stood on another version of the framework.")
    answered: int
    applicable: int
    sites: int = Field(description="How many sites count.")
    below: int = Field(description="How many of them lie below their own target.")


class RowOut(Schema):
    """A unit with its figures."""

    unit: str = Field(description="Code.")
    name: str
    kind: str
    depth: int
    assessments: dict[str, UUID] = Field(description="Of the unit itself, by scope.")
    cells: list[CellOut]


class MapOut(Schema):
    """A cycle by unit and requirement."""

    cycle: str
    state: str
    framework: str
    method: str
    weights: str
    counting: str = Field(
        description="The sources whose scores count, the first one with an answer before the others."
    )
    view: str
    columns: list[str] = Field(description="Codes of the requirements, in order.")
    scopes: list[str]
    rows: list[RowOut]


class PartOut(Schema):
    """One of the values that a value was made of."""

    code: str
    name: str
    value: Decimal


class WhyOut(Schema):
    """A number explained."""

    value: Decimal | None
    exact: str | None
    sentence: str
    weakest: str
    left_out: str
    arithmetic: str
    parts: list[PartOut]


class PointOut(Schema):
    """A unit in one year."""

    year: int
    cycle: str
    state: str
    framework: str = Field(description="The version on which the figure lies.")
    value: Decimal | None
    exact: str | None
    target: Decimal | None
    sites: int
    is_estimated: bool = Field(description="Answered on an older version, restated through the crosswalk.")


class TrendOut(Schema):
    """The years of a unit."""

    points: list[PointOut]
    restated: list[PointOut] = Field(description="Years on older versions, restated on the newest.")
    breaks: list[int] = Field(description="Years in which another version began.")


class ProgressOut(Schema):
    """How far one assessment is."""

    assessment: UUID
    unit: str
    scope: str
    state: str
    due_on: str
    is_late: bool
    answered: int
    leaves: int
    sources: list[str]


@router.get("/cycles/{uuid:pk}/heat-map", response=MapOut, operation_id="read_cycles_heat_map",
            summary="Read the heat map of a cycle", openapi_extra=READING)  # fmt: skip
def read_map(
    request: PersonRequest, pk: UUID, view: View = SEEN,
    depth: int = Query(0, ge=0, lt=MOST_DEEP, description="0 functions, 1 categories, and so on down."),
) -> Any:  # fmt: skip
    """The units you may see, those above sites only where you see everything below."""
    cycle = seen_cycle(request.person, pk)
    found = rules.heat_map(cycle, person=request.person, view=view, depth=depth)
    return {
        "cycle": cycle.name, "state": cycle.state, "framework": cycle.framework_version.code, "method": cycle.method,
        "weights": cycle.weights, "counting": cycle.counting, "view": view, "columns": [line.code for line in found.columns],
        "scopes": list(found.scopes), "rows": [_row(one) for one in found.rows],
    }  # fmt: skip


@router.get("/cycles/{uuid:pk}/why", response=WhyOut, operation_id="explain_cycles_cell",
            summary="Read why a number is what it is", openapi_extra=READING)  # fmt: skip
def read_why(request: PersonRequest, pk: UUID, unit: str = WHERE, scope: str = SCOPE, code: str = WHAT,
             view: View = SEEN) -> Any:  # fmt: skip
    """The sentence with its arithmetic, in your language, and the parts to go on from."""
    cycle = seen_cycle(request.person, pk)
    told = rules.why(cycle, seen_unit(request.person, unit), scope, code, person=request.person, view=view)
    if told is None:
        raise Http404
    return why_out(told)


def why_out(told: rules.Told) -> dict[str, Any]:
    """An explanation as programs read it."""
    return {
        "value": rules.shown(told.value), "exact": _exact(told.value), "sentence": told.sentence,
        "weakest": told.weakest, "left_out": told.left_out,
        "arithmetic": told.explanation.arithmetic() if told.explanation else "",
        "parts": [{"code": key, "name": name, "value": value} for key, name, value in told.parts],
    }  # fmt: skip


@router.get("/cycles/{uuid:pk}/trend", response=TrendOut, operation_id="read_cycles_trend",
            summary="Read the years of a unit", openapi_extra=READING)  # fmt: skip
def read_trend(request: PersonRequest, pk: UUID, unit: str = WHERE, scope: str = SCOPE, code: str = WHAT,
               view: View = SEEN) -> Any:  # fmt: skip
    """The years up to this cycle, each on the version it was answered on, and older ones restated."""
    cycle = seen_cycle(request.person, pk)
    found = rules.trend(
        cycle, seen_unit(request.person, unit), person=request.person, scope=scope, code=code, view=view
    )
    return {
        "points": [_point(one) for one in found.points], "restated": [_point(one) for one in found.restated],
        "breaks": list(found.breaks),
    }  # fmt: skip


@router.get("/cycles/{uuid:pk}/board", response=list[ProgressOut], operation_id="read_cycles_board",
            summary="Read who is how far", openapi_extra=READING)  # fmt: skip
def read_board(request: PersonRequest, pk: UUID) -> Any:
    """The assessments of a cycle that you may see, by code of the site."""
    found = rules.board(seen_cycle(request.person, pk), person=request.person)
    return [
        {
            "assessment": one.assessment.pk, "unit": one.assessment.unit.code, "scope": one.assessment.scope,
            "state": one.assessment.state, "due_on": one.assessment.due_on.isoformat(),
            "is_late": one.assessment.is_late, "answered": one.answered, "leaves": one.leaves,
            "sources": sorted(one.sources),
        } for one in found
    ]  # fmt: skip


def seen_cycle(person: Person, pk: UUID) -> Cycle:
    """The cycle, if the person may see it; absent else."""
    rows = Cycle.objects.select_related("unit", "framework_version", "scale", "previous__framework_version")
    found = visible_to(rows, person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def seen_unit(person: Person, code: str) -> Unit:
    """The unit called so, where the person has any right."""
    found = units_seen(person).filter(code=code).first() if "\x00" not in code else None
    if found is None:
        raise BadRequest(_("No unit is called “%(text)s”.") % {"text": code})
    return found


def _row(one: rules.Row) -> dict[str, Any]:
    return {
        "unit": one.unit.code, "name": one.unit.name, "kind": one.unit.kind, "depth": one.depth,
        "assessments": {scope: held.pk for scope, held in one.assessments.items()},
        "cells": [_cell(scope, code, cell) for (scope, code), cell in one.cells.items()],
    }  # fmt: skip


def _cell(scope: str, code: str, cell: rules.Cell) -> dict[str, Any]:
    spread = cell.spread
    return {
        "scope": scope, "code": code, "value": cell.shown, "exact": _exact(cell.value), "target": cell.shown_target,
        "last": rules.shown(cell.last), "is_last_estimated": cell.is_last_estimated, "answered": cell.answered,
        "applicable": cell.applicable, "sites": cell.sites, "below": spread.below if spread else 0,
    }  # fmt: skip


def _point(one: rules.Point) -> dict[str, Any]:
    return {
        "year": one.year, "cycle": one.cycle, "state": one.state, "framework": one.version, "value": one.shown,
        "exact": _exact(one.value), "target": one.shown_target, "sites": one.sites, "is_estimated": one.is_estimated,
    }  # fmt: skip


def _exact(value: Any) -> str | None:
    return None if value is None else str(value)
