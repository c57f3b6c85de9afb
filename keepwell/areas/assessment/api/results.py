"""A cycle for others, by programs: as OSCAL assessment results, and as quartiles without a name."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.api.comparing import seen_cycle, seen_unit
from keepwell.areas.assessment.rules import sharing
from keepwell.areas.frameworks.rules.oscal import writing
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import SENSITIVE, right

router = Router(tags=["maturity"])
Form = Literal["xml", "json"]
Plain = Literal["csv", "json"]
READING = right("view assessment", access=Access.OBJECT, **{SENSITIVE: True})
WHERE = Query(
    "", max_length=20, description="Code of a unit: it and all below it; empty: the unit of the cycle."
)


@router.get("/cycles/{uuid:pk}/assessment-results.{form}", operation_id="read_cycles_assessment_results",
            summary="Read a cycle as OSCAL assessment results", openapi_extra=READING)  # fmt: skip
def read_results(request: PersonRequest, pk: UUID, form: Form, unit: str = WHERE) -> HttpResponse:
    """OSCAL 1.1, as xml or json: the assessments that you may see, sixty at most; nobody is named in it."""
    cycle = seen_cycle(request.person, pk)
    where = seen_unit(request.person, unit) if unit else cycle.unit
    content = rules.assessment_results(cycle, where, form, person=request.person, most=rules.MOST_AT_ONCE)
    return _file(content, writing.FORMS[form], f"assessment-results-{cycle.year}.{form}")


@router.get("/cycles/{uuid:pk}/quartiles.{form}", operation_id="read_cycles_quartiles",
            summary="Read how the sites of a cycle lie, without a name", openapi_extra=READING)  # fmt: skip
def read_quartiles(request: PersonRequest, pk: UUID, form: Plain) -> HttpResponse:
    """By function and over all, IT and OT apart, of five sites at least; for who may view the cycle's unit whole."""
    cycle = seen_cycle(request.person, pk)
    content = sharing.quartiles_file(cycle, form, person=request.person)
    return _file(content, sharing.FORMS[form], f"quartiles-{cycle.year}.{form}")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)
