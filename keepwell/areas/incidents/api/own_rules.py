"""The group's own rules of notification for programs: looked at, brought in as drafts, taken out as a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from keepwell.areas.incidents.models import OwnRule
from keepwell.areas.incidents.rules import own_rules
from keepwell.areas.incidents.rules.own_rules import Coming
from keepwell.kernel.clocks.written import LARGEST_BYTES
from keepwell.kernel.refusing import Refused
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.api.door import right
from keepwell.platform.tree.models import Unit

router = Router(tags=["incidents"])
AREA = "incidents"
YAML = {200: {"description": "Own rules, each in its newest edition.",
              "content": {"application/yaml": {"schema": {
                  "type": "object", "properties": {"rules": {"type": "array"}}, "required": ["rules"]}}}}}  # fmt: skip


class RulesIn(Schema):
    """Own rules, as a file holds them: as text, or as JSON."""

    text: str = Field("", max_length=LARGEST_BYTES, description="YAML or JSON; empty: see rules.")
    rules: list[dict[str, Any]] = Field(
        [], max_length=200, description="The rules themselves, each with the parts of an entry of a file."
    )
    unit: str = Field(max_length=40, description="Code of the unit; they bind it and all under it.")
    note: str = Field("", max_length=500, description="Why, and what is new.")


class ComingOut(Schema):
    """What a rule of the file becomes here."""

    rule: str
    edition: int
    is_same: bool = Field(
        description="Whether it is here already with this very text; then it does not come again."
    )
    replaces_shipped: bool = Field(description="Whether a rule that comes with Keepwell gives way to it.")
    triggered: str = Field(description="What triggers it, in words.")
    terms: list[str] = Field(description="By when what is due, in words.")
    approves: str = Field(description="Whom it names to approve its notices, in words; empty: nobody.")
    binds: list[str] = Field(description="Codes of the units that it would bind today.")
    contradictions: list[str] = Field(
        description="What contradicts it among the rules that are on, in sentences."
    )


class LookedOut(Schema):
    """What a file would bring; with a fault nothing comes."""

    coming: list[ComingOut]
    faults: list[str] = Field(description="Which rule, which stage, and what to do; one sentence each.")


class DraftOut(Schema):
    """A draft that came."""

    id: UUID
    rule: str
    edition: int


def place_of(person: Person, code: str) -> Unit:
    """The unit with `code` among those whose incidents `person` may see; Refused if there is none."""
    seen = Unit.objects.current().filter(pk__in=units_granted(person, AREA, Level.VIEW))
    found = seen.filter(code=code.strip()).first()
    if found is None:
        raise Refused(_("No unit is called “%(code)s” here; write its code.") % {"code": code})
    return found


def text_of(body: RulesIn) -> str | list[dict[str, Any]]:
    """The rules, whichever way they came."""
    return body.text or body.rules


def told(one: Coming) -> dict[str, Any]:
    """What a rule becomes, as programs read it."""
    return {
        "rule": one.rule.id, "edition": one.edition, "is_same": one.is_same, "replaces_shipped": one.replaces_shipped,
        "triggered": one.asks.triggered, "terms": one.asks.terms, "approves": one.asks.approves,
        "binds": [unit.code for unit in one.asks.units],
        "contradictions": one.asks.against,
    }  # fmt: skip


@router.post(
    "/own-rules/look", response=LookedOut, operation_id="look_at_own_rules", summary="Look what own rules would bring",
    openapi_extra=right("view incidents"),
)  # fmt: skip
def look(request: PersonRequest, body: RulesIn) -> dict[str, Any]:
    """What the rules would become here, whom they would bind today and what contradicts them; nothing is kept. 409 with
    a sentence if there is no such unit."""
    looked = own_rules.look(text_of(body), place_of(request.person, body.unit))
    return {"coming": list(map(told, looked.coming)), "faults": looked.faults}


@router.post(
    "/own-rules/bring-in", response={201: list[DraftOut]}, operation_id="bring_in_own_rules_as_written",
    summary="Bring in own rules as drafts", openapi_extra=right("edit incidents"),
)  # fmt: skip
def bring_in(request: PersonRequest, body: RulesIn) -> Status[list[dict[str, Any]]]:
    """Keep the rules as drafts, all or none; they hold once somebody confirms them. 409 with every fault."""
    unit = place_of(request.person, body.unit)
    made = own_rules.bring_in(text_of(body), unit=unit, by=request.person, note=body.note)
    return Status(201, [{"id": own.pk, "rule": own.rule, "edition": own.edition} for own in made])


@router.get(
    "/own-rules/file", operation_id="take_out_own_rules_as_file", summary="Own rules as a file",
    openapi_extra=right("view incidents", responses=YAML),
)  # fmt: skip
def take_out(request: PersonRequest) -> HttpResponse:
    """The own rules that you may see, each in its newest edition, as YAML that can be brought in."""
    text = own_rules.export(OwnRule.objects.visible_to(request.person).current())
    return HttpResponse(text, content_type="application/yaml; charset=utf-8")
