"""The one search for programs: what the page finds, by the same rights."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from ninja import Field, Query, Router, Schema

from keepwell.platform.people.permissions import units_seen
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.api.door import caller, right
from keepwell.platform.registers.handing import hand_out_hits
from keepwell.platform.registers.register import REGISTERS, register_of
from keepwell.platform.registers.searching import page_of, sought
from keepwell.platform.search.finding import find
from keepwell.platform.search.words import LONGEST_QUESTION

router = Router(tags=["keepwell"])
EACH, LARGEST = 5, 50


class Asked(Schema):
    """What is looked for."""

    q: str = Field(
        max_length=LONGEST_QUESTION,
        description="Words that must all stand in a record; the last by its beginning.",
    )
    register_: str = Field(
        "", alias="register", description="One register, as people; else all that you may see."
    )
    unit: str = Field("", description="Code of a unit: it and all below it.")
    retired: bool = Field(False, description="Whether retired records are found too.")
    size: int = Field(EACH, ge=1, le=LARGEST, description="Records of each register.")


class Hit(Schema):
    """One record that was found."""

    id: str = Field(description="Its identity.")
    name: str = Field(description="What it is called, in your language.")
    key: str = Field(description="What the trade knows it by, as a code or a number.")
    unit: str | None = Field(description="Code of the unit it lies in.")
    url: str = Field(description="Its page.")


class Group(Schema):
    """What was found in one register."""

    register_: str = Field(alias="register", description="The register, as people.")
    title: str = Field(description="Its name for people.")
    hits: list[Hit] = Field(description="Best and latest first.")
    is_more: bool = Field(description="Whether there are more.")


@router.get(
    "/search",
    response=list[Group],
    operation_id="search",
    summary="Search everything you may see",
    openapi_extra=right("login"),
    url_name="search",
    by_alias=True,
)
def search(request: PersonRequest, asked: Query[Asked]) -> list[dict[str, Any]]:
    """Records in which every word stands, grouped by register, better registers first."""
    person, unit = caller(request), None
    if asked.unit:
        unit = units_seen(person).filter(code=asked.unit.replace("\x00", "")).first()
    if (asked.unit and unit is None) or (asked.register_ not in REGISTERS and asked.register_):
        raise Http404
    question = sought(person, asked.q, slug=asked.register_, unit=unit, retired=asked.retired)
    found = [
        (register, hits) for hits in find(person, question, each=asked.size)
        if (register := register_of(hits.subject.model))
    ]  # fmt: skip
    hand_out_hits(request, [(register, hits.records) for register, hits in found])
    return [
        {"register": register.slug(), "title": str(register.title()), "is_more": hits.more,
         "hits": [hit(register, record) for record in hits.records]}
        for register, hits in found
    ]  # fmt: skip


def hit(register: Any, record: Any) -> dict[str, Any]:
    """One record as the search tells it."""
    place = getattr(record, "place", None) or getattr(record, "unit", None)
    return {
        "id": str(record.pk), "name": str(record), "unit": place.code if place is not None else None,
        "key": record.natural_key() if hasattr(record, "natural_key") else str(record),
        "url": page_of(register, record),
    }  # fmt: skip
