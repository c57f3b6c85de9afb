"""Ready rows into a table by the hundred thousand: COPY on PostgreSQL, one statement many times on SQLite.

The only module that knows which database it speaks to.
"""

from __future__ import annotations

import fcntl
import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models.functions import Cast

AT_ONCE = 5_000
WORTH_COPYING = 10
TURN_SECONDS = 0.12
"""A little longer than SQLite lets somebody sleep who waits for its lock (100 ms)."""
TURN = ".turn"
"""What the file beside an embedded database is called that work in the background holds in turn."""
JOURNAL_SECONDS = 0.5
"""Emptying the journal waits so long until nobody reads or writes."""
LENGTH = re.compile(r"\(.*\)")
Convert = Callable[[Any], Any]
Converters = list[tuple[int, Convert]]


def shares_one_lock() -> bool:
    """Whether all who write wait for one lock, as on SQLite."""
    return bool(connection.vendor == "sqlite")


def embedded_file() -> Path | None:
    """The file of an embedded database; None for one in memory, or on a server."""
    if not shares_one_lock() or connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite has it
        return None
    return Path(connection.settings_dict["NAME"])


@contextmanager
def in_turn() -> Iterator[None]:
    """Around one of many transactions in the background: where all who write wait for one lock, all such work goes one at
    a time, and leaves a moment after each in which a page has its turn. Without it the next one takes the lock again long
    before a sleeper looks, or another does, and a page waits until all is done."""
    file = embedded_file()
    if file is None:
        yield
        return
    with Path(f"{file}{TURN}").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
        time.sleep(TURN_SECONDS)


def empty_journal() -> bool:
    """Bring what stands in the journal of an embedded database into its one file and empty it, outside a transaction: what
    was erased from the file stands there as long as anybody has it open. False if it was in use all the while."""
    file = embedded_file()
    if file is None:
        return True
    place = f"file:{quote(str(file))}?mode=rw"
    try:
        with closing(sqlite3.connect(place, JOURNAL_SECONDS, isolation_level=None, uri=True)) as own:
            is_busy, _pages, _brought = own.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:  # no room for it in the file, or the file is gone
        return False
    return not is_busy


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert `rows` of Python values for `columns` (attribute names) in the present transaction.

    Values must be checked already; columns left out take the database's defaults. Returns how many.
    """
    fields: list[Any] = [
        next(f for f in model._meta.concrete_fields if f.attname == name) for name in columns
    ]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    is_postgresql = connection.vendor == "postgresql"
    choose = _for_postgresql if is_postgresql else _for_sqlite
    converters = [
        (number, convert) for number, field in enumerate(fields) if (convert := choose(_target(field)))
    ]
    ready = _converted(rows, converters) if converters else rows
    if is_postgresql and not (isinstance(rows, list) and len(rows) < WORTH_COPYING):
        return _copy(f"COPY {table} ({names}) FROM STDIN", ready)
    places = ", ".join(["%s"] * len(fields))
    return _execute(f"INSERT INTO {table} ({names}) VALUES ({places})", ready)  # noqa: S608  # our own columns


def id_text(path: str) -> Cast:
    """The id at `path` as the database's own text: matched and inserted by the hundred thousand without
    making a UUID of each. The same id is the same text in one database, not across two."""
    return Cast(path, output_field=models.CharField())


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Set `columns` and the next version of tracked rows, each given as its values, id and present version.

    Returns how many rows there still were at that version.
    """
    fields: list[Any] = [
        next(f for f in model._meta.concrete_fields if f.attname == name)
        for name in (*columns, "id", "version")
    ]
    is_postgresql = connection.vendor == "postgresql"
    choose = _wrapped if is_postgresql else _for_sqlite
    converters = [
        (number, convert) for number, field in enumerate(fields) if (convert := choose(_target(field)))
    ]
    count, rest = 0, _converted(rows, converters)
    while part := list(islice(rest, AT_ONCE)):
        turned = list(zip(*part, strict=True)) if is_postgresql and len(part) >= WORTH_COPYING else []
        is_many = bool(turned) and all(map(_are_alike, turned))
        count += _update_at_once(model, fields, turned) if is_many else _update_each(model, fields, part)
    return count


