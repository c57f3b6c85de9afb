"""Going to another unit: the units one may see, each with the address of the present page there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from django.db.models import Q
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import units_seen
from keepwell.platform.tree.models import Unit

LISTED = (Unit.Kind.GROUP, Unit.Kind.COMPANY, Unit.Kind.SITE)
MOST_FOUND = 60
CURSORS = ("after", "before", "page")


@dataclass(frozen=True)
class Choice:
    """A unit to go to: how deep it lies (0 to 3), and where the present page is there."""

    unit: Unit
    depth: int
    url: str


def choices(person: Person, address: str) -> list[Choice]:
    """Group, companies and sites one may see, in the order of the tree, for the page at `address`."""
    units = units_seen(person).filter(kind__in=LISTED, retired_at__isnull=True).order_by("code")
    there = at_units(address)
    return [Choice(unit, depth, there(unit.code)) for depth, unit in as_tree(list(units))]


def found(person: Person, address: str, words: str) -> list[Choice]:
    """Units of every kind one may see in whose code or name every word stands, larger ones first."""
    units = units_seen(person).filter(retired_at__isnull=True)
    for word in words.replace("\x00", "").split()[:4]:
        units = units.filter(Q(code__icontains=word) | Q(name__icontains=word) | Q(name_zh__icontains=word))
    kinds = list(Unit.Kind.values)
    listed = sorted(units.order_by("code")[:MOST_FOUND], key=lambda unit: (kinds.index(unit.kind), unit.code))
    there = at_units(address)
    return [Choice(unit, 0, there(unit.code)) for unit in listed]


def as_tree(units: list[Unit]) -> Iterator[tuple[int, Unit]]:
    """`units` with the depth at which each lies, those without a parent here at the top."""
    below: dict[Any, list[Unit]] = {}
    known = {unit.pk for unit in units}
    for unit in units:
        below.setdefault(unit.parent_id if unit.parent_id in known else None, []).append(unit)

    def walk(parent: Any, depth: int) -> Iterator[tuple[int, Unit]]:
        for unit in below.get(parent, ()):
            yield depth, unit
            yield from walk(unit.pk, depth + 1)

    return walk(None, 0)


def at_unit(address: str, code: str) -> str:
    """`address` with its unit changed, from the first page on."""
    return at_units(address)(code)


def at_units(address: str) -> Callable[[str], str]:
    """The same for many units, by the code of each."""
    parts = urlsplit(address)
    kept = [(k, v) for k, v in parse_qsl(parts.query) if k not in ("unit", *CURSORS)]
    rest = f"&{urlencode(kept)}" if kept else ""
    return lambda code: f"{parts.path}?unit={quote_plus(code)}{rest}"


def ours(request: HttpRequest, wanted: str) -> str:
    """`wanted` if it is a page of this site, else the start page: nobody is sent elsewhere from here."""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and wanted.startswith("/") else "/"
