"""How other people sign in, for programs: the same rules as on the pages, and nothing that is secret."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from ninja import Field, Router, Schema

from keepwell.platform.identity import links, sessions, tending
from keepwell.platform.people.models import Account, Person
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import caller, right

router = Router(tags=["administration"])
LOOK = right("administer administration", access=Access.OBJECT)
CHANGE = right("administer administration", access=Access.OBJECT, step_up=True)
PLACE = "/people/{uuid:pk}/sign-in"


class FactorTold(Schema):
    """A second factor."""

    kind: str = Field(description="app or passkey.")
    label: str
    created_at: datetime
    used_at: datetime | None


class SessionTold(Schema):
    """A browser that is signed in now."""

    name: str = Field(description="What ends it; not its key.")
    device: str = Field(description="What the browser says of itself.")
    source: str = Field(description="The address from which it came.")
    begun_at: datetime
    seen_at: datetime


class SignInTold(Schema):
    """How somebody signs in."""

    sign_in_name: str
    is_open: bool
    has_password: bool
    factors: list[FactorTold]
    recovery_codes_left: int
    providers: list[str] = Field(description="Identity providers that vouch for this person.")
    sessions: list[SessionTold]


class Opening(Schema):
    """An account to be opened."""

    sign_in_name: str = Field(min_length=1, max_length=80)


class Opened(Schema):
    """What became of it."""

    sign_in_name: str
    link: str = Field(description="Sets the password once within 24 hours; empty where it went by mail.")


class Ending(Schema):
    """Which sessions end."""

    session: str = Field("", max_length=40, description="The name of one; empty ends all.")


class Resetting(Schema):
    """Why it may be done."""

    identified: str = Field(
        min_length=tending.SHORTEST_ACCOUNT,
        max_length=tending.LONGEST_ACCOUNT,
        description="How you made sure who asks, as: called back on the number in the staff list; the trail keeps it.",
    )


class HowMany(Schema):
    """How many there were."""

    count: int


def tended(pk: UUID, by: Person) -> Person:
    """The person, if `by` administers their unit."""
    found = tending.people_tended(by).select_related("account", "unit").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def accounted(pk: UUID, by: Person) -> Person:
    """The same, with a way to sign in."""
    found = tended(pk, by)
    if not Account.objects.filter(person=found).exists():
        raise Http404
    return found


@router.get(
    PLACE,
    response=SignInTold,
    operation_id="read_sign_in",
    summary="How somebody signs in",
    openapi_extra=LOOK,
)
def read(request: PersonRequest, pk: UUID) -> dict[str, Any]:
    """Account, second factors, identity providers and open sessions of somebody whose unit one administers."""
    person = accounted(pk, caller(request))
    account = person.account
    return {
        "sign_in_name": account.sign_in_name, "is_open": account.is_active,
        "has_password": account.has_usable_password(), "factors": list(account.factors.order_by("pk")),
        "recovery_codes_left": account.recovery_codes.filter(used_at=None).count(),
        "providers": list(person.identities.order_by("provider").values_list("provider", flat=True)),
        "sessions": sessions.seats(account),
    }  # fmt: skip


@router.post(f"{PLACE}/end-sessions", response=HowMany, operation_id="end_sessions", summary="End sessions of somebody",
             openapi_extra=CHANGE)  # fmt: skip
def end(request: PersonRequest, pk: UUID, body: Ending) -> dict[str, Any]:
    """They are out with the next request of that browser, or of every one."""
    by = caller(request)
    return {"count": tending.end_sessions(accounted(pk, by), by=by, name=body.session)}


@router.post(f"{PLACE}/reset-factors", response=HowMany, operation_id="reset_factors",
             summary="Take the second factors of somebody away", openapi_extra=CHANGE)  # fmt: skip
def reset(request: PersonRequest, pk: UUID, body: Resetting) -> dict[str, Any]:
    """For who lost them; the person is told, and every session ends."""
    by = caller(request)
    return {"count": tending.reset_factors(accounted(pk, by), by=by, identified=body.identified)}


@router.post(f"{PLACE}/open", response=Opened, operation_id="open_account", summary="Let somebody sign in",
             openapi_extra=CHANGE)  # fmt: skip
def open_account(request: PersonRequest, pk: UUID, body: Opening) -> dict[str, Any]:
    """By a link that sets the password once; it goes by mail, and is shown only where no mail leaves."""
    by = caller(request)
    account = tending.open_account(tended(pk, by), body.sign_in_name, by=by)
    link = links.make(account, lasts=links.GIVEN, by=by)
    if links.is_mailed(account):
        links.send(account, link)
        link = ""
    return {"sign_in_name": account.sign_in_name, "link": link}


@router.post(f"{PLACE}/close", response=HowMany, operation_id="close_account", summary="Let somebody sign in no more",
             openapi_extra=CHANGE)  # fmt: skip
def close(request: PersonRequest, pk: UUID) -> dict[str, Any]:
    """From the next request on; tokens end with it. Tells how many sessions ended."""
    by = caller(request)
    person = accounted(pk, by)
    count = len(sessions.seats(person.account))
    tending.close_account(person, by=by)
    return {"count": count}
