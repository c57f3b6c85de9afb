"""Our scheme for programs: what is in force, an edited one brought in, and what an edition would change."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from keepwell.areas.incidents.models import SeverityScheme
from keepwell.areas.incidents.models.library import scheme_to_edit, shipped_text
from keepwell.areas.incidents.models.schemes import edition_now
from keepwell.areas.incidents.rules import schemes
from keepwell.areas.incidents.rules.schemes import saying, shifts
from keepwell.kernel.severity.differing import differences
from keepwell.kernel.severity.faults import Faulty
from keepwell.kernel.severity.text import LARGEST_BYTES
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right
from keepwell.platform.registers.api.problems import problem
from keepwell.platform.registers.api.uploads import sends_file, sent_file
from keepwell.platform.registers.writing import Mistakes

router = Router(tags=["incidents"])
MOST_TOLD = 100
FORM = sends_file(
    "The scheme as YAML or JSON, up to 200 KB.", "valid_from", "reason",
    valid_from={"type": "string", "format": "date", "description": "The first day; today or later."},
    reason="Why it is to differ; up to 500 characters.",
)  # fmt: skip


class LevelTold(Schema):
    """A level of the scheme."""

    level: int
    name: str
    says: str
    acknowledge: int = Field(description="Minutes to take it up.")
    group: int | None = Field(
        description="Minutes of whoever is on duty for the group; null: they are not woken."
    )
    contain: int = Field(description="Hours to contain it.")


class FactorOut(Schema):
    """What is asked of an incident."""

    name: str
    title: str
    kind: str
    asks: str
    choices: list[tuple[int, str]]
    is_own: bool = Field(description="Whether no shipped factor is called so.")
    is_needed: bool = Field(description="Whether clocks or the national scale need it.")


class RuleOut(Schema):
    """A rule of a heading."""

    level: int
    conditions: str
    says: str


class HeadingOut(Schema):
    """What is looked at, the highest rule first."""

    id: str
    title: str
    rules: list[RuleOut]
    none: str = Field(description="What is said where no rule holds.")


class SchemeOut(Schema):
    """The scheme in force, in the language of the request."""

    edition: int = Field(description="0: as shipped.")
    since: date | None
    levels: list[LevelTold]
    factors: list[FactorOut]
    group: list[HeadingOut]
    national: list[HeadingOut]
    shipped_text: str = Field(description="Version and SHA-256 of the scheme that comes with Keepwell.")
    text: str = Field(description="As YAML or JSON, to be edited and sent back.")


class DifferenceOut(Schema):
    """One thing that differs; before or after is empty where it is new or gone."""

    what: str
    before: str
    after: str


class ShiftOut(Schema):
    """An incident to which the same facts would give another level."""

    pk: UUID
    number: str
    title: str
    unit: str
    before: int
    after: int
    decided: int | None = Field(
        description="What stands, where somebody decided otherwise than the facts give."
    )


class EditionOut(Schema):
    """An edition: in what it differs from the one in force, once it has begun from the one before it, and what it changes."""

    id: UUID
    edition: int
    state: str
    valid_from: date
    reason: str
    version: int
    differences: list[DifferenceOut]
    reckoned: int = Field(
        description="Incidents of twelve months that you may see and that were reckoned anew."
    )
    shifts: list[ShiftOut]
    text: str


@router.get(
    "/severity-scheme", response=SchemeOut, operation_id="severity_scheme", summary="The scheme in force",
    openapi_extra=right("view incidents"),
)  # fmt: skip
def show_scheme(request: PersonRequest) -> dict[str, Any]:
    """Levels, factors and rules that count now, and the text to edit."""
    edition = edition_now()
    rules = edition.rules
    text = SeverityScheme.objects.get(pk=edition.pk).text if edition.pk else scheme_to_edit()
    return {
        "edition": edition.number, "since": edition.since, "levels": saying.levels(rules),
        "factors": saying.factors(rules), "group": saying.headings(rules.group, rules),
        "national": saying.headings(rules.national, rules), "shipped_text": shipped_text(),
        "text": text,
    }  # fmt: skip


@router.post(
    "/severity-scheme/editions", response={201: EditionOut}, operation_id="draft_severity_scheme",
    summary="Bring an edited scheme in as a draft", openapi_extra=right("edit incidents", **FORM),
)  # fmt: skip
def draft(request: PersonRequest) -> Status[dict[str, Any]] | HttpResponse:
    """A second person approves it. 422 with every fault of the file, 409 with a sentence if it cannot be."""
    file = sent_file(request, most_bytes=LARGEST_BYTES)
    day = _day(request.POST.get("valid_from", ""))
    try:
        made = schemes.draft_scheme(
            file.read(), valid_from=day, reason=request.POST.get("reason", ""), by=request.person
        )
    except Faulty as wrong:
        faults = [saying.fault_here(one) for one in wrong.faults[:MOST_TOLD]]
        return problem(422, _("Nothing was written: the file is no scheme."), errors=faults)
    return Status(201, _told(made, request))


def _day(text: str) -> date:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise Mistakes({"valid_from": [_("Write a day as 2025-11-14.")]})
    return found


@router.get(
    "/severity-scheme/editions/{uuid:pk}", response=EditionOut, operation_id="severity_scheme_edition",
    summary="What an edition changes", openapi_extra=right("view incidents", access=Access.OBJECT),
)  # fmt: skip
def show_edition(request: PersonRequest, pk: UUID) -> dict[str, Any]:
    """In what it differs from the edition in force (once it has begun: from the one before it), and the incidents of twelve
    months that you may see whose level would be another. 404 if it may not be seen."""
    found = SeverityScheme.objects.visible_to(request.person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return _told(found, request)


def _told(found: SeverityScheme, request: PersonRequest) -> dict[str, Any]:
    base = found.compared_with.rules
    changed = shifts.shifts(found.rules, request.person)
    return {
        "id": found.pk, "edition": found.edition, "state": found.state, "valid_from": found.valid_from,
        "reason": found.reason, "version": found.version,
        "differences": saying.told(differences(base, found.rules), base, found.rules),
        "reckoned": changed.reckoned, "shifts": changed.rows, "text": found.text,
    }  # fmt: skip
