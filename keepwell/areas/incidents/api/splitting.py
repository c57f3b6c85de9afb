"""Splitting an incident, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from ninja import Field, Router, Schema

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules import parts, splitting
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right

router = Router(tags=["incidents"])


class PartsIn(Schema):
    """What goes, by ids: of reports, timeline entries, indicators, links of evidence, tasks, systems and units."""

    reports: list[UUID] = Field([], max_length=parts.MOST)
    entries: list[UUID] = Field(
        [], max_length=parts.MOST, description="Entries that people wrote; latest revisions."
    )
    indicators: list[UUID] = Field([], max_length=parts.MOST)
    evidence: list[UUID] = Field([], max_length=parts.MOST, description="Links of evidence to the incident.")
    tasks: list[UUID] = Field([], max_length=parts.MOST)
    systems: list[UUID] = Field([], max_length=parts.MOST)
    sites: list[UUID] = Field([], max_length=parts.MOST)

    def given(self) -> dict[str, list[str]]:
        """The ids by kind."""
        return {kind: [str(key) for key in getattr(self, kind)] for kind in parts.KINDS}


class SplitIn(PartsIn):
    """A new incident out of parts of another."""

    title: str = Field(max_length=160)
    reason: str = Field(max_length=300, description="Why it is another matter.")
    at: str = Field(
        "", max_length=40, description="Code of its unit: the same, or one touched; empty: the same."
    )
    kind: str = Field("undetermined", max_length=40, description="Type of the taxonomy, as phishing.")


class ApartIn(PartsIn):
    """The undoing of a merge."""

    number: str = Field(max_length=20, description="Of the incident that was merged into this one.")
    reason: str = Field(max_length=300, description="Why they are not the same after all.")


class SplitOut(Schema):
    """The incident that goes on by itself."""

    id: UUID
    number: str
    aware_at: Any = Field(description="Since when the site is taken as aware of it.")


class PartOut(Schema):
    """A part that may go."""

    kind: str
    id: UUID
    says: str


@router.get(
    "/incidents/{uuid:pk}/parts", response=list[PartOut], operation_id="list_parts",
    summary="What of an incident may be split off", openapi_extra=right("view incidents", access=Access.OBJECT),
)  # fmt: skip
def list_parts(request: PersonRequest, pk: UUID) -> list[dict[str, Any]]:
    """Of each kind the first two hundred, as far as you may read them. 404 if the incident may not be seen."""
    rows = parts.offered(_seen(request, pk), request.person)
    return [
        {"kind": kind, "id": one.pk, "says": str(getattr(one, "told", one))}
        for kind, found in rows.items()
        for one in found[: parts.MOST]
    ]


@router.post(
    "/incidents/{uuid:pk}/split", response=SplitOut, operation_id="split_incident", summary="Split an incident",
    openapi_extra=right("edit incidents", access=Access.OBJECT),
)  # fmt: skip
def split(request: PersonRequest, pk: UUID, body: SplitIn) -> dict[str, Any]:
    """Let parts go to a new incident. 404 if the incident may not be seen, 409 with a sentence if a part is none of it."""
    made = splitting.split(
        _seen(request, pk), body.given(), by=request.person, title=body.title, reason=body.reason, at=body.at,
        kind=body.kind,
    )  # fmt: skip
    return {"id": made.pk, "number": made.number, "aware_at": made.awareness}


@router.post(
    "/incidents/{uuid:pk}/take-apart", response=SplitOut, operation_id="take_apart", summary="Undo a merge",
    openapi_extra=right("edit incidents", access=Access.OBJECT),
)  # fmt: skip
def take_apart(request: PersonRequest, pk: UUID, body: ApartIn) -> dict[str, Any]:
    """Let an incident that was merged into this one go on by itself. 404 if the incident may not be seen, 409 with a
    sentence if it was not merged, or a part is none of it."""
    found = splitting.take_apart(
        _seen(request, pk), body.given(), by=request.person, number=body.number, reason=body.reason
    )
    return {"id": found.pk, "number": found.number, "aware_at": found.awareness}


def _seen(request: PersonRequest, pk: UUID) -> Incident:
    found = Incident.objects.visible_to(request.person).select_related("unit", "lead").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
