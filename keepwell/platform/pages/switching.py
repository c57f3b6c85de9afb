"""Going to another unit: the units one may see, each with the address of the present page there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import units_above, units_seen
from keepwell.platform.tree.models import Unit

LISTED = (Unit.Kind.GROUP, Unit.Kind.COMPANY, Unit.Kind.SITE)
MOST_FOUND = 60
CURSORS = ("after", "before", "page")


class Spot(NamedTuple):
    """A unit as the list of units says it."""

    pk: UUID
    code: str
    name: str
    name_zh: str
    parent_id: UUID | None

    def __str__(self) -> str:
        return (self.name_zh if get_language() == "zh-hant" else "") or self.name

    @property
    def quoted(self) -> str:
        """Its code in an address."""
        return quote_plus(self.code)


Listed = tuple[UUID, str, str, str, UUID | None]
"""A unit as it is read: what a `Spot` is made of."""
SPOTS = ("pk", "code", "name", "name_zh", "parent_id")
UNDER_ONE = Ready(lambda unit: _listed(Unit.objects.below(unit)).values_list(*SPOTS), UUID)


@dataclass(frozen=True)
class Choice:
    """A unit to go to: how deep it lies (0 to 3), and where the present page is there."""

    unit: Unit | Spot
    depth: int
    url: str


def choices(person: Person, address: str) -> list[Choice]:
    """Group, companies and sites one may see, in the order of the tree, for the page at `address`."""
    there, rest = at_units(address)
    return [Choice(spot, depth, f"{there}?unit={spot.quoted}{rest}") for depth, spot in spots(listed(person))]


def listed(person: Person) -> tuple[Listed, ...]:
    """Group, companies and sites one may see, by code."""
    above = units_above(person)
    if len(above) == 1:
        return tuple(UNDER_ONE.rows(above[0]))
    return tuple(_listed(units_seen(person)).values_list(*SPOTS)) if above else ()


def spots(rows: Iterable[Listed]) -> Iterator[tuple[int, Spot]]:
    """The units that `rows` are, in the order of the tree, each with the depth at which it lies."""
    return as_tree([Spot(*row) for row in rows])


def _listed(units: Any) -> Any:
    return units.filter(kind__in=LISTED, retired_at__isnull=True).order_by("code")


def found(person: Person, address: str, words: str) -> list[Choice]:
    """Units of every kind one may see in whose code or name every word stands, larger ones first."""
    units = units_seen(person).filter(retired_at__isnull=True)
    for word in words.replace("\x00", "").split()[:4]:
        units = units.filter(Q(code__icontains=word) | Q(name__icontains=word) | Q(name_zh__icontains=word))
    kinds = list(Unit.Kind.values)
    listed = sorted(units.order_by("code")[:MOST_FOUND], key=lambda unit: (kinds.index(unit.kind), unit.code))
    there, rest = at_units(address)
    return [Choice(unit, 0, f"{there}?unit={quote_plus(unit.code)}{rest}") for unit in listed]


def as_tree(units: list[Spot]) -> Iterator[tuple[int, Spot]]:
    """`units` with the depth at which each lies, those without a parent here at the top."""
    below: dict[Any, list[Spot]] = {}
    known = {unit.pk for unit in units}
    for unit in units:
        below.setdefault(unit.parent_id if unit.parent_id in known else None, []).append(unit)

    def walk(parent: Any, depth: int) -> Iterator[tuple[int, Spot]]:
        for unit in below.get(parent, ()):
            yield depth, unit
            yield from walk(unit.pk, depth + 1)

    return walk(None, 0)


def at_unit(address: str, code: str) -> str:
    """`address` with its unit changed, from the first page on."""
    there, rest = at_units(address)
    return f"{there}?unit={quote_plus(code)}{rest}"


def at_units(address: str) -> tuple[str, str]:
    """The same for many units: what stands before `?unit=` and its code, and what after."""
    parts = urlsplit(address)
    kept = [(k, v) for k, v in parse_qsl(parts.query) if k not in ("unit", *CURSORS)]
    return parts.path, f"&{urlencode(kept)}" if kept else ""


def ours(request: HttpRequest, wanted: str) -> str:
    """`wanted` if it is a page of this site, else the start page: nobody is sent elsewhere from here."""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and wanted.startswith("/") else "/"
