"""Incidents for programs, as far as they are no register: classifying, clocks, what a notice says."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from ninja import Field, Router, Schema

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.api import (
    attack,
    clocks,
    figures,
    indicators,
    outward,
    own,
    own_rules,
    past,
    schemes,
    splitting,
)
from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.models.reasons import Reasons
from keepwell.areas.incidents.rules import proposing
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right

router = Router(tags=["incidents"])
router.add_router("", clocks.router)
router.add_router("", past.router)
router.add_router("", own.router)
router.add_router("", own_rules.router)
router.add_router("", figures.router)
router.add_router("", outward.router)
router.add_router("", indicators.router)
router.add_router("", attack.router)
router.add_router("", splitting.router)
router.add_router("", schemes.router)


class FactsIn(Schema):
    """What is known of an incident; what is left out is not known yet."""

    facts: dict[str, bool | int | float | None] = Field(
        description='By factor of the scheme, as {"plant": 2}.', max_length=60
    )
    kind: str = Field("", max_length=40, description="Type of the taxonomy, as ransomware; empty: as it is.")
    level: int | None = Field(None, ge=0, le=4, description="Decides otherwise than the facts give.")
    reason: str = Field("", max_length=500, description="Why another level than the facts give.")


class WhyOut(Schema):
    """What one heading gives."""

    title: str
    sentence: str
    level: int
    decides: bool


class LevelOut(Schema):
    """The level of an incident, and why."""

    number: str
    state: str
    level: int
    reckoned: int = Field(description="What the facts give.")
    national_level: int | None = Field(description="By Taiwan's Cyber Security Management Act; null: none.")
    group: list[WhyOut]
    national: list[WhyOut]
    open: str = Field(description="Headings of which nothing is known yet.")


class ProposalOut(Schema):
    """What critical systems that an incident touches say of a factor."""

    factor: str
    value: bool | int | float
    systems: list[str] = Field(description="Codes of the systems that say so.")
    why: str
    stands: bool | int | float | None = Field(
        description="What the present classification holds; null: not known."
    )


@router.get(
    "/incidents/{uuid:pk}/proposed-facts", response=list[ProposalOut],
    operation_id="propose_facts", summary="What the systems touched say of the facts",
    openapi_extra=right("view incidents", access=Access.OBJECT),
)  # fmt: skip
def propose(request: PersonRequest, pk: UUID) -> list[dict[str, Any]]:
    """What the systems touched that you may see say; nothing is set by it: `classify` takes what you send. 404 if the
    incident may not be seen."""
    incident = Incident.objects.visible_to(request.person).filter(pk=pk).first()
    if incident is None:
        raise Http404
    return [
        {
            "factor": name,
            "value": one.value,
            "systems": one.systems,
            "why": one.why,
            "stands": incident.factors.get(name),
        }
        for name, one in proposing.proposals(incident, request.person).items()
    ]


@router.post(
    "/incidents/{uuid:pk}/classify",
    response=LevelOut,
    openapi_extra=right("edit incidents", access=Access.OBJECT),
)
def classify(request: PersonRequest, pk: UUID, body: FactsIn) -> dict[str, Any]:
    """Classify an incident from what is known of it. 404 if it may not be seen, 409 with a sentence if a fact cannot be."""
    incident = Incident.objects.visible_to(request.person).select_related("unit").filter(pk=pk).first()
    if incident is None:
        raise Http404
    rules.classify(
        incident, by=request.person, facts=body.facts, kind=body.kind, level=body.level, reason=body.reason
    )
    found: Reasons = incident.why_here
    return {
        "number": incident.number, "state": incident.state, "level": incident.level, "reckoned": found.level,
        "national_level": incident.national_level, "group": [vars(one) for one in found.group],
        "national": [vars(one) for one in found.national], "open": found.open,
    }  # fmt: skip
