"""Indicators in a text, for programs: what would be added, before anything is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from ninja import Field, Router, Schema

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules import recognizing
from keepwell.kernel.indicators.recognizing import LONGEST_TEXT
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import right

router = Router(tags=["incidents"])


class TextIn(Schema):
    """A text that may hold indicators: a mail, a report, a table."""

    text: str = Field(max_length=LONGEST_TEXT, description="With or without fangs.")


class RecognizedOut(Schema):
    """What was recognized."""

    kind: str
    value: str = Field(description="As it is kept.")
    shown: str = Field(description="Written so that nobody opens it by mistake.")
    file_name: str = Field(description="Of the file beside a digest.")
    doubt: str = Field(
        description="version, private, word, empty or ours: why it may be none; empty: beyond doubt."
    )
    known: str = Field(description="here or retracted, where the incident has it; else empty.")
    also_in: list[str] = Field(
        description="Numbers of other incidents that have it, as far as you may see them."
    )


@router.post(
    "/incidents/{uuid:pk}/recognize-indicators", response=list[RecognizedOut],
    operation_id="recognize_indicators", summary="Recognize indicators in a text",
    openapi_extra=right("view incidents", access=Access.OBJECT),
)  # fmt: skip
def recognize(request: PersonRequest, pk: UUID, body: TextIn) -> list[dict[str, Any]]:
    """What the text holds, each with what is known of it; nothing is added. `add-indicators` adds what is beyond doubt, or
    what its `values` name. 404 if the incident may not be seen."""
    incident = Incident.objects.visible_to(request.person).select_related("unit").filter(pk=pk).first()
    if incident is None:
        raise Http404
    looked = recognizing.look_through(body.text)
    return [
        {
            "kind": one.found.kind, "value": one.found.value, "shown": one.row.shown, "file_name": one.found.file_name,
            "doubt": one.found.doubt, "known": _known(one), "also_in": [other.number for other in one.others],
        }
        for one in recognizing.offered(looked, incident, request.person)
    ]  # fmt: skip


def _known(one: recognizing.Offered) -> str:
    if one.known is None:
        return ""
    return "here" if one.known.retired_at is None else "retracted"
