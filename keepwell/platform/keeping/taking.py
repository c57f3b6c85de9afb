"""A picture of the database at one moment, read while others go on writing: rows as lines of JSON.

One of the two modules that know both databases. Values are written as SQLite keeps them: ids as 32 hex
digits, moments as `2025-11-13 21:12:00` in UTC, truth as 0 and 1, JSON as text, bytes as hex.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from django.db import connection

from keepwell.platform.keeping.tables import Column, Table

AT_ONCE = 2_000
PIECE = 2**16
MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY id"


class Picture(Protocol):
    """The database at one moment."""

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that `statement` finds."""
        ...

    def lines(self, table: Table) -> Iterator[bytes]:
        """The rows of `table` as lines of JSON, in pieces of whole lines."""
        ...


@contextmanager
def picture() -> Iterator[Picture]:
    """The database as it is now, on a connection of its own that blocks no writer."""
    if connection.vendor == "sqlite":
        with _embedded() as found:
            yield found
    else:
        with _server() as found:
            yield found


def applied(found: Picture) -> list[list[str]]:
    """The migrations that made the tables, as [app, name]."""
    return [list(row) for row in found.query(MIGRATIONS)]


def count(found: Picture, table: Table) -> int:
    """How many rows `table` has."""
    return int(found.query(f'SELECT count(*) FROM "{table.name}"')[0][0])  # noqa: S608  # a table of ours


@contextmanager
def _embedded() -> Iterator[Picture]:
    path = Path(connection.settings_dict["NAME"]).resolve()
    # Read-only, and in WAL mode: a reader never holds up a writer, however long it reads.
    found = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, timeout=20)
    try:
        found.execute("BEGIN")
        found.execute(MIGRATIONS).fetchall()
        yield Embedded(found)
    finally:
        found.close()


class Embedded:
    """The embedded database at one moment."""

    def __init__(self, found: sqlite3.Connection) -> None:
        self.found = found

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        return self.found.execute(statement).fetchall()

    def lines(self, table: Table) -> Iterator[bytes]:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        statement = f'SELECT {names} FROM "{table.name}"{table.ordered}'  # noqa: S608  # a table of ours
        cursor = self.found.execute(statement)
        converters = [(n, told) for n, c in enumerate(table.columns) if (told := _converter(c))]
        while rows := cursor.fetchmany(AT_ONCE):
            plain = rows if not converters else [_converted(row, converters) for row in rows]
            yield "".join(f"{_line(row)}\n" for row in plain).encode()


_line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _converted(row: tuple[Any, ...], converters: list[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(row)
    for number, convert in converters:
        if values[number] is not None:
            values[number] = convert(values[number])
    return values


def _converter(column: Column) -> Callable[[Any], Any] | None:
    """What makes a value of SQLite fit for JSON; None if it is."""
    if column.kind == "binary":
        return bytes.hex
    if column.kind == "decimal":
        smallest = Decimal(1).scaleb(-column.places)
        return lambda value: format(Decimal(str(value)).quantize(smallest), "f")
    return None


@contextmanager
def _server() -> Iterator[Picture]:
    import psycopg  # the driver is there only where PostgreSQL is used

    params = {k: v for k, v in connection.get_connection_params().items() if k != "pool"}
    params.pop("cursor_factory", None)
    with psycopg.connect(**params) as found:
        found.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        found.read_only = True
        with found.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        yield Server(found)


class Server:
    """A PostgreSQL database at one moment."""

    def __init__(self, found: Any) -> None:  # a connection of the driver, which may be missing
        self.found = found

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.found.execute(statement).fetchall()
        return rows

    def lines(self, table: Table) -> Iterator[bytes]:
        values = ", ".join(_told(column) for column in table.columns)
        # JSON holds neither a line break nor these two control characters bare, so nothing is ever quoted.
        statement = (
            f'COPY (SELECT json_build_array({values}) FROM "{table.name}"{table.ordered}) TO STDOUT'  # noqa: S608
            " (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')"
        )
        kept = bytearray()
        with self.found.cursor() as cursor, cursor.copy(statement) as copy:
            for row in copy:
                kept += row
                if len(kept) > PIECE:
                    yield bytes(kept)
                    kept.clear()
        if kept:
            yield bytes(kept)


_TOLD = {
    "boolean": "{}::int",
    "uuid": "replace({}::text, '-', '')",
    "moment": "regexp_replace(to_char({}, 'YYYY-MM-DD HH24:MI:SS.US'), '\\.000000$', '')",
    "day": "to_char({}, 'YYYY-MM-DD')",
    "time": "regexp_replace(to_char({}, 'HH24:MI:SS.US'), '\\.000000$', '')",
    "duration": "(extract(epoch from {}) * 1000000)::bigint",
    "decimal": "{}::text",
    "json": "{}::text",
    "binary": "encode({}, 'hex')",
    "address": "host({})",
}


def _told(column: Column) -> str:
    """The expression that gives a column's values as SQLite keeps them."""
    return _TOLD.get(column.kind, "{}").format(f'"{column.name}"')
