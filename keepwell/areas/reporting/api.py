"""The outcomes of a year for programs: the same list as on the page and the command line."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from keepwell.areas.reporting import rules
from keepwell.platform.metrics.scope import running_year
from keepwell.platform.people.permissions import require, units_seen
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.tree.models import Unit

router = Router(tags=["outcomes"])
RIGHT = {"x-right": "view reporting", "x-access": "permission"}
FIRST_YEAR = 1990


class Restated(Schema):
    """What stands beside a frozen figure that no longer equals its records."""

    value: int | float | bool | None
    reason: str
    at: str


class Told(Schema):
    """One figure of the year."""

    id: str
    title: dict[str, str] = Field(description="By language: en, zh-Hant.")
    value: int | float | bool | None = Field(
        description="As kept once signed, else as counted now; null: no data."
    )
    unit: str = Field(description="count, people, person_times, hours, duration, sites, yes_no or score.")
    definition: dict[str, str] = Field(description="By language: en, zh-Hant.")
    state: str = Field(description="draft, signed_off or frozen.")
    records: int = Field(description="How many rows the figure opens.")
    digest: str = Field(description="SHA-256 over the natural keys of what was counted, 64 hex digits.")
    restated: Restated | None


class OutcomeList(Schema):
    """The outcomes of a year at a unit."""

    group: str
    year: int
    as_of: str = Field(description="The day as of which it was counted.")
    figures: list[Told]


@router.get("/outcomes/{year}", response=OutcomeList, operation_id="read_outcomes", summary="Read the outcomes of a year",
            openapi_extra=RIGHT)  # fmt: skip
def read_outcomes(
    request: HttpRequest, year: int, unit: str = Query("", description="Code; the group if not given.")
) -> Any:
    """The figures of a year at a unit where you may view publications."""
    return rules.outcomes(_place(request, unit, year), year).told()


@router.get("/outcomes/{year}/documents/{language}/{form}", operation_id="read_outcomes_document",
            summary="Read a document of a frozen year", openapi_extra=RIGHT)  # fmt: skip
def read_document(request: HttpRequest, year: int, language: str, form: str, unit: str = "") -> HttpResponse:
    """The document (pdf, docx, pptx, xlsx, md, json) as it was kept when the year was frozen; 404 before that."""
    content = rules.kept_document(_place(request, unit, year), year, language, form)
    if content is None:
        raise Http404
    headers = {
        "Content-Disposition": f'attachment; filename="outcomes-{year}-{language}.{WRITERS[form].extension}"'
    }
    return HttpResponse(content, content_type=WRITERS[form].content_type, headers=headers)


def _place(request: HttpRequest, code: str, year: int) -> Unit:
    """The unit asked for, where the person may view publications."""
    person: Any = request.person  # type: ignore[attr-defined]  # set by the middleware of people
    if not FIRST_YEAR <= year <= running_year():
        raise BadRequest(_("%(year)d is no year that can be told yet.") % {"year": year})
    seen = units_seen(person)
    unit = seen.filter(code=code).first() if code else seen.filter(kind=Unit.Kind.GROUP).first()
    if unit is None:
        raise Http404
    require(person, "reporting", Level.VIEW, unit)
    return unit
