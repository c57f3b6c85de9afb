"""Up to 1,000 rows: saved one by one in one transaction, by the rules of the forms."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange.cells import CellError, RowError
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models import Barred, Person, barred_sentence
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.columns import Column, Kind, column
from keepwell.platform.registers.importing.outcome import Outcome
from keepwell.platform.registers.importing.plan import ID, Plan, filled_in, key_columns
from keepwell.platform.registers.writing import Mistakes, change, create

Row = tuple[int, list[str | None]]


class Undone(Exception):
    """Takes back everything a dry run or a file with errors wrote."""


def bring_in_rows(plan: Plan, rows: list[Row], by: Person, outcome: Outcome, *, dry_run: bool) -> Outcome:
    """Save every row, or none if one does not fit or it is only tried."""
    batch_id = outcome.batch.pk if outcome.batch and not dry_run else None
    verb = f"{plan.register.record._meta.model_name}.import"
    try:
        with transaction.atomic(), acting(by, verb, batch_id=batch_id):
            _save_rows(plan, rows, by, outcome)
            if outcome.errors or dry_run:
                raise Undone
    except Undone:
        pass
    return outcome


def _save_rows(plan: Plan, rows: list[Row], by: Person, outcome: Outcome) -> None:
    met: dict[str, int] = {}
    for line, texts in rows:
        outcome.rows += 1
        values, errors = read_row(plan, line, texts)
        errors += doubled(plan, line, values, met)
        outcome.errors += errors or _save_row(plan, line, values, by, outcome)


def doubled(plan: Plan, line: int, values: dict[str, Any], met: dict[str, int]) -> list[RowError]:
    """What is wrong with a row whose natural key or id an earlier line has; `met` learns both."""
    errors = []
    for name, found in (
        (key_columns(plan.register)[-1], key_of(plan, values)),
        (ID, str(values.get(ID) or "")),
    ):
        if found and found in met:
            expected = _("once in a file; it stands in line %(line)d too") % {"line": met[found]}
            errors.append(RowError(line, name, found, expected))
        elif found:
            met[found] = line
    return errors


def key_of(plan: Plan, values: dict[str, Any]) -> str:
    """The natural key that a row gives; empty if it gives none."""
    parts = [_part(plan, name, values) for name in key_columns(plan.register)]
    return "" if None in parts else "|".join(map(str, parts))


def _part(plan: Plan, name: str, values: dict[str, Any]) -> Any:
    """A part of the natural key; an empty cell is one where the record may leave that text empty. None: none."""
    value, field = values.get(name), column(plan.model, name).field
    if value is None and name in values and field is not None and field.blank and field.empty_strings_allowed:
        return ""
    return value


def read_row(plan: Plan, line: int, texts: list[str | None]) -> tuple[dict[str, Any], list[RowError]]:
    """The typed values of a row by column, and what does not fit; of a row about somebody erased, just that."""
    wrong = barred_cell(line, plan.headings, texts, plan.barred)
    if wrong:
        return {}, [wrong]
    values: dict[str, Any] = {}
    errors: list[RowError] = []
    for name, read, text in zip(plan.headings, plan.readers, texts, strict=True):
        if text is None or not text.strip():
            values[name] = None
            continue
        try:
            values[name] = read(text)
        except CellError as error:
            errors.append(RowError(line, name, filled_in(text), error.expected))
    return values, errors


def barred_cell(line: int, headings: list[str], texts: list[str | None], barred: Barred) -> RowError | None:
    """The cell that holds the number of somebody erased; None if none does. What stood in it is not told again."""
    found = next((name for name, text in zip(headings, texts, strict=True) if text and text in barred), None)
    return None if found is None else RowError(line, found, "", barred_sentence())


def _save_row(plan: Plan, line: int, values: dict[str, Any], by: Person, outcome: Outcome) -> list[RowError]:
    """Create or change one record; returns what does not fit."""
    named = ID in values
    row_id = values.pop(ID, None)
    first = key_columns(plan.register)[0]
    try:
        record = _existing(plan, row_id, values, by)
        if record is None and row_id is not None:
            expected = _("the id of a record you may change, or nothing for a new one")
            return [RowError(line, ID, str(row_id), expected)]
        if record is not None and named and row_id is None:
            expected = _("a new one, since the id is empty; this one is there already")
            return [RowError(line, first, record.natural_key(), expected)]
        _write(plan, record, values, by, outcome)
    except Mistakes as mistakes:
        return [RowError(line, name, filled_in(_text(values.get(name))), sentence)
                for name, sentences in mistakes.by_field.items() for sentence in sentences]  # fmt: skip
    except (Refused, PermissionDenied) as refusal:
        return [RowError(line, first, _text(values.get(first)), str(refusal))]
    return []


def _write(plan: Plan, record: Tracked | None, values: dict[str, Any], by: Person, outcome: Outcome) -> None:
    """Create the record, or change the one there is, and count which."""
    if record is None:
        create(plan.register, values, by=by)
        outcome.created += 1
        return
    before = record.version
    change(plan.register, record, values, version=before, by=by)
    outcome.changed += record.version != before
    outcome.unchanged += record.version == before


def _existing(plan: Plan, row_id: Any, values: dict[str, Any], by: Person) -> Tracked | None:
    """The record a row means: by id, else by natural key; only among those the person may see. Of several with one key
    it is the one that is not retired; Refused where that leaves a choice."""
    rows = plan.register.rows(by, Level.VIEW)
    if row_id is not None:
        return rows.filter(pk=row_id).first()
    wanted: dict[str, Any] = {}
    for name in dict.fromkeys(key_columns(plan.register)):
        value = _part(plan, name, values)
        if value is None:
            return None
        wanted |= _called(column(plan.model, name), value)
    named = plan.register.meant_by_key(rows).filter(**wanted)
    found = list(named.order_by(F("retired_at").desc(nulls_first=True))[:2])
    if len(found) > 1 and found[-1].retired_at is None:
        raise Refused(_("Several records are called that: give the id of the one that is meant."))
    return found[0] if found else None


def _called(c: Column, value: Any) -> dict[str, Any]:
    """The filter that a cell of the natural key gives: of a related record, each part of its own natural key."""
    if c.kind is not Kind.ONE:
        return {c.name: value}
    paths: tuple[str, ...] = c.related.key_fields  # type: ignore[union-attr]  # a relation in a key is tracked
    parts = value.split("|") if len(paths) > 1 else [value]
    return {f"{c.name}__{path}": part for path, part in zip(paths, parts, strict=False)}


def _text(value: Any) -> str:
    return "" if value is None else "|".join(map(str, value)) if isinstance(value, list) else str(value)
