"""Rows of the trail as people and files read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keepwell.platform.history.entries import Row, canonical, moment, rows
from keepwell.platform.history.models import Change
from keepwell.platform.people.auditing import trail_seen
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import told_elsewhere
from keepwell.platform.records.links import address, kind_named, resolve, resolve_all
from keepwell.platform.tree.models import Unit

COLUMNS = ("row", "at", "kind", "who", "person", "act", "record type", "record", "version", "unit", "batch",
           "answers", "before", "after")  # fmt: skip
SHORT = 8


@dataclass(frozen=True)
class ToldRow:
    """A row of the trail as a page shows it."""

    row: Change
    record: str
    url: str
    unit: Unit | None


def told_rows(found: Sequence[Change], person: Person) -> list[ToldRow]:
    """`found` with their records and units by name, as far as `person` may see them: a few queries for all."""
    names = {(row.record_type, row.record_id) for row in found if row.record_id}
    records: dict[Any, Any] = resolve_all(names, person)
    units = Unit.objects.in_bulk({row.unit_id for row in found if row.unit_id})
    return [_told(row, records.get((row.record_type, row.record_id)), units) for row in found]


def _told(row: Change, record: Any, units: dict[Any, Unit]) -> ToldRow:
    unit = units.get(row.unit_id)
    if record is not None:
        return ToldRow(row, str(record), address(row.record_type, row.record_id or ""), unit)
    model = kind_named(row.record_type) if row.record_id else None
    kind = str(model._meta.verbose_name) if model else row.record_type
    return ToldRow(row, f"{kind} {str(row.record_id)[:SHORT]}" if row.record_id else "", "", unit)


def row_seen(person: Person, leaf: int) -> Change | None:
    """Row `leaf` if `person` may read the trail there, or may see the record it changed and all that it tells; else
    None."""
    row = trail_seen(person).filter(leaf=leaf).first()
    if row is not None:
        return row
    row = Change.objects.changes().filter(leaf=leaf).first()
    if row is None or row.record_id is None or resolve(row.record_type, row.record_id, person) is None:
        return None
    return None if Change.objects.filter(told_elsewhere(person), pk=row.pk).exists() else row


def told_values(row: Change) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a row says beside who and where: headings, each with its names and values."""
    parts = ((_("Answers"), row.answers), (_("Before"), row.before), (_("After"), row.after))
    return [
        (title, [(name, _text(value)) for name, value in sorted(told.items())])
        for title, told in parts
        if told
    ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def text_rows(found: QuerySet[Change]) -> Iterator[list[str]]:
    """The cells of a file, by COLUMNS."""
    codes: dict[Any, str] = dict(Unit.objects.values_list("pk", "code"))
    for row in rows(found):
        told = (
            row.leaf, moment(row.at), row.kind, row.by_name, row.by, row.verb, row.record_type, row.record_id,
            row.version, codes.get(row.unit_id) or row.unit_id, row.batch_id,
        )  # fmt: skip
        values = (canonical(part) if part else "" for part in (row.answers, row.before, row.after))
        yield [*("" if cell is None else str(cell) for cell in told), *values]


def json_lines(found: QuerySet[Change]) -> Iterator[str]:
    """One JSON object a line, whatever the texts hold: nothing but ASCII, so that no reader breaks a line."""
    codes: dict[Any, str] = dict(Unit.objects.values_list("pk", "code"))
    for row in rows(found):
        yield json.dumps(as_object(row, codes)) + "\n"


def as_object(row: Row, codes: dict[Any, str]) -> dict[str, Any]:
    """A row as programs read it; `codes` are those of its unit and others."""
    return {
        "row": row.leaf, "at": moment(row.at), "kind": row.kind, "who": row.by_name, "person": _id(row.by),
        "act": row.verb, "record_type": row.record_type or None, "record": _id(row.record_id), "version": row.version,
        "unit": codes.get(row.unit_id) or _id(row.unit_id), "batch": _id(row.batch_id), "answers": row.answers,
        "before": row.before, "after": row.after,
    }  # fmt: skip


def _id(value: Any) -> str | None:
    return None if value is None else str(value)
