"""A cycle for others, by programs: as OSCAL assessment results, as quartiles without a name, and as it was frozen."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

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
TAKING = right("view assessment", access=Access.OBJECT, step_up=True, **{SENSITIVE: True})
SEEING = right("view assessment", access=Access.OBJECT)
WHERE = Query(
    "", max_length=20, description="Code of a unit: it and all below it; empty: the unit of the cycle."
)


class KeptOut(Schema):
    """A year as it was frozen, or a restatement of it."""

    number: int = Field(description="0 as frozen; then each restatement.")
    digest: str = Field(description="SHA-256 of the file.")
    size_bytes: int
    reason: str
    taken_by: str = Field(description="Employee number.")
    taken_at: str
    file: str = Field(description="How the file stands to its digest now: whole, changed or missing.")


class RestatedOut(Schema):
    """A figure that came to something else since the year was frozen, as printed; empty where it had no score."""

    unit: str
    scope: str
    code: str = Field(description="Of the requirement; empty: the whole.")
    first: str
    last: str


class FrozenOut(Schema):
    """A frozen year looked over."""

    cycle: str
    is_sound: bool = Field(description="Every file and the records are as they were kept.")
    records_are_as_kept: bool | None = Field(description="null: the file kept last cannot be read as it was.")
    kept: list[KeptOut]
    restated: list[RestatedOut]


@router.get("/cycles/{uuid:pk}/frozen", response=FrozenOut, operation_id="read_cycles_frozen",
            summary="Look a frozen year over", openapi_extra=SEEING)  # fmt: skip
def read_frozen(request: PersonRequest, pk: UUID) -> dict[str, object]:
    """Each time it was kept, whether it is still so, and what restatements changed; for who may view the cycle's unit
    whole."""
    found = rules.frozen_year(seen_cycle(request.person, pk), person=request.person)
    if found is None:
        raise Http404
    return found.told()


@router.get("/cycles/{uuid:pk}/frozen/{int:number}", operation_id="read_cycles_frozen_file",
            summary="Read a frozen year as it was kept", openapi_extra=TAKING)  # fmt: skip
def read_frozen_file(request: PersonRequest, pk: UUID, number: int) -> HttpResponse:
    """The very file: 0 as frozen, then each restatement; its SHA-256 is the digest."""
    cycle = seen_cycle(request.person, pk)
    try:
        content = rules.kept_file(cycle, number, person=request.person)
    except (OSError, ValueError) as gone:
        raise BadRequest(_("The file is missing or no longer what was kept; a backup has it.")) from gone
    if content is None:
        raise Http404
    return _file(content, "application/json", f"frozen-{cycle.year}-{number}.json")


@router.get("/cycles/{uuid:pk}/assessment-results.{form}", operation_id="read_cycles_assessment_results",
            summary="Read a cycle as OSCAL assessment results", openapi_extra=TAKING)  # fmt: skip
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
