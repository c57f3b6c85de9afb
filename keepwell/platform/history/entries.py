"""Rows of the trail as its leaves have them: a public part, and commitments to the personal parts.

`docs/operations/trail.md` writes the form down; whoever changes it breaks every proof made before.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Generator
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from keepwell.platform.history.models import Change

SALT_BYTES = 32
ERASED = '{"erased":true}'
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


class Row(NamedTuple):
    """One row of the trail as the database has it."""

    id: int
    leaf: int | None
    kind: str
    at: datetime
    by: UUID | None
    by_name: str
    verb: str
    record_type: str
    record_id: UUID | None
    version: int | None
    unit_id: UUID | None
    batch_id: UUID | None
    answers: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    who_salt: bytes | None
    what_salt: bytes | None
    who: bytes | None
    what: bytes | None


class Committed(NamedTuple):
    """A personal part as sealed: its commitment, and the salt as long as nobody erased it."""

    commitment: bytes
    salt: bytes | None


def rows(found: QuerySet[Change]) -> Generator[Row]:
    """The rows of a query, read a few thousand at a time."""
    yield from map(Row._make, found.values_list(*Row._fields).iterator(chunk_size=2_000))


def canonical(value: Any) -> str:
    """`value` as JSON in the one form that is hashed."""
    return _encode(value)


def commit(value: str, salt: bytes) -> bytes:
    """The commitment to a canonical `value` under `salt`."""
    return sha256(salt + value.encode()).digest()


def who_value(row: Row) -> str:
    """The personal part that says who."""
    return canonical({"name": row.by_name})


def what_value(row: Row) -> str:
    """The personal part that says what."""
    return canonical({"after": row.after, "answers": row.answers, "before": row.before})


def committed(row: Row) -> tuple[Committed, Committed]:
    """Who and what, as sealed, or as they are to be sealed now with fresh salts."""
    return (
        Committed(bytes(row.who), _bytes(row.who_salt)) if row.who else fresh(who_value(row)),
        Committed(bytes(row.what), _bytes(row.what_salt)) if row.what else fresh(what_value(row)),
    )


def fresh(value: str) -> Committed:
    """A commitment to `value` under a new salt."""
    salt = secrets.token_bytes(SALT_BYTES)
    return Committed(commit(value, salt), salt)


def public(row: Row, who: bytes, what: bytes) -> str:
    """The public part: what the leaf hashes."""
    return canonical({
        "at": moment(row.at), "batch": _text(row.batch_id), "by": _text(row.by), "kind": row.kind,
        "record": _text(row.record_id), "record_type": row.record_type or None, "unit": _text(row.unit_id),
        "verb": row.verb, "version": row.version, "what": what.hex(), "who": who.hex(),
    })  # fmt: skip


class Told(NamedTuple):
    """A sealed row as files tell it: the public part, and who and what with their salts, or as erased."""

    entry: str
    who: str
    what: str


def told(row: Row) -> Told:
    """`row`, which is sealed, as files tell it."""
    who, what = committed(row)
    return Told(
        public(row, who.commitment, what.commitment),
        _salted(who.salt, who_value(row)),
        _salted(what.salt, what_value(row)),
    )


def _salted(salt: bytes | None, value: str) -> str:
    return f'{{"salt":"{salt.hex()}","value":{value}}}' if salt else ERASED


def moment(at: datetime) -> str:
    """An aware UTC moment as 2025-11-13T21:12:00.000000Z."""
    return f"{at.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)
