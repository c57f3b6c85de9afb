"""One thing done to many records by programs: what is meant as ids or as a filter, once for a key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from ninja.responses import Response

from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers import many
from keepwell.platform.registers.api.bodies import body_of
from keepwell.platform.registers.api.door import caller, level_of, right
from keepwell.platform.registers.listing import LARGEST, Wish, matching
from keepwell.platform.registers.many import deeds
from keepwell.platform.registers.models import Series
from keepwell.platform.registers.register import Register
from keepwell.platform.registers.writing import Mistakes

KNOWN = ("act", "ids", "filter", "answers", "key")


class Refusal(Schema):
    """A record to which it was not done."""

    id: UUID
    reason: str


class SeriesState(Schema):
    """How far a series is."""

    id: UUID
    act: str
    total: int = Field(description="Records that were meant.")
    waiting: int
    done: int
    refused: int
    job: UUID | None = Field(description="The job that does it, if there are more than 100.")
    refusals: list[Refusal] = Field(description="The first 200 that were refused, with the reasons.")


def routes(slug: str, register: type[Register]) -> Router:
    """POST /{slug}/many, and how far a series is, where something can be done to many."""
    router, found = Router(tags=[slug]), deeds(register)
    if not found:
        return router
    lowest = min(deed.level for deed in found)
    proof = any(deed.step_up for deed in found)

    def begin(request: PersonRequest) -> HttpResponse:
        return begun(request, register)

    def read(request: PersonRequest, pk: UUID) -> dict[str, Any]:
        series = Series.objects.filter(pk=pk, by=caller(request), register=slug).first()
        if series is None:
            raise Http404
        return told(series)

    name, named = slug.replace("-", "_"), "; ".join(f"{d.name} ({d.label})" for d in found)
    router.post(
        f"/{slug}/many", operation_id=f"do_to_many_{name}", url_name=f"many-{slug}", summary=f"Do one thing to many {slug}",
        response={200: SeriesState, 202: SeriesState},
        description="Each record by itself, checked and remembered: 200 when all was tried, 202 with a "
        "job above 100. The same key again gives the same series. The acts: " + named + ".",
        openapi_extra=right(level_of(lowest, register.area()), step_up=proof, **described([d.name for d in found])),
    )(begin)  # fmt: skip
    router.get(
        f"/{slug}/many/{{uuid:pk}}", operation_id=f"read_series_{name}", url_name=f"series-{slug}", response=SeriesState,
        summary=f"How far a series of {slug} is", openapi_extra=right(level_of(lowest, register.area()), access=Access.OBJECT),
        description="A series that you began.",
    )(read)  # fmt: skip
    return router


def described(acts: list[str]) -> dict[str, Any]:
    """The body, for the description."""
    text = {"type": "string"}
    schema = {
        "type": "object", "additionalProperties": False, "required": ["act", "key"],
        "properties": {
            "act": text | {"enum": acts},
            "ids": {"type": "array", "maxItems": LARGEST, "items": text | {"format": "uuid"}, "description": "Which records."},
            "filter": text | {"description": "Or all that match: a query as the list takes it, as kind=external&q=chen."},
            "answers": {"type": "object", "additionalProperties": True,
                        "description": "Answers to the act's questions; for `change`: field, value and reason."},
            "key": text | {"minLength": 1, "maxLength": many.LONGEST_KEY, "description": "Yours; asked twice it is one."},
        },
    }  # fmt: skip
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def begun(request: PersonRequest, register: type[Register]) -> HttpResponse:
    """The series that was asked for: tried at once, or left to a job."""
    sent = body_of(request)
    strange = {
        name: [_("“%(name)s” is not asked here.") % {"name": name}] for name in sent if name not in KNOWN
    }
    answers = sent.get("answers", {})
    if strange or not isinstance(answers, dict):
        raise Mistakes(strange or {"answers": [_("Send a JSON object: names and values.")]})
    deed = many.deed_named(register, str(sent.get("act", "")))
    key = sent.get("key")
    series = many.begin(
        register,
        deed,
        meant(request, register, sent),
        caller(request),
        answers={str(n): plain(v) for n, v in answers.items()},
        key=key if isinstance(key, str) else "",
    )
    answer = Response(told(series), status=202 if series.job_id else 200)
    answer["Location"] = reverse(f"api:series-{register.slug()}", kwargs={"pk": series.pk})
    return answer


def meant(request: PersonRequest, register: type[Register], sent: dict[str, Any]) -> QuerySet[Any]:
    """The records by id, or all that match a filter; one of both."""
    ids, query = sent.get("ids"), sent.get("filter")
    if (ids is None) == (query is None):
        raise Mistakes({"ids": [_("Send ids or a filter, one of both.")]})
    if isinstance(query, str):
        return matching(register, caller(request), Wish.parse(register, QueryDict(query)))
    keys = [key for one in ids if (key := _key(one))] if isinstance(ids, list) else []
    if not keys or not isinstance(ids, list) or len(keys) != len(ids) or len(keys) > LARGEST:
        raise Mistakes({"ids": [_("Send 1 to %(most)d ids.") % {"most": LARGEST}]})
    return many.chosen_by(register, caller(request), keys)


def _key(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def plain(value: Any) -> str:
    """An answer as a form sends it."""
    if value is None or value is False:
        return ""
    return "on" if value is True else str(value)


def told(series: Series) -> dict[str, Any]:
    """A series as programs read it."""
    refused = series.items.filter(state="refused").order_by("pk")[:200]
    return {"id": str(series.pk), "act": series.act, "total": series.total, **many.told(series),
            "job": str(series.job_id) if series.job_id else None,
            "refusals": [{"id": str(item.record_id), "reason": item.said} for item in refused]}  # fmt: skip
