"""The trail for programs: its rows, its newest checkpoint, and the proof of a row."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from keepwell.areas.administration.rules import trail
from keepwell.platform.history import proofs
from keepwell.platform.history.acting import Refused
from keepwell.platform.history.entries import rows
from keepwell.platform.history.standing import standing
from keepwell.platform.people.auditing import LONGEST_SEED, MOST_SAMPLED, asked, matching
from keepwell.platform.people.auditing import sample as drawn
from keepwell.platform.people.permissions import units_seen
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.tree.models import Unit

router = Router(tags=["trail"])
RIGHT = {"x-right": "view administration", "x-access": "permission", "x-sensitive": True}
MOST = 200
LARGEST = 2**63 - 1


class Row(Schema):
    """One sealed row of the trail."""

    row: int = Field(description="Its number in the trail, from 0.")
    at: str
    kind: str = Field(description="change, refusal, read or event.")
    who: str = Field(description="Empty if it was erased.")
    person: UUID | None = Field(description="Null for a machine or a stranger.")
    act: str
    record_type: str | None
    record: UUID | None
    version: int | None = Field(description="The record's version after a change.")
    unit: str | None = Field(description="Code of the unit.")
    batch: UUID | None
    answers: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


class Rows(Schema):
    """Sealed rows, the newest first."""

    items: list[Row]
    before: int | None = Field(description="Send it as `before` for the next page; null at the end.")


class Sample(Schema):
    """Rows drawn by a seed, the newest first."""

    items: list[Row]
    upto: int = Field(
        description="Drawn from rows of smaller numbers; send it with the seed to draw the same again."
    )


class Newest(Schema):
    """How the trail stands."""

    origin: str
    key: str = Field(description="The public key, as name+hash+base64.")
    size: int = Field(description="Rows under the newest checkpoint.")
    at: datetime | None
    checkpoint: str = Field(description="The signed note.")
    waiting: int = Field(description="Rows under no checkpoint yet.")
    lag_seconds: int = Field(description="For how long some row has been waiting at most.")


class Proof(Schema):
    """The proof of one row, in the form keepwell-proof/1."""

    format: str
    origin: str
    keys: list[str]
    leaf: int
    entry: dict[str, Any]
    who: dict[str, Any]
    what: dict[str, Any]
    size: int
    path: list[str]
    checkpoint: str


@router.get("/trail", response=Rows, operation_id="list_trail", summary="Read the trail", openapi_extra=RIGHT)
def list_trail(
    request: PersonRequest,
    person: str = Query("", description="Employee number, or the id that rows carry."),
    record: str = Query("", description="Id of a record."),
    act: str = Query("", description="As person.amend."),
    kind: str = Query("", description="change, refusal, read or event."),
    since: str = Query("", description="First day, as 2025-11-14, by the clocks of your unit."),
    until: str = Query("", description="Last day."),
    unit: str = Query("", description="Code; its rows and those of units below."),
    before: int | None = Query(None, description="Only rows of smaller numbers.", ge=0),
    size: int = Query(50, description="How many rows: 1 to 200.", ge=1, le=MOST),
) -> dict[str, Any]:
    """The sealed rows that you may read, the newest first. Reading them is kept in the trail."""
    try:
        told = {"person": person, "record": record, "verb": act, "kind": kind, "since": since, "until": until}
        found = matching(request.person, asked(told), _unit(request, unit))
    except Refused as refusal:
        raise BadRequest(str(refusal)) from refusal
    narrowed = found.filter(leaf__lt=before) if before is not None else found
    items = list(rows(narrowed.order_by("-leaf")[: size + 1]))
    codes = dict(
        Unit.objects.filter(pk__in={row.unit_id for row in items if row.unit_id}).values_list("pk", "code")
    )
    shown = items[:size]
    return {
        "items": [trail.as_object(row, codes) for row in shown],
        "before": shown[-1].leaf if len(items) > size else None,
    }


@router.get("/trail/sample", response=Sample, operation_id="sample_trail", summary="Draw a sample of the trail",
            openapi_extra=RIGHT)  # fmt: skip
def sample_trail(
    request: PersonRequest,
    sample: int = Query(..., description="How many rows: 1 to 1,000.", ge=1, le=MOST_SAMPLED),
    seed: str = Query(..., description="Any text; the same one draws the same rows again.", min_length=1,
                      max_length=LONGEST_SEED),
    upto: int | None = Query(None, description="Only rows of smaller numbers; all there are, if it is not sent.", ge=0),
    person: str = Query("", description="Employee number, or the id that rows carry."),
    record: str = Query("", description="Id of a record."),
    act: str = Query("", description="As person.amend."),
    kind: str = Query("", description="change, refusal, read or event."),
    since: str = Query("", description="First day, as 2025-11-14, by the clocks of your unit."),
    until: str = Query("", description="Last day."),
    unit: str = Query("", description="Code; its rows and those of units below."),
) -> dict[str, Any]:  # fmt: skip
    """Rows drawn at random by a seed from those you may read, the newest first: those with the smallest SHA-256 of
    "seed:row". The page and `keepwell trail sample` draw the same. Drawing is kept in the trail."""
    size = standing().size if upto is None else min(upto, LARGEST)
    try:
        told = {"person": person, "record": record, "verb": act, "kind": kind, "since": since, "until": until}
        found = drawn(matching(request.person, asked(told), _unit(request, unit)), sample, seed, size)
    except Refused as refusal:
        raise BadRequest(str(refusal)) from refusal
    items = list(rows(found.order_by("-leaf")))
    codes = dict(
        Unit.objects.filter(pk__in={row.unit_id for row in items if row.unit_id}).values_list("pk", "code")
    )
    return {"items": [trail.as_object(row, codes) for row in items], "upto": size}


def _unit(request: PersonRequest, code: str) -> Unit | None:
    if not code:
        return None
    found = units_seen(request.person).filter(code=code).first()
    if found is None:
        raise BadRequest(_("No unit has the code “%(code)s”.") % {"code": code[:40]})
    return found


@router.get("/trail/checkpoint", response=Newest, operation_id="read_checkpoint", summary="Read the newest checkpoint",
            openapi_extra=RIGHT)  # fmt: skip
def read_checkpoint(request: PersonRequest) -> dict[str, Any]:
    """The newest signed checkpoint, the public key, and what waits."""
    now = standing()
    return {
        "origin": now.origin, "key": now.key, "size": now.signed, "at": now.signed_at, "checkpoint": now.note,
        "waiting": now.open, "lag_seconds": now.lag_seconds,
    }  # fmt: skip


@router.get("/trail/{row}/proof", response=Proof, operation_id="prove_row", summary="Prove a row",
            openapi_extra={**RIGHT, "x-access": "object"})  # fmt: skip
def prove_row(request: PersonRequest, row: int) -> dict[str, Any]:
    """The proof that a row is in the trail, for rows and records you may see."""
    if not 0 <= row < 2**63 or trail.row_seen(request.person, row) is None:
        raise Http404
    return proofs.proof(row)