def _update_each(model: type[models.Model], fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> int:
    quote, table = connection.ops.quote_name, connection.ops.quote_name(model._meta.db_table)
    sets = "".join(f"{quote(field.column)} = %s, " for field in fields[:-2])
    statement = f"UPDATE {table} SET {sets}version = version + 1 WHERE id = %s AND version = %s"  # noqa: S608  # names of our own columns
    return _execute(statement, rows)


def _update_at_once(
    model: type[models.Model], fields: Sequence[Any], columns: Sequence[Sequence[Any]]
) -> int:
    """The same by one statement of PostgreSQL, which is given each column as an array. Its types have no length: what
    is too long is refused by the table, not cut off on the way."""
    quote, table = connection.ops.quote_name, connection.ops.quote_name(model._meta.db_table)
    sets = "".join(f"{quote(field.column)} = v.c{number}, " for number, field in enumerate(fields[:-2]))
    kinds = [LENGTH.sub("", field.db_type(connection) or "") for field in fields]
    given = ", ".join(f"%s::{kind}[]" for kind in kinds)
    names = ", ".join(f"c{number}" for number in range(len(fields) - 2))
    statement = (
        f"UPDATE {table} AS row SET {sets}version = row.version + 1 "  # noqa: S608  # names of our own columns
        f"FROM unnest({given}) AS v({names}, id, version) WHERE row.id = v.id AND row.version = v.version"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in columns])
        found: int = cursor.rowcount
    return found


def _are_alike(column: Sequence[Any]) -> bool:
    """Whether the values of a column are of one kind, as those of an array must be."""
    return len({type(value) for value in column} - {type(None)}) <= 1


Numbered = tuple[int, int, bytes | None, bytes | None, bytes, bytes]


def number(rows: Sequence[Numbered]) -> None:
    """Give rows of the trail, each told by its id, their number, salts and commitments (who, what)."""
    sets = "leaf = {}, who_salt = {}, what_salt = {}, who = {}, what = {}"
    if connection.vendor == "postgresql":
        given = ", ".join(f"v.{name}" for name in ("leaf", "a", "b", "c", "d"))
        told = "unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[], %s::bytea[]"
        statement = (
            f"UPDATE history_change AS row SET {sets.format(*given.split(', '))} "  # noqa: S608  # our own words
            f"FROM {told}, %s::bytea[]) AS v(id, leaf, a, b, c, d) WHERE row.id = v.id AND row.leaf IS NULL"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
            count = cursor.rowcount
    else:
        statement = f"UPDATE history_change SET {sets.format(*['%s'] * 5)} WHERE id = %s AND leaf IS NULL"  # noqa: S608  # our own words
        count = _execute(statement, ((*row[1:], row[0]) for row in rows))
    if count != len(rows):
        raise RuntimeError("Somebody else numbers the trail.")


def _copy(statement: str, rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for count, row in enumerate(rows, start=1):  # noqa: B007  # the last one is told
            copy.write_row(row)
    return count


def _execute(statement: str, rows: Iterable[Sequence[Any]]) -> int:
    count, rest = 0, iter(rows)
    with connection.cursor() as cursor:
        while part := list(islice(rest, AT_ONCE)):
            if len(part) == 1:
                cursor.execute(statement, part[0])
            else:
                cursor.executemany(statement, part)
            count += cursor.rowcount
    return count


def _converted(rows: Iterable[Sequence[Any]], converters: Converters) -> Iterator[Sequence[Any]]:
    """The same rows with the values of some columns converted, a column at a time."""
    rest = iter(rows)
    while part := list(islice(rest, AT_ONCE)):
        columns: list[Sequence[Any]] = list(zip(*part, strict=True))
        for number, convert in converters:
            columns[number] = [None if value is None else convert(value) for value in columns[number]]
        yield from zip(*columns, strict=True)


def _target(field: Any) -> Any:
    """The field whose kind of value a column holds: of a link, the key of what it links to."""
    while field.is_relation:
        field = field.target_field
    return field


def _for_postgresql(field: Any) -> Convert | None:
    """What the driver is given for a field's values; None if the value itself. Chosen once per column."""
    if isinstance(field, models.JSONField):
        return _json(field)
    return None


def _wrapped(field: Any) -> Convert | None:
    """What a statement is to be given for JSON, which the driver would not know from text."""
    if not isinstance(field, models.JSONField):
        return None
    from psycopg.types.json import Jsonb  # the driver is there only where PostgreSQL is used

    encode = _json(field)
    return lambda value: Jsonb(value, dumps=encode)


def _for_sqlite(field: Any) -> Convert | None:
    """How SQLite keeps a field's values; None if as they are. Chosen once per column, not per value."""
    if isinstance(field, models.UUIDField):
        return _hex
    if isinstance(field, models.JSONField):
        return _json(field)
    if isinstance(field, models.DateTimeField):
        return _moment
    if isinstance(field, models.DateField):
        return date.isoformat
    if isinstance(field, models.DecimalField):
        return _rounded(field.decimal_places)
    return None


def _hex(value: UUID | str) -> str:
    return value if isinstance(value, str) else value.hex


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(" ")[: -len("+00:00")]


def _rounded(places: int) -> Convert:
    smallest = Decimal(1).scaleb(-places)
    return lambda value: format(value.quantize(smallest), "f")


_EMPTY = {dict: "{}", list: "[]", str: '""', int: "0", bool: "false", float: "0.0"}


def _json(field: models.JSONField) -> Convert:
    encoder = field.encoder or DjangoJSONEncoder
    return lambda value: json.dumps(value, cls=encoder) if value else _EMPTY[type(value)]
