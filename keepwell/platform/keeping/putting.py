"""Where a backup is put: a new file beside the embedded database, or one transaction on a server; whole or
not at all.

The other of the two modules that know both databases.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any, Protocol

from django.apps import apps
from django.db import DatabaseError, OperationalError, connection, transaction

from keepwell.kernel.refusing import Refused
from keepwell.platform.history.dialects import TURN
from keepwell.platform.keeping import steps
from keepwell.platform.keeping.tables import Column, Table

SIGNS = ("tree_unit", "people_person", "history_change")
"""Tables that are empty only where nothing was entered yet."""
OCCUPIED = "The database here is not empty; name an empty one, or replace it by --replace."
IN_USE = "Somebody else uses the database here; stop the server and the workers first."
LOCK_MILLISECONDS = 10_000


class Place(Protocol):
    """An empty database that is kept only if everything went well."""

    def clear(self, tables: Iterable[Table]) -> None:
        """Take away what migrations wrote into `tables`, before the first of them is loaded."""
        ...

    def load(self, table: Table, pieces: Iterator[bytes]) -> int:
        """Put rows, given as pieces of whole lines, into `table`; returns how many."""
        ...

    def settle(self) -> None:
        """Check that every link leads somewhere, and let keys be counted on; raises Refused."""
        ...


@contextmanager
def place(*, replace: bool) -> Iterator[Place]:
    """The database of the settings, to be filled anew; what stood there stays if the block fails."""
    if not replace and is_occupied():
        raise Refused(OCCUPIED)
    if connection.vendor == "sqlite":
        with beside(Path(connection.settings_dict["NAME"])) as found:
            yield found
    else:
        with within() as found:
            yield found


def is_occupied() -> bool:
    """Whether the database holds records."""
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in there.intersection(SIGNS):
            cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')  # noqa: S608  # a table of ours
            if cursor.fetchone():
                return True
    return False


def counted(table: Table) -> int:
    """How many rows `table` has now."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table.name}"')  # noqa: S608  # a table of ours
        return int(cursor.fetchone()[0])


@contextmanager
def beside(path: Path) -> Iterator[Place]:
    """A new file beside `path`, which it replaces in the end."""
    draft = path.with_name(f"{path.name}.restoring")
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove(draft)
    connection.close()
    connection.settings_dict["NAME"] = draft
    try:
        with connection.cursor() as cursor:
            # The draft is synced once, when it is whole.
            cursor.execute("PRAGMA synchronous=OFF")
        yield Embedded()
        _close_whole(draft)
        _set_aside(path)
        draft.replace(path)
        _sync(path.parent)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = path
        _remove(draft)


