"""One search over every register one may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from keepwell.platform.people.operations import signed_in
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers.listing import BadWish, Wish, matching
from keepwell.platform.registers.register import REGISTERS, Register

EACH = 5
SHORTEST = 2


@signed_in
def show_search(request: PersonRequest) -> HttpResponse:
    """Up to five records of each register in which every word stands."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = hits(request, words) if len(words) >= SHORTEST else []
    return render(request, "registers/search.html", {"words": words, "found": found})


def hits(request: PersonRequest, words: str) -> list[tuple[type[Register], list[Any], bool]]:
    """For each register with a hit: the first records, and whether there are more."""
    query = QueryDict(mutable=True)
    query["q"] = words
    listed: list[tuple[type[Register], list[Any], bool]] = []
    for register in REGISTERS.values():
        if not register.search_fields or not register.is_tracked():
            continue
        try:
            wish = Wish.parse(register, query)
        except BadWish:
            continue
        records = list(register.fetched(matching(register, request.person, wish)).order_by("pk")[: EACH + 1])
        if records:
            listed.append((register, records[:EACH], len(records) > EACH))
    return listed
