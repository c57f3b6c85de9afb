"""Rights on one record, for programs."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema

from keepwell.areas.administration.rules import one_record
from keepwell.platform.people.models import Person
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import caller, right
from keepwell.platform.registers.filtering import BadWish, named
from keepwell.platform.registers.writing import Mistakes

router = Router(tags=["administration"])


class OneRecordBody(Schema):
    """A right on one record."""

    person: str = Field(max_length=64, description="Employee number.")
    record: str = Field(max_length=300, description="The address of its page, or REGISTER:KEY.")
    role: str
    until: date = Field(description="The last day, 366 days from today at most.")
    reason: str = Field(min_length=1, max_length=300)


class GivenOne(Schema):
    """The grant it became."""

    id: UUID
    standing: str = Field(description="given, or proposed while it waits for a second person.")


@router.post("/one-record-grants", response=GivenOne, operation_id="give_one_record",
             summary="Give a right on one record", openapi_extra=right("administer administration", step_up=True))  # fmt: skip
def give_one(request: PersonRequest, body: OneRecordBody) -> dict[str, Any]:
    """A role on one record alone, until the last day; it is ended as any other grant."""
    by = caller(request)
    try:
        to: Person = named(Person, body.person, by)
    except BadWish as unknown:
        raise Mistakes({"person": [str(unknown)]}) from unknown
    told = one_record.Wanted(to, body.record, body.role, body.until)
    grant = one_record.give_one(told, by=by, reason=body.reason)
    return {"id": grant.pk, "standing": grant.standing}
