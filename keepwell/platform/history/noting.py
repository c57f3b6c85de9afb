"""What the trail keeps beside changes: refusals, sensitive readings, and events as a sign-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils.translation import gettext_noop

from keepwell.kernel import moments
from keepwell.platform.history.models import Change, Tracked, name_of, plain

STRANGER = gettext_noop("a stranger")
Noted = Literal["refusal", "read", "event"]
_kept: ContextVar[list[Callable[[], Change]] | None] = ContextVar("refusals", default=None)


def note(by: Any, verb: str, *, kind: Noted, record: Tracked | None = None, unit_id: UUID | None = None,
         **answers: Any) -> Change:  # fmt: skip
    """Write one row of the trail in the present transaction.

    `by` is a Person, a Machine, or None for a stranger; `verb` says what was done, as "evidence.download";
    `unit_id` where, if not where `record` lies. `answers` hold no secret.
    """
    row = Change(
        kind=kind, at=moments.now(), by=by.pk if by else None, by_name=name_of(by or STRANGER), verb=verb[:80],
        record_type=record.type_name() if record else "", record_id=record.pk if record else None,
        unit_id=unit_id or (record.placed_unit_id if record else None), answers=plain(answers),
    )  # fmt: skip
    row.save(force_insert=True)
    return row


def refused(error: Exception, by: Any, verb: str, *, record: Tracked | None = None, unit_id: UUID | None = None,
            **answers: Any) -> None:  # fmt: skip
    """Keep that `by` was refused a right; nothing for other errors, and nothing twice.

    Inside `keeping_refusals` the row is written at its end; else now, or, where a transaction that may be rolled
    back is open, by who hears of `error` next.
    """
    if not isinstance(error, PermissionDenied) or getattr(error, "is_kept", False):
        return

    verb, record = getattr(error, "verb", verb), getattr(error, "record", record)

    def write() -> Change:
        told = {"reason": str(error), **answers}
        return note(by, verb, kind="refusal", record=record, unit_id=None if record else unit_id, **told)

    kept = _kept.get()
    if kept is None and connection.in_atomic_block:
        error.verb, error.record = verb, record  # type: ignore[attr-defined]  # for who hears of it next
        return
    error.is_kept = True  # type: ignore[attr-defined]  # a mark
    if kept is None:
        write()
    else:
        kept.append(write)


@contextmanager
def keeping_refusals() -> Iterator[None]:
    """Refusals inside are written at the end, outside every transaction that was begun inside."""
    token = _kept.set([])
    try:
        yield
    finally:
        kept = _kept.get() or []
        _kept.reset(token)
        for write in kept:
            write()
