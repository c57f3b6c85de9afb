"""The plan of a cycle, for programs: gaps by priority, what the plan would come to, and the consultant's list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from ninja import Field, Query, Router, Schema

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.api.comparing import (
    READING,
    SCOPE,
    WHAT,
    WhyOut,
    seen_cycle,
    seen_unit,
    why_out,
)
from keepwell.areas.assessment.rules.planning import telling
from keepwell.areas.frameworks.models import MOST_DEEP
from keepwell.kernel import moments
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right
from keepwell.platform.registers.api.uploads import sends_table, sent_file, unfit

router = Router(tags=["maturity"])
LARGEST_BYTES = 8 << 20
DEPTH = Query(0, ge=0, lt=MOST_DEEP, description="0 functions, 1 categories, and so on down.")
AT_TARGET = Query(False, description="Uplift counts up to the target only, else up to the top of the scale.")


class GroupOut(Schema):
    """A requirement in one scope, with the sites that share its gap."""

    code: str
    scope: str
    sites: int
    priority: Decimal = Field(description="Gap × weight ÷ effort, summed over the sites.")
    largest_gap: Decimal
    uplift: Decimal = Field(description="Levels expected of what is proposed and planned.")
    cost_per_level: dict[str, Decimal] = Field(description="By currency.")
    proposed: int
    declined: int
    planned: int
    late: int
    done: int
    dropped: int
    initiatives: int


class SimulatedOut(Schema):
    """A figure as it is and as it would be once the plan is carried out."""

    unit: str
    scope: str
    code: str = Field(description="Of the requirement; empty: the whole.")
    now: Decimal | None
    then: Decimal | None
    exact: str | None = Field(description="The simulated value as a fraction.")
    target: Decimal | None


class PlanOut(Schema):
    """The plan of a cycle as far as you may see it."""

    cycle: str
    groups: list[GroupOut]
    simulated: list[SimulatedOut]


@router.get("/cycles/{uuid:pk}/plan", response=PlanOut, operation_id="read_cycles_plan",
            summary="Read the plan of a cycle", openapi_extra=READING)  # fmt: skip
def read_plan(request: PersonRequest, pk: UUID, at_target: bool = AT_TARGET, depth: int = DEPTH) -> Any:
    """Gaps by priority, and each unit you may see as it would be once every action is done."""
    cycle = seen_cycle(request.person, pk)
    day = moments.today(request.person.unit.time_zone)
    return telling.plan_told(cycle, person=request.person, day=day, at_target=at_target, depth=depth)


@router.get("/cycles/{uuid:pk}/plan/why", response=WhyOut, operation_id="explain_cycles_plan",
            summary="Read why a simulated number is what it is", openapi_extra=READING)  # fmt: skip
def read_why(request: PersonRequest, pk: UUID, unit: str = Query(..., max_length=20), scope: str = SCOPE,
             code: str = WHAT, at_target: bool = AT_TARGET) -> Any:  # fmt: skip
    """The sentence with its arithmetic, in your language, and the parts to go on from."""
    cycle = seen_cycle(request.person, pk)
    depth = rules.outline(cycle.framework_version).depth_of(code)
    found = rules.simulate(cycle, person=request.person, depth=depth, at_target=at_target)
    told = found.why(seen_unit(request.person, unit), scope, code)
    if told is None:
        raise Http404
    return why_out(told)


@router.post("/cycles/{uuid:pk}/recommendations", operation_id="bring_in_cycles_recommendations",
             summary="Bring in a list of recommendations",
             openapi_extra=right("edit assessment", access=Access.OBJECT, **sends_table(
                 rules.LIST_HEADINGS, changed="How many recommendations were made or changed.")))  # fmt: skip
def bring_in(request: PersonRequest, pk: UUID) -> HttpResponse | dict[str, int]:
    """All or nothing: what a consultant recommends, site by site and requirement by requirement."""
    cycle = seen_cycle(request.person, pk)
    file = sent_file(request, most_bytes=LARGEST_BYTES)
    try:
        return {"changed": rules.bring_in_list(cycle, rules.read_list_upload(file), by=request.person)}
    except rules.Unfit as wrong:
        return unfit(wrong)
