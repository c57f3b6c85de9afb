"""The keyset pager: a page by the row before it, so that the last page costs what the first does.

`rows` of a source are what is listed; `among`, when given, all the rows they lie among: the index that orders those
finds a page of `rows` without sorting them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import F, Model, Q, QuerySet, UniqueConstraint
from django.db.models.lookups import In

WINDOW = 1_000
"""How many neighbours a page is looked for among; who sees a twentieth of them fills a page of fifty."""


@dataclass(frozen=True)
class Order:
    """Rows by `path`, then by key in the same direction; rows without a value come last both ways."""

    path: str
    backwards: bool = False
    may_be_empty: bool = False

    @property
    def by(self) -> list[Any]:
        """The order as a query takes it, rows without a value last."""
        paths = [self.path] if self.path in ("pk", "id") else [self.path, "pk"]
        return [F(p).desc(nulls_last=True) if self.backwards else F(p).asc(nulls_last=True) for p in paths]

    def position(self, row: Any) -> Position:
        """Where `row` stands in this order."""
        value = row
        for step in self.path.split("__"):
            value = getattr(value, step, None)
        return Position(value, row.pk)


@dataclass(frozen=True)
class Position:
    """A place in an order: the sorted value (None: empty) and the key of one row."""

    value: Any  # whatever the sorted column holds
    key: Any  # UUID or int


class Within(In):
    """Whether a key is among those that a question finds, which is asked before all others.

    PostgreSQL is given them as one value: as one condition among many it would join them where it guesses that to be
    cheap, and where it takes a site's hundred thousand rows for twenty it holds each row against each key.
    """

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        key, of_key = self.process_lhs(compiler, connection)
        keys, of_keys = compiler.compile(self.rhs)
        return f"{key} = ANY(ARRAY{keys})", [*of_key, *of_keys]


Fetch = Callable[[QuerySet[Any]], QuerySet[Any]]
Read = Callable[[str, Callable[[], QuerySet[Any]]], list[Any]]
"""Reads rows; a name stands for each question that is put about one source."""


def plainly(_name: str, make: Callable[[], QuerySet[Any]]) -> list[Any]:
    """The rows that `make` asks for."""
    return list(make())


@dataclass(frozen=True)
class Source:
    """What is listed of a `model`, each asked for when it is needed: `rows`, the rows `among` which they lie, what a
    page shows (`fetch`), and how it is read."""

    model: type[Model]
    rows: Callable[[], QuerySet[Any]]
    fetch: Fetch
    among: Callable[[], QuerySet[Any]] | None = None
    read: Read = plainly


@dataclass(frozen=True)
class Page:
    """Rows in order, and whether there are more on either side."""

    rows: list[Any]
    has_earlier: bool
    has_later: bool


def first(source: Source, order: Order, size: int) -> Page:
    """The first `size` rows, fetched in full."""
    found = _take(source, order, None, size + 1, upwards=False)
    return Page(found[:size], has_earlier=False, has_later=len(found) > size)


def last(source: Source, order: Order, size: int) -> Page:
    """The last `size` rows, in order."""
    found = _take(source, order, None, size + 1, upwards=True)
    return Page(found[:size][::-1], has_earlier=len(found) > size, has_later=False)


def after(source: Source, order: Order, start: Position, size: int) -> Page:
    """The `size` rows that follow `start`."""
    found = _take(source, order, start, size + 1, upwards=False)
    return Page(found[:size], has_earlier=True, has_later=len(found) > size)


def before(source: Source, order: Order, start: Position, size: int) -> Page:
    """The `size` rows that come before `start`, in order."""
    found = _take(source, order, start, size + 1, upwards=True)
    return Page(found[:size][::-1], has_earlier=len(found) > size, has_later=True)


def _take(source: Source, order: Order, start: Position | None, most: int, *, upwards: bool) -> list[Any]:
    """Up to `most` rows beyond `start` (None: from the end), nearest first, fetched in full."""
    found: list[Any] = []
    for empty in _stretches(order, start, upwards=upwards):
        if len(found) < most:
            begin = start if start and (start.value is None) == empty else None
            part = partial(_stretch, order=order, begin=begin, empty=empty, upwards=upwards)
            found += _nearest(
                source, part, most - len(found), is_led=_leads_an_index(source.model, order.path)
            )
    return found


def _nearest(source: Source, part: partial[QuerySet[Any]], most: int, *, is_led: bool) -> list[Any]:
    """The first `most` rows of `part` of the source, looked for among the first thousand of its neighbours where an
    index leads to them.

    Where the wanted rows lie thick among the others that ends soon, and an index gives the order; where
    they lie thin they are few, and sorting all of them costs little. What lies wholly within the window is not looked
    for again.
    """
    stretch = lambda: part(source.rows())  # noqa: E731  # shorter than what it would be called by
    name = f"{most} of {part.keywords}"
    if is_led and (among := source.among) is not None:
        keys = lambda: part(among()).values("pk")  # noqa: E731
        near = lambda: stretch().filter(Within(F("pk"), keys()[:WINDOW].query))  # noqa: E731
        found = source.read(f"near {name} in {WINDOW}", lambda: _fetched(source, near(), most))
        if len(found) == most or not keys()[WINDOW : WINDOW + 1].exists():
            return found
    return source.read(name, lambda: _fetched(source, stretch(), most))


def _fetched(source: Source, rows: QuerySet[Any], most: int) -> QuerySet[Any]:
    """The first `most` of `rows`. Only keys are sorted: what a row shows is fetched for the rows of the page."""
    keys = rows.values("pk")[:most]
    return source.fetch(source.model._default_manager.filter(pk__in=keys)).order_by(*rows.query.order_by)


def _leads_an_index(model: type[Model], path: str) -> bool:
    """Whether an index gives the rows of `model` in the order of `path`; where that is what another row is called by,
    one of `model` that has each of those together, in the order of their keys."""
    told = model._meta
    link, _step, name = path.partition("__")
    if name:
        other: Any = told.get_field(link).related_model
        is_own = "__" not in name and other._meta.get_field(name).unique
        return is_own and any(list(index.fields) == [link, "id"] for index in told.indexes)
    listed = [index.fields[0] for index in told.indexes if index.fields]
    listed += [one.fields[0] for one in told.constraints if isinstance(one, UniqueConstraint) and one.fields]
    single = {
        field.name for field in told.concrete_fields if field.unique or getattr(field, "db_index", False)
    }
    return path in ("pk", "id") or path in single or path in (name.lstrip("-") for name in listed)


def _stretches(order: Order, start: Position | None, *, upwards: bool) -> Iterator[bool]:
    """Which stretches to read, in which turn: rows with a value (False), rows without (True)."""
    if not order.may_be_empty:
        yield False
        return
    turn = (True, False) if upwards else (False, True)
    begun = start is None
    for empty in turn:
        begun = begun or (start is not None and (start.value is None) == empty)
        if begun:
            yield empty


def _stretch(
    rows: QuerySet[Any], order: Order, begin: Position | None, *, empty: bool, upwards: bool
) -> QuerySet[Any]:
    """One stretch from `begin` on. Two plain ranges: an index serves each on either database."""
    down = order.backwards != upwards
    side, path = ("lt" if down else "gt"), order.path
    if order.may_be_empty:
        rows = rows.filter(**{f"{path}__isnull": empty})
    if begin and empty:
        rows = rows.filter(**{f"pk__{side}": begin.key})
    elif begin:
        beyond = Q(**{f"{path}__{side}": begin.value}) | Q(**{f"pk__{side}": begin.key})
        rows = rows.filter(beyond, **{f"{path}__{side}e": begin.value})
    paths = ["pk"] if empty or path in ("pk", "id") else [path, "pk"]
    return rows.order_by(*(F(p).desc() if down else F(p).asc() for p in paths))
