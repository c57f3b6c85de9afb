"""What programs may do beyond registers: service accounts and their tokens, people from outside, the trail; SCIM
beside."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404
from ninja import Field, Router, Schema

from keepwell.areas.administration.api import evidence, health, one_record, sign_in, trail
from keepwell.areas.administration.rules import outside, services
from keepwell.platform.people.models import Outsider, Person, Service
from keepwell.platform.people.narrowing import read_scopes, read_sources
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.tokens import Narrowness
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers.api.door import caller, right
from keepwell.platform.registers.filtering import BadWish, named
from keepwell.platform.registers.writing import Mistakes
from keepwell.platform.tree.models import Unit

router = Router(tags=["administration"])
router.add_router("", evidence.router)
router.add_router("", health.router)
router.add_router("", trail.router)
router.add_router("", sign_in.router)
router.add_router("", one_record.router)
PROVED = {"x-step-up": True}
ADMINISTER = right("administer administration") | PROVED
VIEW = right("view administration", access=Access.OBJECT) | PROVED


class InvitationBody(Schema):
    """An external person to be."""

    name: str = Field(max_length=120)
    mail: str = Field(max_length=254, description="They sign in by this address.")
    organization: str = Field(max_length=120)
    role: str
    units: list[str] = Field(min_length=1, max_length=100, description="Codes of units.")
    until: date = Field(description="The last day, 366 days from today at most.")
    responsible: str = Field(description="Employee number of who answers for them.")
    language: str = "en"
    reason: str = Field(min_length=1, max_length=300)


class Extension(Schema):
    """A longer stay."""

    until: date = Field(description="The last day, 366 days from today at most.")
    reason: str = Field(min_length=1, max_length=300)


class TokenBody(Schema):
    """A token to be; empty lists mean all that the account may, from anywhere."""

    label: str = Field(min_length=1, max_length=80)
    days: int = Field(90, ge=1, le=365)
    scopes: list[str] = Field(default_factory=list, description="Area and level, as people:edit.")
    read_only: bool = False
    may_export: bool = Field(False, description="Whether it may take whole registers out.")
    sources: list[str] = Field(default_factory=list, description="Addresses or networks it may come from.")


class Named(Schema):
    """Who it became."""

    id: UUID
    number: str


class Secret(Schema):
    """A token, seen this once."""

    token: str


def meant(model: Any, name: str, text: str, by: Person) -> Any:
    """The record that `text` names, among those `by` may see; raises Mistakes."""
    try:
        return named(model, text, by)
    except BadWish as unknown:
        raise Mistakes({name: [str(unknown)]}) from unknown


def seen(model: Any, pk: UUID, by: Person) -> Any:
    """The record with this id, if `by` may see it."""
    found = visible_to(model.objects.select_related("unit"), by).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@router.post("/invitations", response=Named, operation_id="invite", summary="Invite an external person",
             openapi_extra=ADMINISTER)  # fmt: skip
def invite(request: PersonRequest, body: InvitationBody) -> dict[str, Any]:
    """An external person with a way to sign in, and a role at some units until the last day."""
    by = caller(request)
    told = outside.Invitation(
        name=body.name, mail=body.mail, organization=body.organization, role=body.role, until=body.until,
        units=tuple(meant(Unit, "units", code, by) for code in body.units), language=body.language,
        sponsor=meant(Person, "responsible", body.responsible, by),
    )  # fmt: skip
    person = outside.invite(told, by=by, reason=body.reason)
    return {"id": person.pk, "number": person.number}


@router.post("/external-people/{uuid:pk}/extend", response=Named, operation_id="extend_stay", summary="Extend a stay",
             openapi_extra=right("view administration", access=Access.OBJECT))  # fmt: skip
def extend(request: PersonRequest, pk: UUID, body: Extension) -> dict[str, Any]:
    """For who answers for an external person, or runs the platform where they work."""
    guest = seen(Outsider, pk, caller(request))
    outside.extend(guest, by=caller(request), until=body.until, reason=body.reason)
    return {"id": guest.pk, "number": guest.number}


@router.post("/service-accounts/{uuid:pk}/tokens", response=Secret, operation_id="issue_service_token",
             summary="Make a token of a service account", openapi_extra=VIEW)  # fmt: skip
def issue(request: PersonRequest, pk: UUID, body: TokenBody) -> dict[str, Any]:
    """A token as narrow as asked for; who makes it gains nothing by it."""
    service = seen(Service, pk, caller(request))
    less = Narrowness(read_scopes(body.scopes), body.read_only, read_sources(body.sources))
    secret = services.issue_token(
        service, by=caller(request), days=body.days, label=body.label, less=less, may_export=body.may_export
    )
    return {"token": secret}
