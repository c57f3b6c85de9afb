"""Clocks and notices for programs, as far as they are no register: those of one incident, and what a notice says."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from ninja import Field, Router, Schema

from keepwell.areas.incidents.models import Clock, Incident, IncidentNotice
from keepwell.areas.incidents.models.turns import Against, turns_of, waiting
from keepwell.areas.incidents.rules import notices
from keepwell.kernel.clocks.order import Turn
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right

router = Router(tags=["incidents"])
MOST_CLOCKS = 1_000


class ClockOut(Schema):
    """A duty to tell somebody, and how it stands."""

    id: UUID
    rule: str
    stage: str
    unit: str = Field(description="Code of the entity that must tell.")
    whom: str
    kind: str = Field(description="hard, soft, inbound, contractual or internal.")
    state: str = Field(description="waiting, running, met, late, missed or lapsed, as of now.")
    start: datetime | None
    due: datetime | None = Field(description="The regime’s or the contract’s; null where it sets none.")
    internal_due: datetime | None = Field(description="Our own, where there is no other.")
    done: datetime | None
    zone: str
    why: str = Field(description="The reckoning in sentences, in the language of the request.")
    waits: list[str] = Field(description="What must be told before it, in sentences.")
    contradictions: list[str] = Field(
        description="Terms that contradict its own, with their moments and what counsel has to decide."
    )
    reason: str = Field(description="Why it was late or missed, as somebody said.")
    notice: UUID | None = Field(description="The notice under it that was not discarded.")
    notice_state: str = Field(description="drafted, approved or sent; empty: none.")


@router.get(
    "/incidents/{uuid:pk}/clocks",
    response=list[ClockOut],
    openapi_extra=right("view incidents", access=Access.OBJECT),
)
def incident_clocks(request: PersonRequest, pk: UUID) -> list[dict[str, Any]]:
    """The clocks of an incident, those that end first before the others. 404 if it may not be seen."""
    if not Incident.objects.visible_to(request.person).filter(pk=pk).exists():
        raise Http404
    rows = Clock.objects.visible_to(request.person).current().filter(incident=pk)
    rows = rows.select_related("unit", "clause", "incident__unit").order_by("ends_at", "rule", "pk")[
        :MOST_CLOCKS
    ]
    standing = IncidentNotice.objects.visible_to(request.person).current().filter(clock__incident=pk)
    drawn = {notice.clock_id: notice for notice in standing.order_by("number")}
    clocks = list(rows)
    turns = turns_of(clocks)
    return [
        told(clock, drawn.get(clock.pk), [turn for turn in turns if turn.then.of is clock])
        for clock in clocks
    ]


def told(clock: Clock, notice: IncidentNotice | None, turns: list[Turn[Clock]]) -> dict[str, Any]:
    """A clock as programs read it."""
    return {
        "id": clock.pk, "rule": clock.rule, "stage": clock.stage, "unit": clock.unit.code, "whom": clock.whom,
        "kind": clock.duty, "state": clock.state_now, "start": clock.start_at, "due": clock.due_at,
        "internal_due": clock.internal_due_at, "done": clock.done_at, "zone": clock.zone, "why": clock.why,
        "waits": waiting(turns), "contradictions": [Against(turn, "").says for turn in turns if turn.contradicts],
        "reason": clock.reason, "notice": notice.pk if notice else None, "notice_state": notice.state if notice else "",
    }  # fmt: skip


class ContentsIn(Schema):
    """What a notice says: each content by its name in the rule."""

    recipient: str = Field(max_length=200)
    subject: str = Field(max_length=200)
    mail: str = Field("", max_length=254)
    contents: dict[str, str] = Field(
        description='By name, as {"cause": "…"}; what is left out is missing.', max_length=60
    )


class WrittenOut(Schema):
    """How far a notice is."""

    id: UUID
    state: str
    version: int
    complete: str
    missing: list[str]


@router.post(
    "/incident-notices/{uuid:pk}/write", response=WrittenOut,
    openapi_extra=right("edit incidents", access=Access.OBJECT),
)  # fmt: skip
def write_notice(request: PersonRequest, pk: UUID, body: ContentsIn) -> dict[str, Any]:
    """Write what a notice says. 404 if it may not be seen, 409 with a sentence if it cannot be changed any more."""
    rows = IncidentNotice.objects.visible_to(request.person)
    notice = rows.select_related("clock__incident__unit", "clock__clause").filter(pk=pk).first()
    if notice is None:
        raise Http404
    notices.write(notice, by=request.person, recipient=body.recipient, subject=body.subject, mail=body.mail,
                  contents=body.contents)  # fmt: skip
    missing = [one.name for one in notice.missing]
    return {"id": notice.pk, "state": notice.state, "version": notice.version, "complete": notice.complete,
            "missing": missing}  # fmt: skip
