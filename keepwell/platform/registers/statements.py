"""Statements of lists and choices that are asked the same way again and again, kept by all that they were made from.

Django makes the SQL of a query set anew each time, which costs a list more than the database's answer. What a list asks
follows from what is wished, what the person holds, who they are, and the hour; under exactly these its statements are
kept, and what they find is read anew each time. So nothing needs to be invalidated: a right that is taken is another
key. A statement whose making asks the database anything is never kept, for what that says tomorrow is not in the key;
nor is one that names a moment, which passes.

Of a person and of rows a key says a digest alone, made with a secret of the process: what is kept holds nobody's name.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from secrets import token_bytes
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet
from django.utils.translation import get_language

from keepwell.kernel import moments
from keepwell.platform.history.ready import Whole
from keepwell.platform.jobs.asking import reach
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import Held, held, reading_alone
from keepwell.platform.replicas.routing import side

MOST_KEPT = 500
"""Of a process; one takes some kilobytes."""
QUARTER_SECONDS = 900
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:")
Make = Callable[[], QuerySet[Any]]
PLAIN = frozenset({str, int, float, bool, type(None), bytes, UUID, date, datetime, time, timedelta, Decimal})
"""Of which types a value says all that it is by how it is written."""
SECRET = token_bytes(32)
MOST_TOLD = 60
"""Of a process; one takes some ten kilobytes."""
Told = TypeVar("Told")
_told: OrderedDict[Hashable, Any] = OrderedDict()
_kept: OrderedDict[Hashable, Whole | None] = OrderedDict()


def forget() -> None:
    """Keep nothing any more: for whoever changes the code itself in a running process, as a test does."""
    _kept.clear()
    _told.clear()


def found(key: Hashable, person: Person, make: Make) -> list[Any]:
    """The records that `make` asks for: whatever else it was made from than `person` and the hour stands in `key`."""
    if side() != DEFAULT_DB_ALIAS:
        return list(make())  # who may see what was written into the statement
    _whole, statement = _statement(key, person, held(person), make)
    return statement.records() if statement else list(make())


def told(key: Hashable, person: Person, make: Make, tell: Callable[[list[Any]], Told]) -> Told:
    """What `tell` says of the records that `make` asks for; the same while the rows are read the same, if it asks nothing
    of the database for it."""
    rights = held(person)
    whole, statement = _statement(key, person, rights, make) if side() == DEFAULT_DB_ALIAS else (None, None)
    if statement is None or not statement.is_whole:
        return tell(list(make()))
    rows = statement.rows()
    if not all(type(value) in PLAIN for row in rows for value in row):
        return tell(statement.records(rows))
    said = whole, _digest(rows)
    known: Told | None = _told.get(said)
    return _kept_as(said, person, rights, lambda: tell(statement.records(rows))) if known is None else known


def _kept_as(said: Hashable, person: Person, rights: list[Held], tell: Callable[[], Told]) -> Told:
    """What `tell` says, kept as what is `said` if nothing was asked of the database for it."""
    with _counting() as asked, reading_alone(person, rights):
        words = tell()
    if not asked:
        if len(_told) >= MOST_TOLD:
            _told.popitem(last=False)
        _told[said] = words
    return words


def _statement(
    key: Hashable, person: Person, rights: list[Held], make: Make
) -> tuple[Hashable, Whole | None]:
    """All that the statement of `make` follows from, and the statement; None for one that cannot be kept."""
    whole = (connection.vendor, key, sight_of(person, rights))
    if whole in _kept:
        return whole, _kept.get(whole)
    try:
        statement, is_lasting = _made(person, rights, make)
    except EmptyResultSet:
        return whole, None
    if len(_kept) >= MOST_KEPT:
        _kept.popitem(last=False)
    _kept[whole] = statement if is_lasting else None
    return whole, statement


def sight_of(person: Person, rights: list[Held]) -> Hashable:
    """All of somebody that a statement can be made from without asking: their record as it was just read, the `rights`
    they hold now and how far their token reaches, the language, and the quarter of an hour, within which no day turns in any
    zone."""
    own = _digest([str(getattr(person, field.attname)) for field in person._meta.concrete_fields])
    narrowed = "" if (reached := reach()) is None else repr(sorted(reached.items()))
    quarter = int(moments.now().timestamp()) // QUARTER_SECONDS
    return own, frozenset(rights), narrowed, quarter, get_language()


def _digest(values: Sequence[Any]) -> bytes:
    """What is the same for the same plain `values` alone, and tells nothing of them."""
    return blake2b(repr(values).encode(), digest_size=32, key=SECRET).digest()


def _made(person: Person, rights: list[Held], make: Make) -> tuple[Whole, bool]:
    """The statement of what `make` asks for, and whether it may be kept."""
    with _counting() as asked, reading_alone(person, rights):
        statement = Whole(make())
    return statement, not asked and not any(map(_is_moment, statement.compiled.values))


def _is_moment(value: Any) -> bool:
    """Whether a value of a statement is a moment, as either database takes it."""
    return isinstance(value, datetime) or isinstance(value, str) and MOMENT.match(value) is not None


@contextmanager
def _counting() -> Iterator[list[str]]:
    """The statements that pass."""
    passed: list[str] = []

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        passed.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield passed
