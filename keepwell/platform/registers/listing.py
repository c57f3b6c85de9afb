"""Lists: what a person wishes to see of a register, and finding it a page at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode

from django.core.serializers.json import DjangoJSONEncoder
from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import reading_together, units_seen
from keepwell.platform.records.models import below, sees_all, visible_to
from keepwell.platform.registers import pager, statements
from keepwell.platform.registers.columns import Column, column
from keepwell.platform.registers.counting import COUNTED, counted, to_count
from keepwell.platform.registers.filtering import (
    YES_NO,
    BadWish,
    Parameter,
    called,
    checked,
    narrowed,
    parameters,
    plain_day,
)  # fmt: skip
from keepwell.platform.registers.pager import Order, Page, Position, Read, Source
from keepwell.platform.registers.register import Register
from keepwell.platform.replicas.routing import lately
from keepwell.platform.search.finding import holding, met_in_order
from keepwell.platform.search.subjects import SUBJECTS, Subject
from keepwell.platform.tree.models import Unit

__all__ = ["BadWish", "Found", "Parameter", "Wish", "find", "matching", "parameters", "sortable"]

SIZE, LARGEST = 50, 200
LONGEST_SEARCH, MOST_WORDS = 100, 8
END = "end"
Holds = Callable[[Subject, str], Q]
CURSORS = ("after", "before")


class Place(Protocol):
    """Where a page stands: a unit, and the day whose structure holds."""

    @property
    def unit(self) -> Unit | None: ...
    @property
    def day(self) -> date | None: ...


@dataclass(frozen=True)
class Wish:
    """What is wished of a list; every part of it was checked against the register."""

    search: str = ""
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = ""
    after: str = ""
    before: str = ""
    size: int = SIZE
    unit: Unit | str | None = None
    day: date | None = None
    retired: bool = False
    columns: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, register: type[Register], asked: QueryDict, *, place: Place | None = None) -> Wish:
        """The wish in an address; raises BadWish for a parameter or value that the register does not know.

        With a `place` (a page) unit and day are the place's; without one (the API) `unit` and `day` are
        parameters like the others.
        """
        known = parameters(register)
        ours = {"unit", "year", "columns"} if place else {"unit", "day"}
        given = {name: [v.strip() for v in asked.getlist(name) if v.strip()] for name in asked}
        _refuse_strange(register, given, ours)
        once = {name: _once(name, values) for name, values in given.items() if name not in known}
        wish = cls(
            search=once.get("q", "")[:LONGEST_SEARCH],
            filters={name: checked(known[name], values) for name, values in given.items()
                     if name in known and values and name != "unit"},
            sort=_sort(register, once.get("sort", "")),
            after=once.get("after", ""), before=once.get("before", ""), size=_size(once.get("size", "")),
            unit=place.unit if place else _first(given, "unit"),
            day=place.day if place else plain_day(once["day"]) if once.get("day") else None,
            retired=_yes(once.get("retired", "")),
            columns=_columns(register, once.get("columns", "")),
            given=tuple((name, value) for name, values in given.items() for value in values),
        )  # fmt: skip
        if wish.after and wish.before:
            raise BadWish(_("A page comes after a row or before one, not both."))
        return wish

    def query(self, **changes: str) -> str:
        """The address's query with `changes` ("" takes a parameter away); without a cursor it begins anew."""
        dropped = {*changes, *CURSORS}
        kept = [(name, value) for name, value in self.given if name not in dropped]
        return urlencode([*kept, *((name, value) for name, value in changes.items() if value)])

    @property
    def narrowing(self) -> tuple[object, ...]:
        """All that decides which rows there are, whatever their order and page."""
        unit = self.unit.pk if isinstance(self.unit, Unit) else self.unit
        return self.search, sorted(self.filters.items()), unit, self.day, self.retired

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was searched or filtered."""
        return bool(self.search or self.filters)


@dataclass(frozen=True)
class Found:
    """A page of a list: its rows, the cursors on either side ("" at an end), and how many rows there are."""

    rows: list[Any]
    earlier_cursor: str
    later_cursor: str
    sort: str
    total: int
    is_more: bool

    @property
    def count_text(self) -> str:
        """How many rows there are, for people; above 10,000 they are not counted to the last."""
        number = f"{self.total:,}"
        return _("more than %(number)s") % {"number": number} if self.is_more else number


def find(register: type[Register], person: Person, wish: Wish) -> Found:
    """The page of `register` that `wish` asks for, of what `person` may see."""
    with reading_together():
        return lately(lambda: _find(register, person, wish))


def _find(register: type[Register], person: Person, wish: Wish) -> Found:
    order = order_of(register, wish.sort)
    page = _page(register, _source(register, person, wish), order, wish)
    found, earlier, later = _sealed(register, order, wish, page)
    total = (
        len(page.rows)
        if not (page.has_earlier or page.has_later)
        else counted(
            register,
            person,
            wish.narrowing,
            lambda: matching(register, person, wish, holds=to_count(register, wish.unit, wish.day)),
        )
    )
    return Found(
        rows=found, sort=wish.sort, earlier_cursor=earlier, later_cursor=later,
        total=min(total, COUNTED), is_more=total > COUNTED,
    )  # fmt: skip


def _source(register: type[Register], person: Person, wish: Wish) -> Source:
    """What is listed, read by kept statements where a list begins that is neither searched nor filtered, as most do; any
    other statement would be kept for one reader and one time."""
    among = register.record._default_manager.all if _is_part(register, person, wish) else None

    def rows() -> QuerySet[Any]:
        return matching(register, person, wish, holds=met_in_order)

    unit = wish.unit
    if wish.is_narrowed or wish.after or wish.before or isinstance(unit, str):
        return Source(register.record, cache(rows), register.fetched, among)
    place = (unit.pk, unit.kind) if unit else None
    key = (register, wish.sort, wish.size, place, wish.day, wish.retired)
    read: Read = lambda name, make: statements.found((key, name), person, make)  # noqa: E731
    return Source(register.record, rows, register.fetched, among, read)


def matching(
    register: type[Register], person: Person, wish: Wish, *, holds: Holds = holding
) -> QuerySet[Any]:
    """All rows that `wish` asks for, of what `person` may see, unsorted; `holds` says how words are met."""
    rows = visible_to(register.record._default_manager.all(), person)
    if register.is_tracked() and not wish.retired:
        rows = rows.filter(retired_at__isnull=True)
    unit = _unit(wish.unit, person)
    # The group holds everything there is: nothing to narrow.
    if unit and unit.kind != Unit.Kind.GROUP:
        rows = below(rows, unit, wish.day)
    for name, values in wish.filters.items():
        rows = narrowed(rows, parameters(register)[name], values, person, wish.day)
    return _searched(register, rows, wish.search, holds)


def sortable(register: type[Register]) -> dict[str, Order]:
    """The columns a list can be sorted by, each with its order, first to last."""
    names = dict.fromkeys([*register.columns, register.sort.removeprefix("-")])
    columns = [column(register.record, name) for name in names if name]
    return {c.name: _order(register.record, c) for c in columns if c.is_stored}


def order_of(register: type[Register], sort: str) -> Order:
    """The order called `sort`, "-" before it for last first; by key if the register names none."""
    order = sortable(register)[sort.removeprefix("-")] if sort else Order("pk")
    return Order(order.path, sort.startswith("-"), order.may_be_empty)


def _order(model: type[models.Model], c: Column) -> Order:
    path = c.name
    field_ = c.field
    while isinstance(field_, models.ForeignKey):
        related: Any = field_.related_model
        key: str = related.key_fields[0]
        path, field_ = f"{path}__{key}", column(related, key).field
    return Order(path, may_be_empty=_may_be_empty(model, path))


def _may_be_empty(model: Any, path: str) -> bool:
    for step in path.split("__"):
        found = model._meta.get_field(step)
        if found.null:
            return True
        model = found.related_model
    return False


def leaf(
    register: type[Register], rows: QuerySet[Any], among: QuerySet[Any], wish: Wish
) -> tuple[list[Any], str, str]:
    """A page of `rows`, which lie among the rows `among`, in the register's order; with the cursors on
    either side ("" at an end)."""
    order = order_of(register, wish.sort)
    source = Source(register.record, lambda: rows, register.fetched, lambda: among)
    return _sealed(register, order, wish, _page(register, source, order, wish))


def _sealed(register: type[Register], order: Order, wish: Wish, page: Page) -> tuple[list[Any], str, str]:
    """The rows of a page and the cursors on either side."""
    seal = Seal(register, wish.sort, order)
    earlier = seal.close(order.position(page.rows[0])) if page.rows and page.has_earlier else ""
    later = seal.close(order.position(page.rows[-1])) if page.rows and page.has_later else ""
    return page.rows, earlier, later


def _page(register: type[Register], source: Source, order: Order, wish: Wish) -> Page:
    if wish.before == END:
        return pager.last(source, order, wish.size)
    cursor = wish.after or wish.before
    if not cursor:
        return pager.first(source, order, wish.size)
    start = Seal(register, wish.sort, order).open(cursor)
    turn = pager.after if wish.after else pager.before
    return turn(source, order, start, wish.size)


def _is_part(register: type[Register], person: Person, wish: Wish) -> bool:
    """Whether anything but retirement may keep rows of the table out."""
    unit = wish.unit
    is_below = isinstance(unit, str) or unit is not None and unit.kind != Unit.Kind.GROUP
    return wish.is_narrowed or is_below or not sees_all(register.record, person)


class Seal:
    """Cursors: a position as signed, url-safe JSON, good for one register and one order."""

    def __init__(self, register: type[Register], sort: str, order: Order) -> None:
        self.signer = Signer(salt=f"keepwell.listing.{register.slug()}.{sort}", sep=".")
        self.register, self.order = register, order

    def close(self, position: Position) -> str:
        return self.signer.sign_object([position.value, str(position.key)], serializer=_Json)

    def open(self, cursor: str) -> Position:
        try:
            value, key = self.signer.unsign_object(cursor, serializer=_Json)
        except (BadSignature, ValueError) as error:
            raise BadWish(
                _("This cursor belongs to no page of this list; begin again without it.")
            ) from error
        pk = self.register.record._meta.pk
        return Position(self._field().to_python(value), pk.to_python(key))

    def _field(self) -> Any:
        return (
            self.register.record._meta.pk
            if self.order.path == "pk"
            else column(self.register.record, self.order.path).field
        )


class _Json:
    """Values of any column as JSON."""

    def dumps(self, found: Any) -> bytes:
        return json.dumps(found, cls=DjangoJSONEncoder, separators=(",", ":"), default=None).encode()

    def loads(self, text: bytes) -> Any:
        return json.loads(text)


def _searched(register: type[Register], rows: QuerySet[Any], words: str, holds: Holds) -> QuerySet[Any]:
    """Those of `rows` in which every word stands in some searched field; by the index where there is one."""
    subject = SUBJECTS.get(register.record._meta.label_lower)
    if words.strip() and subject is not None and register.is_tracked():
        return rows.filter(holds(subject, words))
    for word in words.split()[:MOST_WORDS]:
        rows = rows.filter(_contains(register.record, register.search_fields, word))
    return rows


def _contains(model: Any, paths: Iterable[str], word: str) -> Q:
    """Rows of `model` with `word` in one of `paths`; a related table is searched once, not once a row."""
    wanted, beyond = Q(), defaultdict(list)
    for path in paths:
        step, _sep, rest = path.partition("__")
        if rest:
            beyond[step].append(rest)
        else:
            wanted |= Q(**{f"{path}__icontains": word})
    for step, rests in beyond.items():
        related = model._meta.get_field(step).related_model
        wanted |= Q(
            **{f"{step}__in": related._default_manager.filter(_contains(related, rests, word)).values("pk")}
        )
    return wanted


def _unit(named: Unit | str | None, person: Person) -> Unit | None:
    if not isinstance(named, str):
        return named
    unit = units_seen(person).filter(called(Unit, named)).first()
    if unit is None:
        raise BadWish(_("No unit is called “%(text)s”.") % {"text": named})
    return unit


def _refuse_strange(register: type[Register], given: dict[str, list[str]], ours: set[str]) -> None:
    allowed = {*parameters(register), *ours, *CURSORS, "sort", "size", "retired"}
    allowed |= {"q"} if register.search_fields else set()
    for name, values in given.items():
        if name not in allowed:
            raise BadWish(_("This list has no parameter “%(name)s”; it has %(all)s.") % {
                "name": name, "all": ", ".join(sorted(allowed))})  # fmt: skip
        if any("\x00" in value for value in values):
            raise BadWish(_("“%(name)s” holds a character that no text has.") % {"name": name})


def _once(name: str, values: list[str]) -> str:
    if len(values) > 1:
        raise BadWish(_("“%(name)s” can be given once only.") % {"name": name})
    return values[0] if values else ""


def _first(given: dict[str, list[str]], name: str) -> str | None:
    return _once(name, given.get(name, [])) or None


def _sort(register: type[Register], sort: str) -> str:
    if sort and sort.removeprefix("-") not in sortable(register):
        raise BadWish(_("This list cannot be sorted by “%(sort)s”; it can by %(all)s.") % {
            "sort": sort, "all": ", ".join(sortable(register))})  # fmt: skip
    return sort or register.sort


def _columns(register: type[Register], text: str) -> tuple[str, ...]:
    """The columns named with commas, in their order; none is as the reader has them."""
    names = tuple(dict.fromkeys(name for name in text.split(",") if name))
    offered = register.offered_names()
    for name in names:
        if name not in offered:
            raise BadWish(_("This list has no column “%(name)s”; it has %(all)s.") % {
                "name": name, "all": ", ".join(offered)})  # fmt: skip
    return names


def _size(text: str) -> int:
    if not text:
        return SIZE
    if not (text.isascii() and text.isdecimal() and 1 <= len(text) <= 3 and 1 <= int(text) <= LARGEST):
        raise BadWish(_("A page holds 1 to %(most)d rows.") % {"most": LARGEST})
    return int(text)


def _yes(text: str) -> bool:
    if text and text not in YES_NO:
        raise BadWish(_("“%(name)s” takes yes or no, not “%(text)s”.") % {"name": "retired", "text": text})
    return YES_NO.get(text, False)
