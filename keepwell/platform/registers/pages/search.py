"""One search over every register one may see: a page, and hits as one types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import signed_in
from keepwell.platform.registers.columns import column
from keepwell.platform.registers.handing import hand_out_hits
from keepwell.platform.registers.register import Register, register_of
from keepwell.platform.registers.searching import page_of, searched, sought
from keepwell.platform.search.finding import Hits, Question, find
from keepwell.platform.search.indexing import is_behind, percent_indexed
from keepwell.platform.search.marking import holds, marked
from keepwell.platform.search.words import Term
from keepwell.platform.tree.models import Unit

EACH, EACH_OF_ONE = 5, 50
EACH_WHILE_TYPING, MOST_WHILE_TYPING = 3, 9


@dataclass(frozen=True)
class Line:
    """One hit: its name and what else was found in it, marked, the unit it lies in, and where it leads."""

    name: SafeString
    url: str
    also: list[SafeString]
    place: str
    is_retired: bool


@dataclass(frozen=True)
class Group:
    """The hits of one register."""

    register: type[Register]
    lines: list[Line]
    more: bool


@signed_in
def show_search(request: PlacedRequest) -> HttpResponse:
    """What was found, grouped by register; the hits alone when htmx asks while somebody types."""
    question, typing = asked(request), bool(request.htmx) and not request.htmx.boosted
    each = EACH_WHILE_TYPING if typing else EACH_OF_ONE if len(question.kinds) == 1 else EACH
    hits = find(request.person, question, each=each)
    if not typing:
        named = [(register_of(one.subject.model), one.records) for one in hits]
        hand_out_hits(request, [(register, records) for register, records in named if register])
    found = groups(hits, question.terms)
    context: dict[str, Any] = {
        "words": question.text, "found": _first(found, MOST_WHILE_TYPING) if typing else found,
        "registers": searched(request.person), "chosen": request.GET.get("in", ""), "here": question.unit,
        "retired": question.retired, "percent": percent_indexed() if question.terms and is_behind(question.kinds) else 100,
    }  # fmt: skip
    return render(request, "registers/_hits.html" if typing else "registers/search.html", context)


def asked(request: PlacedRequest) -> Question:
    """The question in the address; a register nobody knows is no narrowing."""
    unit = request.place.unit if request.GET.get("here") == "yes" else None
    return sought(
        request.person,
        request.GET.get("q", ""),
        slug=request.GET.get("in", ""),
        unit=unit if unit and unit.kind != Unit.Kind.GROUP else None,
        retired=request.GET.get("retired") == "yes",
    )


def groups(found: list[Hits], terms: list[Term]) -> list[Group]:
    """The hits as the page shows them."""
    return [
        Group(register, [line(register, record, terms) for record in hits.records], hits.more)
        for hits in found
        if (register := register_of(hits.subject.model))
    ]


def line(register: type[Register], record: Any, terms: list[Term]) -> Line:
    """One hit in a line."""
    name = str(record)
    texts = dict.fromkeys(_texts(register, record))
    also = [marked(text, terms) for text in texts if text not in name and holds(text, terms)]
    place = getattr(record, "place", None) or getattr(record, "unit", None)
    return Line(
        marked(name, terms), page_of(register, record), also[:2],
        str(place) if place is not None and place != record else "", getattr(record, "retired_at", None) is not None,
    )  # fmt: skip


def _texts(register: type[Register], record: Any) -> list[str]:
    """What the search read of `record`, in the reader's language."""
    if hasattr(record, "searched_texts"):
        return [text for text in record.searched_texts() if text]
    columns = [column(register.record, path) for path in register.search_fields]
    return [str(value) for c in columns if (value := c.value(record))]


def _first(found: list[Group], most: int) -> list[Group]:
    """The first `most` lines, in their groups."""
    kept, left = [], most
    for group in found:
        if left > 0:
            kept.append(Group(group.register, group.lines[:left], group.more or len(group.lines) > left))
            left -= len(group.lines)
    return kept
