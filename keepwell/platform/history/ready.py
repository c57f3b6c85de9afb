"""Queries that every page asks: compiled once by a process, then asked with other values.

Django makes the SQL of a query anew each time it is asked, which costs a page more than the database's answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import QuerySet

from keepwell.kernel import moments

# What stands in a query while it is compiled, where the values will stand: nothing else is alike.
SOMETHING = UUID("9d1f6f0e-1c55-4a6f-8f0a-2f1c5a0e7b31")
SOMETIME = datetime(1984, 2, 29, 13, 37, 11, 424242, UTC)
IDS, MOMENTS = models.UUIDField(), models.DateTimeField()


@dataclass(frozen=True)
class Compiled:
    """A statement, its values, at which of their places id and moment stand, and how its columns are read."""

    statement: str
    values: tuple[Any, ...]
    ids: tuple[int, ...]
    moments: tuple[int, ...]
    readers: tuple[tuple[int, Any, Any], ...]


class Ready:
    """The rows (`values_list`) that `build` asks for about one id, at the present business moment."""

    def __init__(self, build: Callable[[UUID], QuerySet[Any, Any]]) -> None:
        self.build = build
        self.compiled: dict[str, Compiled] = {}

    def rows(self, about: UUID) -> list[Any]:
        """The rows about `about`, each a tuple."""
        found = self.compiled.get(connection.vendor) or self._compile()
        values = list(found.values)
        for place in found.ids:
            values[place] = IDS.get_db_prep_value(about, connection)
        for place in found.moments:
            values[place] = MOMENTS.get_db_prep_value(moments.now(), connection)
        with connection.cursor() as cursor:
            cursor.execute(found.statement, values)
            rows = cursor.fetchall()
        return list(_read(rows, found)) if found.readers else rows

    def _compile(self) -> Compiled:
        with moments.standing_at(SOMETIME):
            compiler = self.build(SOMETHING).query.get_compiler(connection=connection)
            statement, values = compiler.as_sql()
        at = {name: tuple(place for place, value in enumerate(values) if value == stands)
              for name, stands in (("ids", IDS.get_db_prep_value(SOMETHING, connection)),
                                   ("moments", MOMENTS.get_db_prep_value(SOMETIME, connection)))}  # fmt: skip
        if not at["ids"]:
            raise RuntimeError("What a ready query is about stands nowhere in it.")
        readers = compiler.get_converters([column for column, _sql, _name in compiler.select])
        found = Compiled(statement, tuple(values), readers=tuple(
            (place, convert, column) for place, (converts, column) in readers.items() for convert in converts), **at)  # fmt: skip
        self.compiled[connection.vendor] = found
        return found


def _read(rows: list[Any], found: Compiled) -> Iterator[tuple[Any, ...]]:
    """The rows with their columns as Python has them."""
    for row in rows:
        values = list(row)
        for place, convert, column in found.readers:
            values[place] = convert(values[place], column, connection)
        yield tuple(values)
