"""Queries that every page asks, and changes that it makes: compiled once by a process, then asked with other values.

Django makes the SQL of a query anew each time it is asked, which costs a page more than the database's answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import QuerySet
from django.db.models.query import RelatedPopulator, get_related_populators
from django.db.models.sql import UpdateQuery

from keepwell.kernel import moments
from keepwell.platform.history.models import Tracked

# What stands in a query while it is compiled, where the values will stand: nothing else is alike.
SOMETIME = datetime(1984, 2, 29, 13, 37, 11, 424242, UTC)
RECKONED = re.compile(r"19\d\d-\d\d-\d\d")
"""Days of its century, of which no query speaks: what was reckoned from the moment would stand there for ever."""
SOME = 0x9D1F6F0E1C55
SMALL = 1_984_022_913
"""A number that every column of numbers may hold: Django asks nothing of the database about one that it cannot."""
MAKE: dict[type, Callable[[int], Any]] = {
    UUID: lambda n: UUID(int=n),
    int: lambda n: SMALL + n - SOME,
    str: lambda n: f"some{n}",
    datetime: lambda n: SOMETIME - timedelta(days=1 + n - SOME),
    date: lambda n: (SOMETIME - timedelta(days=1 + n - SOME)).date(),
}
MOMENTS = models.DateTimeField()
DAYS = models.DateField()
FIELDS: dict[type, models.Field[Any, Any]] = {
    UUID: models.UUIDField(),
    int: models.BigIntegerField(),
    str: models.CharField(),
    datetime: MOMENTS,
    date: DAYS,
}


@dataclass(frozen=True)
class Compiled:
    """A statement, its values, which of them are given, the present moment, or today; and how rows become
    records: the readers of columns, their names, what is related, reckoned, and fetched in further queries."""

    statement: str
    values: tuple[Any, ...]
    given: tuple[tuple[int, int], ...] = ()
    present: tuple[int, ...] = ()
    today: tuple[int, ...] = ()
    readers: tuple[tuple[int, Any, Any], ...] = ()
    names: tuple[str, ...] = ()
    related: tuple[RelatedPopulator, ...] = ()
    reckoned: tuple[tuple[str, int], ...] = ()
    further: tuple[Any, ...] = ()


class Ready:
    """What `build` asks for, about values of some `kinds` (UUID, int, str, datetime, date), at the present business
    moment and day."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *kinds: type) -> None:
        self.build, self.kinds = build, kinds
        self.compiled: dict[str, Compiled] = {}

    def rows(self, *about: Any) -> list[Any]:
        """The rows of a `values_list` about these values, each a tuple."""
        compiled = self._compiled()
        with self._asked(compiled, about) as cursor:
            found: list[Any] = cursor.fetchall()
        return list(_read(found, compiled.readers)) if compiled.readers else found

    def records(self, *about: Any) -> list[Any]:
        """The records about these values, with what the query set fetches besides."""
        compiled = self._compiled()
        return _records(self.model, compiled, self.rows(*about))

    def record(self, *about: Any) -> Any:
        """The only record about these values, or the first one; None if there is none."""
        return next(iter(self.records(*about)), None)

    def _asked(self, compiled: Compiled, about: tuple[Any, ...]) -> Any:
        cursor = _cursor()
        cursor.execute(compiled.statement, self._values(compiled, about))
        return cursor

    def _values(self, compiled: Compiled, about: tuple[Any, ...]) -> list[Any]:
        values = list(compiled.values)
        for place, number in compiled.given:
            values[place] = self._prepared(number, about[number])
        for place in compiled.present:
            values[place] = MOMENTS.get_db_prep_value(moments.now(), connection)
        for place in compiled.today:
            values[place] = DAYS.get_db_prep_value(moments.today(), connection)
        return values

    def _prepared(self, number: int, value: Any) -> Any:
        return FIELDS[self.kinds[number]].get_db_prep_value(value, connection)

    def _compiled(self) -> Compiled:
        return self.compiled.get(connection.vendor) or self._compile()

    def _compile(self) -> Compiled:
        some = [MAKE[kind](SOME + number) for number, kind in enumerate(self.kinds)]
        stands = [self._prepared(number, one) for number, one in enumerate(some)]
        with moments.standing_at(SOMETIME):
            rows = self.build(*some)
            compiler = self._query(rows, some).get_compiler(connection=connection)
            statement, values = compiler.as_sql()
            today = DAYS.get_db_prep_value(moments.today(), connection)
        present = MOMENTS.get_db_prep_value(SOMETIME, connection)
        given = [(place, stands.index(value)) for place, value in enumerate(values) if value in stands]
        if {number for _place, number in given} != set(range(len(stands))):
            raise RuntimeError("A ready query is given a value that stands nowhere in it.")
        if any(value not in (present, today, *stands) and RECKONED.match(str(value)) for value in values):
            raise RuntimeError("A ready query reckons from the present moment; give it what was reckoned.")
        self.model = rows.model
        now, day = (tuple(n for n, value in enumerate(values) if value == one) for one in (present, today))
        found = self._kept(rows, compiler, Compiled(statement, tuple(values), tuple(given), now, day))
        self.compiled[connection.vendor] = found
        return found

    def _query(self, rows: QuerySet[Any, Any], _some: list[Any]) -> Any:
        return rows.query

    def _kept(self, rows: QuerySet[Any, Any], compiler: Any, said: Compiled) -> Compiled:
        return _told(rows, compiler, said)


