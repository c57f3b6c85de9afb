"""Incidents in figures for programs."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema

from keepwell.areas.incidents.rules import figures
from keepwell.platform.metrics.scope import running_year
from keepwell.platform.people.permissions import require, units_seen
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.api.door import right
from keepwell.platform.tree.models import Unit

router = Router(tags=["incidents"])
AREA = "reporting"
FIRST_YEAR, LAST_YEAR = 1990, 2200


class Counted(Schema):
    """How many incidents are of one level or type."""

    id: str = Field(description='Level or type; "": not classified.')
    title: str
    count: int


class UnitFigures(Schema):
    """The figures of a unit and all below it."""

    unit: str = Field(description="Code of the unit.")
    figures: dict[str, float | None] = Field(
        description="By metric, as incidents.time_to_contain (hours, median); null: no data, which is not zero."
    )


class FiguresOut(Schema):
    """The incidents of a unit and a year in figures."""

    unit: str
    year: int
    as_of: str
    figures: dict[str, float | None] = Field(description="By metric; GET /api/metrics says what each counts.")
    levels: list[Counted] = Field(description="Reported in the year, by their present level.")
    types: list[Counted]
    own_types: list[Counted] = Field(
        description="By the group's own types; each incident counts under its shipped type as well."
    )
    units: list[UnitFigures] = Field(description="One step below.")
    restricted: int = Field(
        description="Reported in the year and known to named people alone: a bare count, told of the group only."
    )


@router.get(
    "/incidents/figures", response=FiguresOut, operation_id="read_incident_figures", summary="Incidents in figures",
    openapi_extra=right(f"view {AREA}"),
)  # fmt: skip
def read_figures(request: PersonRequest, unit: str = "", year: int | None = None) -> dict[str, Any]:
    """The figures of a unit (else the group) and all below it in a fiscal year (else the running one)."""
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadRequest(_("Write a year, as 2023."))
    wanted = (
        units_seen(request.person).filter(code=unit) if unit else Unit.objects.filter(kind=Unit.Kind.GROUP)
    )
    place = wanted.first() if "\x00" not in unit else None
    if place is None:
        raise BadRequest(_("No unit is called “%(text)s”.") % {"text": unit})
    require(request.person, AREA, Level.VIEW, place)
    found = figures.figures(place, year or running_year())
    return {
        "unit": place.code, "year": found.scope.year.number, "as_of": found.scope.day.isoformat(),
        "figures": _told(found.whole), "levels": [vars(one) for one in found.levels],
        "types": [vars(one) for one in found.kinds], "own_types": [vars(one) for one in found.own],
        "restricted": found.restricted,
        "units": [{"unit": row.unit.code, "figures": _told(row)} for row in found.below],
    }  # fmt: skip


def _told(row: figures.Row) -> dict[str, float | None]:
    return {metric.name: one.value for metric, one in row.told}