class Embedded:
    """A new file for the embedded database."""

    def clear(self, tables: Iterable[Table]) -> None:
        connection.disable_constraint_checking()
        with transaction.atomic(), connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f'DELETE FROM "{table.name}"')  # noqa: S608  # a table of ours

    def load(self, table: Table, pieces: Iterator[bytes]) -> int:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        marks = ", ".join("?" * len(table.columns))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608  # a table of ours
        converters = [(n, bytes.fromhex) for n, c in enumerate(table.columns) if c.kind == "binary"]
        count = 0
        connection.disable_constraint_checking()
        with transaction.atomic(), connection.cursor() as cursor:
            driver: sqlite3.Cursor = cursor.cursor.connection.cursor()
            for rows in batches(pieces):
                driver.executemany(statement, _converted(rows, converters))
                count += len(rows)
        return count

    def settle(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_key_check")
            broken = cursor.fetchone()
        if broken:
            raise Refused(f"The backup's table {broken[0]} names rows of {broken[2]} that it does not hold.")


def _close_whole(draft: Path) -> None:
    """Let everything stand in the one file, on the disk."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with draft.open("rb+") as file:
        os.fsync(file.fileno())


def _set_aside(path: Path) -> None:
    """Take the old database away; refused while somebody has it open."""
    if not path.exists():
        return
    old = sqlite3.connect(path, timeout=1, isolation_level=None)
    try:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        old.close()
    # The last one to close it takes the journal away; if that is there, somebody else has it open.
    if Path(f"{path}-wal").exists():
        raise Refused(IN_USE)


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal", ".migrating", TURN):
        Path(f"{path}{ending}").unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    found = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(found)
    finally:
        os.close(found)


@contextmanager
def within() -> Iterator[Place]:
    """One transaction on the server, in which everything of ours is dropped and made anew."""
    # The clients' limit is lifted with the server's.
    patient = connection.patient_for(inf)  # type: ignore[attr-defined]  # PostgreSQL has it
    with patient, transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL TIME ZONE 'UTC'")
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(LOCK_MILLISECONDS)])
            try:
                # A server needs a moment to end what a killed process began; who works on goes on longer.
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [steps.LOCK])
                for table in _own_tables():
                    cursor.execute(f'DROP TABLE "{table}" CASCADE')
            except OperationalError as waiting:
                raise Refused(IN_USE) from waiting
        yield Server()


def _own_tables() -> list[str]:
    """The tables of Keepwell in this database, those of older versions too."""
    labels = tuple(f"{config.label}_" for config in apps.get_app_configs()) + ("django_",)
    return [name for name in connection.introspection.table_names() if name.startswith(labels)]


COUNTED = """
SELECT table_name, column_name FROM information_schema.columns
 WHERE table_schema = current_schema() AND (is_identity = 'YES' OR column_default LIKE 'nextval(%')
"""


def _count_on() -> None:
    """Let every counted key go on after the highest there is, whatever version the tables are of."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED)
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT setval(pg_get_serial_sequence(%s, %s), coalesce(max("{column}"), 1), '  # noqa: S608
                f'max("{column}") IS NOT NULL) FROM "{table}"',
                [f'"{table}"', column],
            )


class Server:
    """A PostgreSQL database within one transaction."""

    def clear(self, tables: Iterable[Table]) -> None:
        # What migrations wrote may still wait to be checked, and nothing is truncated before.
        self.settle()
        names = ", ".join(f'"{table.name}"' for table in tables)
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {names} CASCADE")

    def load(self, table: Table, pieces: Iterator[bytes]) -> int:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        converters = [(n, told) for n, c in enumerate(table.columns) if (told := _for_server(c))]
        count = 0
        try:
            with (
                connection.cursor() as cursor,
                cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy,
            ):
                for rows in batches(pieces):
                    for row in _converted(rows, converters):
                        copy.write_row(row)
                    count += len(rows)
        except DatabaseError as refused:
            reason = str(refused).strip().splitlines()[0]
            raise Refused(f"PostgreSQL does not take the rows of {table.name}: {reason}.") from refused
        return count

    def settle(self) -> None:
        with connection.cursor() as cursor:
            try:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            except DatabaseError as broken:
                reason = str(broken).strip().splitlines()[0]
                raise Refused(f"The backup's rows do not belong together: {reason}.") from broken
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        _count_on()


def _for_server(column: Column) -> Callable[[Any], Any] | None:
    """What makes a value fit for COPY; None if it is."""
    if column.kind == "binary":
        return lambda value: f"\\x{value}"
    if column.kind == "duration":
        return lambda value: f"{value} microseconds"
    return None


def batches(pieces: Iterator[bytes]) -> Iterator[list[list[Any]]]:
    """The rows of the lines that `pieces` hold, which may be cut anywhere."""
    rest = b""
    for piece in pieces:
        whole, found, rest = (rest + piece).rpartition(b"\n")
        if found:
            yield json.loads(b"[" + whole.replace(b"\n", b",") + b"]")
    if rest:
        raise Refused("A row of the backup ends in the middle; take another copy.")


def _converted(rows: list[list[Any]], converters: list[tuple[int, Callable[[Any], Any]]]) -> list[list[Any]]:
    for number, convert in converters:
        for row in rows:
            if row[number] is not None:
                row[number] = convert(row[number])
    return rows
