"""What is known of an attack, for programs, in the words of VERIS 1.4.1."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import Http404
from ninja import Field, Router, Schema

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules import attack
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right

router = Router(tags=["incidents"])
Word = Annotated[str, Field(max_length=80)]
Words = Annotated[list[Word], Field(max_length=attack.MOST)]


class AttackIn(Schema):
    """What is known; what is left out is not."""

    actor: Word = Field("", description="external, internal or partner.")
    actor_variety: Words = []
    motive: Words = []
    country: Words = Field([], description="Of the actor: two letters, as CN.")
    action: Word = Field(
        "", description="hacking, malware, social, error, misuse, physical or environmental."
    )
    variety: Words = Field([], description="Of the action, as Ransomware.")
    vector: Words = Field([], description="By which way, as Email attachment.")
    asset: Words = Field([], description="As S - Web application.")
    confidentiality: Word = Field("", description="Was data disclosed: Yes, No, Potentially or Unknown.")
    integrity: Words = []
    availability: Words = []


class AttackOut(AttackIn):
    """What is known, and the same in one line."""

    says: str


@router.get(
    "/incidents/{uuid:pk}/attack", response=AttackOut, operation_id="read_attack", summary="What is known of the attack",
    openapi_extra=right("view incidents", access=Access.OBJECT),
)  # fmt: skip
def read_attack(request: PersonRequest, pk: UUID) -> dict[str, Any]:
    """What somebody said of it; empty where its type alone tells what is likely. 404 if the incident may not be seen."""
    return _told(_seen(request, pk))


@router.post(
    "/incidents/{uuid:pk}/attack", response=AttackOut, operation_id="describe_attack",
    summary="Say what is known of the attack", openapi_extra=right("edit incidents", access=Access.OBJECT),
)  # fmt: skip
def describe_attack(request: PersonRequest, pk: UUID, body: AttackIn) -> dict[str, Any]:
    """Keep all that is known, in place of what stood there. 404 if the incident may not be seen, 409 with a sentence if
    VERIS has no such word."""
    incident = _seen(request, pk)
    attack.describe_attack(incident, by=request.person, known=body.dict())
    return _told(incident)


def _told(incident: Incident) -> dict[str, Any]:
    return incident.attack | {"says": attack.in_words(incident.attack)}


def _seen(request: PersonRequest, pk: UUID) -> Incident:
    found = Incident.objects.visible_to(request.person).select_related("unit").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
