"""The organization chart for programs, as a drawing or a file, and the report about a person."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from ninja import Field, Query, Router, Schema
from ninja.responses import Response

from keepwell.areas.organization.rules import chart_svg, sheets
from keepwell.kernel import moments
from keepwell.kernel.digests import digest
from keepwell.platform.exchange.files import fetch
from keepwell.platform.jobs.job import enqueue, retry
from keepwell.platform.jobs.models import Job, summary
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require, units_seen
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level
from keepwell.platform.privacy.rights import require_report
from keepwell.platform.privacy.telling import as_dict
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers.api.door import LATER
from keepwell.platform.tree.models import Unit

router = Router(tags=["organization"])
RIGHT = {"x-right": "view organization", "x-access": "permission"}
DRAWN = {**RIGHT, "responses": LATER}
Form = Literal["svg", "pdf", "docx", "pptx", "xlsx", "md", "json"]
Language = Literal["en", "zh-hant"]
TODAY = Query(None, description="The day whose structure holds; today if not given.")


@router.get("/organization/chart/{language}/{form}", operation_id="read_organization_chart",
            summary="Read the organization chart", openapi_extra=DRAWN)  # fmt: skip
def read_chart(
    request: PersonRequest, language: Language, form: Form,
    unit: str = Query("", description="Code; the group if not given."),
    day: date | None = TODAY,
) -> HttpResponse:  # fmt: skip
    """svg, md and json at once. For pdf, docx, pptx and xlsx 202 with a job, until the same address has the file."""
    person: Person = request.person
    place, on = _place(person, unit), day or moments.today()
    if form == "svg":
        return HttpResponse(chart_svg(place, on, language, person=person), content_type="image/svg+xml",
                            headers={"Content-Disposition": 'attachment; filename="organization-chart.svg"'})  # fmt: skip
    if form in sheets.AT_ONCE:
        return _file(sheets.write(place, on, language, form, person), form, language)
    job = _job(person, place, on, language, form)
    if job.state == Job.State.DONE:
        return _file(fetch(job.result["sha256"]), form, language)
    response = Response(summary(job), status=202)
    response["Location"] = reverse("api:read_job", kwargs={"pk": job.pk})
    return response


def _job(person: Person, place: Unit, on: date, language: str, form: str) -> Job:
    """The one job for this very content: asked for once, and again when it was given up."""
    content = sheets.document(place, on, language, person).digest
    asked: dict[str, Any] = {"unit": place.code, "day": on.isoformat(), "language": language, "form": form}
    key = digest([str(person.pk), content, *(f"{name}={value}" for name, value in asked.items())])
    job = enqueue(sheets.JOB, person_id=person.pk, key=f"chart {key}", **asked)
    if job.is_dead:
        retry(job)
        job.refresh_from_db()
    return job


def _place(person: Person, code: str) -> Unit:
    seen = units_seen(person)
    unit = seen.filter(code=code).first() if code else seen.filter(kind=Unit.Kind.GROUP).first()
    if unit is None:
        raise Http404
    require(person, "organization", Level.VIEW, unit)
    return unit


def _file(content: bytes, form: str, language: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{sheets.file_name(form, language)}"'}
    return HttpResponse(content, content_type=WRITERS[form].content_type, headers=headers)


class TableOut(Schema):
    """What one table holds of the person."""

    table: str = Field(description="As people.grant.")
    title: str
    if_erased: str = Field(description="kept (of a pseudonym) or deleted.")
    columns: list[str]
    not_told: list[str] = Field(description="Columns that are kept and shown to nobody.")
    rows: list[dict[str, Any]] = Field(description="Rows about the person, whole.")
    done: list[dict[str, Any]] = Field(
        description="Rows that name the person as who did something, in brief."
    )
    done_count: int


class ReportOut(Schema):
    """Everything that is kept about a person."""

    form: str
    person: str = Field(description="Employee number.")
    name: str
    made_at: str
    tables: list[TableOut]
    mentioned_in: list[str] = Field(description="Tables in which others wrote about the person.")
    mentions: list[dict[str, Any]] | None = Field(description="Those texts; null in a report about oneself.")


@router.get("/people/{uuid:pk}/report", operation_id="read_people_report", response=ReportOut,
            summary="Read everything that is kept about a person", url_name="report-people",
            openapi_extra={"x-right": "administer administration", "x-access": "object", "x-step-up": True,
                           "x-sensitive": True})  # fmt: skip
def read_report(request: PersonRequest, pk: UUID) -> Any:
    """Of oneself, or with the right to administer where the person is. A token must be one that may export."""
    about = visible_to(Person.objects.select_related("unit"), request.person).filter(pk=pk).first()
    if about is None:
        raise Http404
    require_report(request.person, about)
    return as_dict(about, with_mentions=about.pk != request.person.pk)
