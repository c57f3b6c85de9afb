"""Thousands of rows: checked and staged in batches of 1,000, then applied in one set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange.cells import RowError
from keepwell.platform.exchange.models import Batch, StagedRows
from keepwell.platform.history import bulk
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Tracked, plain
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.records.guards import is_guarded
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers.columns import Column, Kind
from keepwell.platform.registers.importing.outcome import CHUNK, MOST_ERRORS, Outcome, Progress
from keepwell.platform.registers.importing.plan import ID, Plan, key_columns
from keepwell.platform.registers.importing.small import Row, read_row


def fits(plan: Plan) -> bool:
    """Whether rows can be applied as sets: no guard that must be asked of each, no lists of records, no record
    that belongs to another of its kind."""
    if is_guarded(plan.register.record):
        return False
    return all(
        c is None or (c.kind is not Kind.MANY and c.related is not plan.register.record) for c in plan.columns
    )


class Checker:
    """Checks rows against what is there, a thousand at a time, without a query per row."""

    def __init__(self, plan: Plan, by: Person) -> None:
        self.plan, self.by, self.model = plan, by, plan.register.record
        area = plan.register.area()
        self.may_edit: set[UUID] = set(
            units_granted(by, area, plan.register.level_to_write()).values_list("descendant", flat=True)
        )
        self.related = {c.name: Known(c, by) for c in plan.columns if c is not None and c.kind is Kind.ONE}
        self.met: dict[str, int] = {}
        self.by_field = {c.name: c.field for c in plan.columns if c is not None}
        known_good = {
            c.name for c in plan.columns if c is not None and c.kind in (Kind.CHOICE, Kind.DAY, Kind.YES_NO)
        }
        self.skip = {f.name for f in self.model._meta.concrete_fields
                     if f.is_relation or f.name not in self.by_field or f.name in known_good}  # fmt: skip

    def check(self, rows: list[Row]) -> tuple[list[dict[str, Any]], int, list[RowError]]:
        """Rows to apply as plain values, how many are unchanged, and what does not fit."""
        read = [(line, *read_row(self.plan, line, texts)) for line, texts in rows]
        errors = [error for _line, _values, found in read for error in found]
        good = [(line, values) for line, values, found in read if not found]
        errors += self._doubles(good)
        for name, known in self.related.items():
            known.learn(values.get(name) for _line, values in good)
        records = self._present(good)
        staged, unchanged = [], 0
        for line, values in good:
            record, found = self._apply(line, values, records)
            errors += found
            if record is None or found:
                continue
            if not record._state.adding and record._loaded == record.values():
                unchanged += 1
            else:
                staged.append(self._packed(record))
        return staged, unchanged, errors

    def _doubles(self, good: list[tuple[int, dict[str, Any]]]) -> Iterator[RowError]:
        names = key_columns(self.plan.register)
        for line, values in good:
            key = "|".join(str(values.get(name)) for name in names)
            if key in self.met:
                yield RowError(
                    line,
                    names[-1],
                    key,
                    _("once in a file; it stands in line %(line)d too") % {"line": self.met[key]},
                )
            self.met.setdefault(key, line)

    def _present(self, good: list[tuple[int, dict[str, Any]]]) -> dict[Any, Tracked]:
        """Records that are there already, by id and by natural key."""
        (path,) = self.model.key_fields[-1:]  # type: ignore[attr-defined]
        keys = [values[name] for _line, values in good if (name := path.partition("__")[0]) in values]
        rows = self.model._base_manager.filter(**{f"{path}__in": [key for key in keys if key is not None]})
        found: dict[Any, Tracked] = {row.natural_key(): row for row in rows}
        ids = [values[ID] for _line, values in good if values.get(ID)]
        if ids:
            found |= {row.pk: row for row in self.model._base_manager.filter(pk__in=ids)}
        return found

    def _apply(
        self, line: int, values: dict[str, Any], present: dict[Any, Tracked]
    ) -> tuple[Tracked | None, list[RowError]]:
        """The record as the row wants it, and what does not fit."""
        row_id = values.get(ID)
        key = "|".join(str(values.get(name, "")) for name in key_columns(self.plan.register))
        record = present.get(row_id) if row_id else present.get(key)
        if row_id and record is None:
            return None, [
                RowError(
                    line, ID, str(row_id), _("the id of a record you may change, or nothing for a new one")
                )
            ]
        if record is not None and record.placed_unit_id not in self.may_edit:
            return None, [self._foreign(line)]
        record = record if record is not None else self.model()
        errors = [
            e for name, value in values.items() if name != ID and (e := self._set(record, line, name, value))
        ]
        if not errors and record.placed_unit_id not in self.may_edit:
            errors.append(self._foreign(line))
        if not errors and (record._state.adding or record._loaded != record.values()):
            errors += self._clean(record, line)
        return record, errors

    def _foreign(self, line: int) -> RowError:
        return RowError(line, "unit", "", _("a unit where you have the right to edit %(register)s") % {
            "register": self.plan.register.title().lower()})  # fmt: skip

    def _set(self, record: Tracked, line: int, name: str, value: Any) -> RowError | None:
        field = self.by_field[name]
        if value is None:
            if field.null:
                setattr(record, field.attname, None)
            elif field.get_internal_type() in ("CharField", "TextField", "EmailField"):
                setattr(record, field.attname, "")
            return None
        if name not in self.related:
            setattr(record, field.attname, value)
            return None
        found = self.related[name].get(value)
        if found is None:
            return RowError(line, name, str(value), self.related[name].expected)
        setattr(record, field.name, found)
        return None

    def _clean(self, record: Tracked, line: int) -> list[RowError]:
        try:
            record.clean_fields(exclude=self.skip)
            record.clean()
        except ValidationError as error:
            found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            return [RowError(line, name, str(getattr(record, name, "") or "") if name else "", sentence)
                    for name, sentences in found.items() for sentence in sentences]  # fmt: skip
        return []

    def _packed(self, record: Tracked) -> dict[str, Any]:
        """The row as it is staged: id and version of what it changes, and the values."""
        adding = record._state.adding
        values = (
            record.values()
            if adding
            else {n: v for n, v in record.values().items() if record._loaded.get(n) != v}
        )
        return {"id": None if adding else str(record.pk), "version": record.version, "values": plain(values)}


class Known:
    """Related records by natural key, among those the person may see."""

    def __init__(self, c: Column, by: Person) -> None:
        assert c.related is not None  # noqa: S101  # callers give relations only
        self.model, self.by = c.related, by
        self.path: str = self.model.key_fields[0]  # type: ignore[attr-defined]
        self.records: dict[str, Any] = {}
        self.asked: set[str] = set()
        self.expected = _("the %(key)s of a %(kind)s you may see") % {
            "key": self.path, "kind": self.model._meta.verbose_name}  # fmt: skip

    def learn(self, keys: Iterable[Any]) -> None:
        """Look up those not asked for before, in one query."""
        fresh = {str(key) for key in keys if key is not None} - self.asked
        if fresh:
            rows = visible_to(self.model._default_manager.filter(**{f"{self.path}__in": fresh}), self.by)
            self.records |= {str(getattr(row, self.path)): row for row in rows}
            self.asked |= fresh

    def get(self, key: Any) -> Any:
        return self.records.get(str(key))


def stage(plan: Plan, rows: Iterable[Row], batch: Batch, by: Person, outcome: Outcome, progress: Progress,
          total: int | None) -> None:  # fmt: skip
    """Check every row and keep the checked ones with the batch; chunks staged before are not checked again."""
    checker = Checker(plan, by)
    kept = {s.number: s for s in StagedRows.objects.filter(batch=batch).defer("rows")}
    for number, chunk in enumerate(chunks(rows, CHUNK)):
        outcome.rows += len(chunk)
        if number in kept:
            checker.met |= dict.fromkeys(("|".join(str(read_row(plan, line, texts)[0].get(n)) for n in key_columns(plan.register))
                                          for line, texts in chunk), 0)  # fmt: skip
            continue
        staged, unchanged, errors = checker.check(chunk)
        outcome.errors += errors[: MOST_ERRORS - len(outcome.errors)]
        StagedRows.objects.create(batch=batch, number=number, rows={"rows": staged, "unchanged": unchanged})
        progress(outcome.rows, total, _("Checking rows"))


def apply(plan: Plan, batch: Batch, by: Person, outcome: Outcome, progress: Progress) -> None:
    """Write everything that was staged, in one transaction."""
    verb = f"{plan.register.record._meta.model_name}.import"
    progress(outcome.rows, outcome.rows, _("Writing rows"))
    with transaction.atomic(), acting(by, verb, batch_id=batch.pk):
        for part in StagedRows.objects.filter(batch=batch).order_by("number").iterator(chunk_size=8):
            outcome.unchanged += part.rows["unchanged"]
            _write(plan.register.record, part.rows["rows"], outcome)
        StagedRows.objects.filter(batch=batch).delete()


def _write(model: type[models.Model], rows: list[dict[str, Any]], outcome: Outcome) -> None:
    fields = {f.attname: f for f in model._meta.concrete_fields}
    told = [row["values"] for row in rows if row["id"] is None]
    fresh = [model(id=None, **_python(fields, values)) for values in told]
    present = {
        str(r.pk): r for r in model._base_manager.filter(pk__in=[row["id"] for row in rows if row["id"]])
    }
    altered: list[Any] = []
    for row in rows:
        if row["id"] is None:
            continue
        record = present[row["id"]]
        if record.version != row["version"]:
            raise Refused(
                _("%(record)s was changed while the file was read; bring it in again.") % {"record": record}
            )
        for name, value in _python(fields, row["values"]).items():
            setattr(record, name, value)
        altered.append(record)
    outcome.created += bulk.create_all(fresh, told)
    outcome.changed += bulk.update_all(altered)
    model.settle(fresh, altered)  # type: ignore[attr-defined]


def _python(fields: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    return {name: value if value is None or isinstance(value, bool) else _typed(fields[name], value)
            for name, value in values.items()}  # fmt: skip


def _typed(field: Any, value: Any) -> Any:
    """A JSON value as the field holds it."""
    if field.is_relation:
        return UUID(value)
    if isinstance(field, models.CharField):
        return value
    return field.to_python(value)


def chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """`rows` in lists of `size`, the last one shorter."""
    rows = iter(rows)
    while part := list(islice(rows, size)):
        yield part
