"""What the trail keeps beside changes: refusals, sensitive readings, and events as a sign-in."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from keepwell.kernel import moments
from keepwell.platform.history.models import Change, Tracked, plain

STRANGER = "a stranger"
Noted = Literal["refusal", "read", "event"]


def note(by: Any, verb: str, *, kind: Noted, record: Tracked | None = None, unit_id: UUID | None = None,
         **answers: Any) -> Change:  # fmt: skip
    """Write one row of the trail in the present transaction.

    `by` is a Person, a Machine, or None for a stranger; `verb` says what was done, as "evidence.download";
    `unit_id` where, if not where `record` lies. `answers` hold no secret.
    """
    row = Change(
        kind=kind, at=moments.now(), by=by.pk if by else None, by_name=str(by or STRANGER)[:160], verb=verb[:80],
        record_type=record.type_name() if record else "", record_id=record.pk if record else None,
        unit_id=unit_id or (record.placed_unit_id if record else None), answers=plain(answers),
    )  # fmt: skip
    row.save(force_insert=True)
    return row
