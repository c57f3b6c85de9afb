"""The frame round every page, its menu and its top: drawn from what it says, and kept while it says the same.

A piece is drawn from its key, and nothing else reaches its template: so what is kept shows nobody more than the
key says, and the key is found anew for every page. What differs with each address stands in it as a hole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from secrets import token_hex
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from keepwell.platform.pages.menu import Word
from keepwell.platform.pages.switching import Choice, Listed, at_units, listed, spots

MOST_KEPT = 256
HANDBOOK = "/handbook/"
# Nobody can write what marks a hole: each process makes its own.
MARK = token_hex(12)
HOLE = re.compile(f"{MARK}([a-z]+);")
CURSORS = ("after", "before", "page")
Context = dict[str, Any] | Callable[[], dict[str, Any]]
"""What a template is given; found only when it is drawn where it is a function."""
_kept: dict[Hashable, str] = {}


def hole(name: str) -> str:
    """Where something is put in that differs with each address."""
    return f"{MARK}{name};"


@dataclass(frozen=True)
class Entry:
    """A page in the menu."""

    label: str
    url: str
    is_present: bool


@dataclass(frozen=True)
class Heading:
    """A word of the menu, with what lies under it if it is open."""

    label: str
    url: str
    is_present: bool
    is_open: bool
    is_own: bool
    items: tuple[Entry, ...]


@dataclass(frozen=True)
class Menu:
    """All that the menu says."""

    language: str
    query: tuple[tuple[str, str], ...]
    is_start: bool
    is_due: bool
    is_handbook: bool
    due_count: int | None
    words: tuple[Heading, ...]


@dataclass(frozen=True)
class Top:
    """All that the top says, but for the units one may go to."""

    language: str
    query: tuple[tuple[str, str], ...]
    person_id: UUID
    person_name: str
    unit_name: str
    unit_kind: str
    year: int
    years: tuple[int, ...]
    day: date
    is_past: bool
    chapter: str
    unread_count: int


@dataclass(frozen=True)
class Units:
    """All that the list of units says; `present` is the code of the one looked at."""

    language: str
    present: str
    listed: tuple[Listed, ...]


class Place:
    """Where the links of a piece stay."""

    def __init__(self, query: tuple[tuple[str, str], ...]) -> None:
        self.kept = dict(query)

    def query(self) -> dict[str, str]:
        return self.kept


@dataclass(frozen=True)
class Request:
    """What of a request a piece's template may ask."""

    place: Place
    get_full_path: str = hole("address")


def menu(request: Any, words: list[Word], due_count: int | None) -> SafeString:
    """The menu of the page at `request`, with these words."""
    path = request.path
    said = Menu(
        language=get_language() or "", query=tuple(request.place.query().items()), due_count=due_count,
        is_start=path == "/", is_due=path == "/due/", is_handbook=path.startswith(HANDBOOK),
        words=tuple(_heading(word, path) for word in words),
    )  # fmt: skip
    return drawn("pages/_menu.html", said, {"menu": said}, {"csrf": ""}, said.query)


def _heading(word: Word, path: str) -> Heading:
    is_open = word.holds(path)
    items = word.items if is_open else ()
    entries = tuple(Entry(str(item.label), item.url, item.holds(path)) for item in items)
    return Heading(str(word.label), word.path, path == word.path, is_open, word.is_own, entries)


def top(request: Any, chapter: str, unread_count: int) -> SafeString:
    """The top of the page at `request`."""
    place, person = request.place, request.person
    unit = place.unit
    said = Top(
        language=get_language() or "", query=tuple(place.query().items()),
        person_id=person.pk, person_name=str(person),
        unit_name=str(unit) if unit else "", unit_kind=unit.get_kind_display() if unit else "",
        year=place.number, years=tuple(place.years), day=place.day, is_past=place.is_past,
        chapter=chapter, unread_count=unread_count,
    )  # fmt: skip
    without = _without_year(request)
    holes = {
        "address": request.get_full_path(), "csrf": get_token(request),
        "without": without, "with": f"{without}{'&' if '?' in without else '?'}year=",
        "units": units(request) if unit else "",
    }  # fmt: skip
    return drawn("pages/_top.html", said, {"top": said, "person": person.pk}, holes, said.query)


def units(request: Any) -> SafeString:
    """The units one may go to from the page at `request`."""
    said = Units(get_language() or "", request.place.unit.code, listed(request.person))
    there, rest = at_units(request.get_full_path())

    def context() -> dict[str, Any]:
        choices = [
            Choice(spot, depth, f"{hole('there')}?unit={spot.quoted}{hole('rest')}")
            for depth, spot in spots(said.listed)
        ]
        return {"units": choices, "present": said.present}

    return drawn("pages/_units.html", said, context, {"there": there, "rest": rest}, ())


def unchanging(template: str) -> SafeString:
    """`template`, which says the same on every page of one language."""
    return drawn(template, get_language() or "", {}, {"csrf": ""}, ())


def drawn(
    template: str, said: Hashable, context: Context, holes: Mapping[str, str], query: tuple[tuple[str, str], ...],
    *, kept: bool = True,
) -> SafeString:  # fmt: skip
    """`template` drawn from what is `said`, once, and `kept` for the next who reads the same; `holes` are put in, escaped."""
    form = _kept.get((template, said))
    if form is None:
        given = (context() if callable(context) else context) | {
            "request": Request(Place(query)),
            "csrf_token": hole("csrf"),
        }
        whole = render_to_string(template, given).replace("{", "{{").replace("}", "}}")
        form = HOLE.sub(r"{\1}", whole)
        if kept:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[template, said] = form
    return format_html(form, **holes)


def _without_year(request: HttpRequest) -> str:
    """The present address without its year, from the first page on."""
    kept = request.GET.copy()
    for name in (*CURSORS, "year"):
        kept.pop(name, None)
    return request.path + (f"?{kept.urlencode()}" if kept else "")
