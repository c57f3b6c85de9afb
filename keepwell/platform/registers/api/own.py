"""What the API tells of itself, of the caller, and of work in the background."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from ninja import Field, Router, Schema

from keepwell.platform.jobs.models import Job, summary
from keepwell.platform.people.errands import jobs_seen
from keepwell.platform.people.permissions import grants_in_force
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import caller, right

router = Router(tags=["keepwell"])


class Right(Schema):
    """A role held at a unit and below it."""

    role: str = Field(description="The role, as site_officer.")
    unit: str = Field(description="Code of the unit.")
    since: str = Field(description="First day.")
    until: str | None = Field(description="Last day; null means still.")
    only: str | None = Field(description="The one record it is narrowed to: kind and id.")


class Me(Schema):
    """Whose rights this request has."""

    number: str = Field(description="Employee number.")
    name: str
    unit: str = Field(description="Code of the unit.")
    language: str = Field(description="en or zh-hant.")
    rights: list[Right]


class JobState(Schema):
    """How far a piece of background work is."""

    id: UUID
    name: str
    state: str = Field(description="queued, running, done or dead (given up).")
    done: int = Field(description="Steps done.")
    total: int | None = Field(description="Steps in all; null while unknown.")
    message: str
    result: dict[str, Any]
    error: str


@router.get("/me", response=Me, operation_id="me", summary="Who am I", openapi_extra=right("login"))
def me(request: PersonRequest) -> dict[str, Any]:
    """The person that the token or session stands for, and that person's rights today."""
    person = caller(request)
    grants = grants_in_force(person).select_related("unit").order_by("unit__code", "role", "pk")
    rights = [
        {
            "role": grant.role,
            "unit": grant.unit.code,
            "since": str(grant.since),
            "until": str(grant.until) if grant.until else None,
            "only": f"{grant.only_register} {grant.only_id}" if grant.only_id else None,
        }
        for grant in grants
    ]
    return {"number": person.number, "name": person.name, "unit": person.unit.code,
            "language": person.language, "rights": rights}  # fmt: skip


@router.get(
    "/jobs/{uuid:pk}",
    response=JobState,
    operation_id="read_job",
    summary="Read a job",
    openapi_extra=right("login"),
)
def read_job(request: PersonRequest, pk: UUID) -> dict[str, Any]:
    """Background work that you asked for; with the right to view administration, that of your units."""
    person = caller(request)
    found = Job.objects.filter(pk=pk, person_id=person.pk).first() or jobs_seen(person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return summary(found)
