"""The list of a register: filtered, sorted, searched, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from keepwell.platform.exchange.feeds import FEEDS
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may_anywhere
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers.cells import cells
from keepwell.platform.registers.columns import Column, Kind, column
from keepwell.platform.registers.handing import hand_out
from keepwell.platform.registers.keeping import Kept, kept_for
from keepwell.platform.registers.listing import BadWish, Found, Wish, find, parameters, sortable
from keepwell.platform.registers.many import deeds
from keepwell.platform.registers.pages import kept
from keepwell.platform.registers.register import Register
from keepwell.platform.search.indexing import is_behind, percent_indexed

MOST_OPTIONS = 200


@dataclass(frozen=True)
class Head:
    """The head of a column: its label, how it is sorted now, and where a click sorts it."""

    label: str
    numeric: bool
    sorted: str
    url: str


@dataclass(frozen=True)
class Filter:
    """A filter as the page offers it; without options it is typed."""

    name: str
    label: str
    type: str
    options: list[tuple[str, str]]
    chosen: tuple[str, ...]


def show_list(request: PlacedRequest, register: type[Register]) -> HttpResponse:
    """The list as filtered, sorted and searched; only its rows when htmx asks for them."""
    own = kept_for(register, request.person)
    if url := kept.opened(request, register, own):
        return redirect(url)
    try:
        wish = Wish.parse(register, kept.plain(request), place=request.place)
        found = find(register, request.person, wish)
    except BadWish as mistake:
        return render(
            request, "registers/bad_wish.html", {"register": register, "mistake": mistake}, status=400
        )
    hand_out(request, register, found.rows)
    partly = bool(request.htmx) and not request.htmx.boosted
    return render(
        request,
        "registers/_rows.html" if partly else "registers/list.html",
        context(request, register, wish, found, own),
    )


def context(
    request: PlacedRequest, register: type[Register], wish: Wish, found: Found, own: Kept
) -> dict[str, Any]:
    """What the list's templates show."""
    slug, columns = register.slug(), kept.chosen(register, wish, own)
    query = wish.query()
    here = f"?{urlencode({**request.place.query()})}&{query}"
    offered = filters(register, wish, request.person)
    searched = [str(column(register.record, path).label) for path in register.search_fields[:3]]
    return {
        "register": register, "wish": wish, "found": found, "place_query": request.place.query().items(),
        "rows": [(record, cells(register, record, columns)) for record in found.rows],
        "heads": heads(register, wish, columns), "filters": offered,
        "search_hint": capfirst(_(", ").join(searched)), "wish_query": f"?{query}" if query else "",
        "earlier_url": found.earlier_cursor and f"{here}&before={found.earlier_cursor}",
        "later_url": found.later_cursor and f"{here}&after={found.later_cursor}",
        "bring_in_name": f"{slug}-bring-in", "take_out_name": f"{slug}-take-out", "new_name": f"{slug}-new",
        "take_shown_name": f"{slug}-take-out-shown", "many_name": f"{slug}-many",
        "percent": indexed(register) if wish.search else 100,
        **kept.context(request, register, wish, own, columns),
        **rights(request, register),
    }  # fmt: skip


def indexed(register: type[Register]) -> int:
    """How much of all records can be found (0..99), where those of `register` are behind; else 100."""
    return percent_indexed() if is_behind([register.record._meta.label_lower]) else 100


def rights(request: PlacedRequest, register: type[Register]) -> dict[str, Any]:
    """Which buttons a list shows, and what can be done to many; in a past year nothing can be changed."""
    may_edit = not request.place.is_past and may_anywhere(
        request.person, register.area(), register.level_to_write()
    )
    types = bool(register.form_fields)
    return {
        "may_add": may_edit and types,
        # What no form makes is made on a page of its own, which the register names among its views.
        "made_at": [view for view in register.views.items() if view[0] != register.slug()]
        if may_edit and not types
        else [],
        "may_bring_in": may_edit and (types or register.slug() in FEEDS),
        "may_share": may_edit and request.place.unit is not None,
        "deeds": deeds(register) if may_edit else [],
    }


def heads(register: type[Register], wish: Wish, columns: list[Column]) -> list[Head]:
    """The heads of the columns."""
    order = sortable(register)
    found = []
    for c in columns:
        by = wish.sort.removeprefix("-") == c.name
        descending = by and wish.sort.startswith("-")
        wanted = c.name if not by or descending else f"-{c.name}"
        sort = ("descending" if descending else "ascending") if by else ""
        found.append(
            Head(
                capfirst(str(c.label)),
                c.is_numeric,
                sort,
                f"?{wish.query(sort=wanted)}" if c.name in order else "",
            )
        )
    return found


TYPES = {Kind.DAY: "date", Kind.MOMENT: "date", Kind.NUMBER: "number", Kind.DECIMAL: "number"}


def filters(register: type[Register], wish: Wish, person: Person) -> list[Filter]:
    """The filters the page offers: choices as lists, days as from and to, text as typed."""
    found = []
    for name, parameter in parameters(register).items():
        c = parameter.column
        if name == "unit" or (c.is_numeric and parameter.bound):
            continue
        label = capfirst(str(c.label))
        if parameter.bound:
            label = (
                _("%(what)s, not before") % {"what": label}
                if parameter.bound == "gte"
                else _("%(what)s, not after") % {"what": label}
            )
        found.append(
            Filter(name, label, TYPES.get(c.kind, "text"), options(c, person), wish.filters.get(name, ()))
        )
    return found


def options(c: Any, person: Person) -> list[tuple[str, str]]:
    """What one may choose from; empty where it is typed."""
    if c.kind is Kind.CHOICE:
        return [(code, str(label)) for code, label in c.choices.items()]
    if c.kind is Kind.YES_NO:
        return [("yes", _("yes")), ("no", _("no"))]
    if c.related is None:
        return []
    rows = list(visible_to(c.related._default_manager.all(), person)[: MOST_OPTIONS + 1])
    return sorted(((r.natural_key() if hasattr(r, "natural_key") else str(r.pk), str(r)) for r in rows), key=lambda o: o[1]) \
        if len(rows) <= MOST_OPTIONS else []  # fmt: skip
