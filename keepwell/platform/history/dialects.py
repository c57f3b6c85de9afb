"""Ready rows into a table by the hundred thousand: COPY on PostgreSQL, one statement many times on SQLite.

The only module that knows which database it speaks to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

AT_ONCE = 5_000
Convert = Callable[[Any], Any]


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert `rows` of Python values for `columns` (attribute names) in the present transaction.

    Values must be checked already; columns left out take the database's defaults. Returns how many.
    """
    fields = [next(f for f in model._meta.concrete_fields if f.attname == name) for name in columns]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "postgresql":
        return _copy(f"COPY {table} ({names}) FROM STDIN", fields, rows)
    places = ", ".join(["%s"] * len(fields))
    return _execute(f"INSERT INTO {table} ({names}) VALUES ({places})", fields, rows)  # noqa: S608  # names of our own columns


def _copy(statement: str, fields: list[Any], rows: Iterable[Sequence[Any]]) -> int:
    from psycopg.types.json import Jsonb  # the driver is there only where PostgreSQL is used

    def wrap(value: Any) -> Any:
        return Jsonb(value, dumps=_json)

    wrapped = [number for number, field in enumerate(fields) if isinstance(field, models.JSONField)]
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for count, row in enumerate(rows, start=1):
            ready = list(row)
            for number in wrapped:
                ready[number] = wrap(ready[number])
            copy.write_row(ready)
    return count


def _execute(statement: str, fields: list[Any], rows: Iterable[Sequence[Any]]) -> int:
    converters = [(number, convert) for number, field in enumerate(fields) if (convert := _converter(field))]
    count = 0
    with connection.cursor() as cursor:
        for part in _parts(_converted(rows, converters)):
            cursor.executemany(statement, part)
            count += len(part)
    return count


def _converted(rows: Iterable[Sequence[Any]], converters: list[tuple[int, Convert]]) -> Iterator[list[Any]]:
    for row in rows:
        ready = list(row)
        for number, convert in converters:
            if ready[number] is not None:
                ready[number] = convert(ready[number])
        yield ready


def _converter(field: Any) -> Convert | None:
    """How SQLite keeps a field's values; None if as they are. Chosen once per column, not per value."""
    target = field.target_field if field.is_relation else field
    if isinstance(target, models.UUIDField):
        return _hex
    if isinstance(target, models.JSONField):
        return _json
    if isinstance(target, models.DateTimeField):
        return _moment
    if isinstance(target, models.DateField):
        return date.isoformat
    if isinstance(target, models.DecimalField):
        return _decimal
    return None


def _hex(value: UUID) -> str:
    return value.hex


def _moment(value: datetime) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None))


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)


def _parts(rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    while part := list(islice(rows, AT_ONCE)):
        yield part