class ReadyChange(Ready):
    """`change` of the rows that `build` asks for: the new values by column, made of the same values about which it asks.

    Only for rows that keep no history.
    """

    def __init__(
        self, build: Callable[..., QuerySet[Any, Any]], change: Callable[..., dict[str, Any]], *kinds: type
    ) -> None:
        super().__init__(build, *kinds)
        self.change = change

    def apply(self, *about: Any) -> int:
        """Change the rows about these values; returns how many there were."""
        with self._asked(self._compiled(), about) as cursor:
            return int(cursor.rowcount)

    def _query(self, rows: QuerySet[Any, Any], some: list[Any]) -> Any:
        if issubclass(rows.model, Tracked):
            raise TypeError(
                "A ready change would escape the history; save each record or use `history.bulk`."
            )
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(self.change(*some))
        return query

    def _kept(self, _rows: QuerySet[Any, Any], _compiler: Any, said: Compiled) -> Compiled:
        return said


FEW_KEYS = 4
_by_key: dict[tuple[type[models.Model], type], Ready] = {}


def by_key(model: type[models.Model], keys: Iterable[Any]) -> dict[Any, Any]:
    """The records of `model` with these keys (all UUID or all int), by key; few are asked for by a query made once."""
    wanted = sorted(set(keys))
    rows = model._default_manager
    if not wanted or len(wanted) > FEW_KEYS or type(wanted[0]) not in FIELDS:
        return rows.in_bulk(wanted)
    kind = type(wanted[0])
    if (model, kind) not in _by_key:
        _by_key[model, kind] = Ready(lambda *some: rows.filter(pk__in=some), *[kind] * FEW_KEYS)
    found = _by_key[model, kind].records(*wanted, *[wanted[0]] * (FEW_KEYS - len(wanted)))
    return {one.pk: one for one in found}


class Whole:
    """A question with all its values, about records of one kind: asked again, it is not made again.

    What it finds is read anew each time. Only who knows all that it was made from may ask it again.
    """

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        """Raises EmptyResultSet for a question that nothing can answer."""
        self.model, self.vendor = rows.model, connection.vendor
        compiler = rows.query.get_compiler(connection=connection)
        statement, values = compiler.as_sql()
        self.compiled = _told(rows, compiler, Compiled(statement, tuple(values)))

    def rows(self) -> list[tuple[Any, ...]]:
        """The rows as Python has them."""
        with connection.cursor() as cursor:
            cursor.execute(self.compiled.statement, self.compiled.values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return list(_read(found, self.compiled.readers)) if self.compiled.readers else found

    def records(self, rows: list[tuple[Any, ...]] | None = None) -> list[Any]:
        """The records, or those that `rows` read before are, with what the query set fetches besides."""
        return _records(self.model, self.compiled, self.rows() if rows is None else rows)

    @property
    def is_whole(self) -> bool:
        """Whether its rows say all that its records are: nothing is fetched in further queries."""
        return not self.compiled.further


def _told(rows: QuerySet[Any, Any], compiler: Any, said: Compiled) -> Compiled:
    """The statement that `compiler` made of `rows`, with what it knows of the columns."""
    readers = compiler.get_converters([column for column, _sql, _name in compiler.select])
    told = compiler.klass_info or {"select_fields": []}
    return replace(
        said,
        readers=tuple(
            (place, convert, column) for place, (converts, column) in readers.items() for convert in converts
        ),
        names=tuple(compiler.select[place][0].target.attname for place in told["select_fields"]),
        related=tuple(get_related_populators(told, compiler.select, connection.alias)),  # type: ignore[call-arg]  # the stubs know a later Django
        reckoned=tuple((compiler.annotation_col_map or {}).items()),
        further=tuple(rows._prefetch_related_lookups),  # type: ignore[attr-defined]  # the stubs forget it
    )


def _records(model: type[models.Model], compiled: Compiled, rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    """The records that `rows` are, with what their query set fetches besides."""
    records, own, alias = [], len(compiled.names), connection.alias
    for row in rows:
        record = model.from_db(alias, compiled.names, row[:own])
        for one in compiled.related:
            one.populate(row, record)
        for name, place in compiled.reckoned:
            setattr(record, name, row[place])
        records.append(record)
    if compiled.further and records:
        models.prefetch_related_objects(records, *map(_anew, compiled.further))
    return records


def _anew(further: Any) -> Any:
    """A further query as it was made: what Django fetches by it, it tells of the first record that it is fetched for."""
    if not isinstance(further, models.Prefetch):
        return further
    made = copy(further)
    made.queryset = further.queryset if further.queryset is None else further.queryset.all()
    return made


def _cursor() -> Any:  # a cursor of Django's, whichever database it is of
    """A cursor for statements that come again and again: PostgreSQL plans those it has prepared once."""
    if connection.vendor != "postgresql":
        return connection.cursor()
    from django.db.backends.postgresql.base import ServerBindingCursor

    connection.ensure_connection()
    cursor: Any = ServerBindingCursor  # the stubs know no arguments of it, nor what dresses it
    dress: Any = connection
    return dress._prepare_cursor(cursor(connection.connection))


def _read(rows: Iterable[Any], readers: Iterable[tuple[int, Any, Any]]) -> Iterator[tuple[Any, ...]]:
    """The rows with their columns as Python has them."""
    for row in rows:
        values = list(row)
        for place, convert, column in readers:
            values[place] = convert(values[place], column, connection)
        yield tuple(values)
