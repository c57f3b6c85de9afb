"""Thousands of rows: checked and staged in batches of 1,000, then applied in one set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
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
from keepwell.platform.records.guards import ask_guard, asking_about, is_guarded
from keepwell.platform.records.models import visible_to
from keepwell.platform.registers.columns import Column, Kind
from keepwell.platform.registers.importing.holding import conditions
from keepwell.platform.registers.importing.outcome import CHUNK, MOST_ERRORS, Outcome, Progress
from keepwell.platform.registers.importing.plan import ID, Plan, key_columns
from keepwell.platform.registers.importing.small import Row, doubled, key_of, read_row


def fits(plan: Plan) -> bool:
    """Whether rows can be applied as sets: no guard that must be asked of each, no lists of records, no record
    that belongs to another of its kind or to one whose natural key has several parts."""
    if is_guarded(plan.register.record):
        return False
    return all(c is None or _is_known_by_one_word(c, plan.register.record) for c in plan.columns)


def _is_known_by_one_word(c: Column, record: type[models.Model]) -> bool:
    if c.kind is Kind.MANY or c.related is record:
        return False
    return c.related is None or len(getattr(c.related, "key_fields", ())) == 1


class Checker:
    """Checks rows against what is there, a thousand at a time, without a query per row."""

    def __init__(self, plan: Plan, by: Person) -> None:
        self.plan, self.by, self.model = plan, by, plan.model
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
        self.left_out = [f.name for f in self.model._meta.concrete_fields
                         if f.name in plan.register.form_fields and f.name not in self.by_field
                         and not (f.null or f.blank or f.has_default())]  # fmt: skip
        self.conditions = conditions(self.model)

    def check(self, rows: list[Row]) -> tuple[list[dict[str, Any]], int, list[RowError]]:
        """Rows to apply as plain values, how many are unchanged, and what does not fit."""
        read = [(line, *read_row(self.plan, line, texts)) for line, texts in rows]
        errors = [error for _line, _values, found in read for error in found]
        good = [(line, values) for line, values, found in read if not found]
        errors += [e for line, values in good for e in doubled(self.plan, line, values, self.met)]
        for name, known in self.related.items():
            known.learn(values.get(name) for _line, values in good)
        records = self._present(good)
        changed, unchanged = [], 0
        for line, values in good:
            record, found = self._apply(line, values, records)
            errors += found
            if record is None or found:
                continue
            if not record._state.adding and record._loaded == record.values():
                unchanged += 1
            else:
                changed.append((line, record))
        return self._staged(changed, errors), unchanged, errors

    def _staged(self, changed: list[tuple[int, Tracked]], errors: list[RowError]) -> list[dict[str, Any]]:
        """The rows that the rule lets through which is asked when certain values change; `errors` gets the others."""
        staged = []
        with asking_about(self.model, [record for _line, record in changed], self.by):
            for line, record in changed:
                refused = self._guarded(record, line)
                errors += refused
                staged += [] if refused else [self._packed(record)]
        return staged

    def remember(self, rows: list[Row]) -> None:
        """Know the keys of rows that were checked before."""
        for line, texts in rows:
            doubled(self.plan, line, read_row(self.plan, line, texts)[0], self.met)

    def _present(self, good: list[tuple[int, dict[str, Any]]]) -> dict[Any, Tracked]:
        """Records that are there already, by id and by natural key."""
        (path,) = self.model.key_fields[-1:]
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
        record, wrong = self._meant(line, values, present)
        if wrong:
            return None, [wrong]
        if record is not None and record.placed_unit_id not in self.may_edit:
            return None, [self._foreign(line)]
        record = record if record is not None else self.model()
        errors = [
            e for name, value in values.items() if name != ID and (e := self._set(record, line, name, value))
        ]
        if record._state.adding:
            errors += [RowError(line, name, "", _("This must be filled in.")) for name in self.left_out]
        if not errors and record.placed_unit_id not in self.may_edit:
            errors.append(self._foreign(line))
        if not errors and (record._state.adding or record._loaded != record.values()):
            errors += self._clean(record, line)
        return record, errors

    def _guarded(self, record: Tracked, line: int) -> list[RowError]:
        """What the rule says that is asked of rows of which certain values change."""
        try:
            ask_guard(record, self.by)
        except (PermissionDenied, Refused) as refusal:
            return [RowError(line, "", str(record), str(refusal))]
        return []

    def _meant(
        self, line: int, values: dict[str, Any], present: dict[Any, Tracked]
    ) -> tuple[Tracked | None, RowError | None]:
        """The record that a row means, None for a new one; or why it cannot mean one."""
        row_id, key, column = values.get(ID), key_of(self.plan, values), key_columns(self.plan.register)[0]
        record, namesake = present.get(row_id), present.get(key)
        wrong: tuple[str, str, str] | None = None
        if row_id and record is None:
            wrong = ID, str(row_id), _("the id of a record you may change, or nothing for a new one")
        elif row_id is None and ID in values and namesake is not None:
            wrong = column, key, _("a new one, since the id is empty; this one is there already")
        elif row_id and namesake is not None and namesake.pk != row_id:
            wrong = column, key, _("one that no other record has")
        elif (found := record or namesake) is not None and found.retired_at is not None:
            wrong = column, key, _("one that is not retired")
        return record or namesake, RowError(line, *wrong) if wrong else None

    def _foreign(self, line: int) -> RowError:
        return RowError(line, "unit", "", _("a unit where you have the right to edit %(register)s") % {
            "register": self.plan.register.title().lower()})  # fmt: skip

    def _set(self, record: Tracked, line: int, name: str, value: Any) -> RowError | None:
        field = self.by_field[name]
        if value is None:
            if not (field.null or field.blank):
                return RowError(line, name, "", _("This must be filled in."))
            setattr(record, field.attname, None if field.null else field.get_default())
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
        return [RowError(line, name, str(getattr(record, name) or ""), sentence)
                for holds, name, sentence in self.conditions if not holds(record)]  # fmt: skip

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
        self.path: str = self.model.key_fields[0]  # type: ignore[attr-defined]  # who is named by key is tracked
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
    kept = {s.number: s for s in StagedRows.objects.filter(batch=batch)}
    for number, chunk in enumerate(chunks(rows, CHUNK)):
        outcome.rows += len(chunk)
        if number in kept:
            checker.remember(chunk)
            _count(kept.pop(number), outcome)
            continue
        staged, unchanged, errors = checker.check(chunk)
        told = [[e.line, e.column, e.found, e.expected] for e in errors[:MOST_ERRORS]]
        part = {"rows": staged, "unchanged": unchanged, "errors": told}
        _count(StagedRows.objects.create(batch=batch, number=number, rows=part), outcome)
        progress(outcome.rows, total, _("Checking rows"))


def _count(part: StagedRows, outcome: Outcome) -> None:
    """Add what was staged to what the file is told to do."""
    fresh = sum(row["id"] is None for row in part.rows["rows"])
    outcome.created += fresh
    outcome.changed += len(part.rows["rows"]) - fresh
    outcome.unchanged += part.rows["unchanged"]
    errors = [RowError(*error) for error in part.rows["errors"]]
    outcome.errors += errors[: MOST_ERRORS - len(outcome.errors)]


def apply(plan: Plan, batch: Batch, by: Person, outcome: Outcome, progress: Progress) -> None:
    """Write everything that was staged, in one transaction, by the rights of this moment."""
    verb = f"{plan.register.record._meta.model_name}.import"
    may_edit = Checker(plan, by).may_edit
    progress(outcome.rows, outcome.rows, _("Writing rows"))
    with transaction.atomic(), acting(by, verb, batch_id=batch.pk):
        for part in StagedRows.objects.filter(batch=batch).order_by("number").iterator(chunk_size=8):
            _write(plan.model, part.rows["rows"], may_edit, by)
        StagedRows.objects.filter(batch=batch).delete()
        progress(outcome.rows, outcome.rows, _("Writing rows"))


def _write(model: type[Tracked], rows: list[dict[str, Any]], may_edit: set[UUID], by: Person) -> None:
    fields = {f.attname: f for f in model._meta.concrete_fields}
    told = [row["values"] for row in rows if row["id"] is None]
    fresh = [model(id=None, **_python(fields, values)) for values in told]
    present = {
        str(r.pk): r for r in model._base_manager.filter(pk__in=[row["id"] for row in rows if row["id"]])
    }
    places = {r.placed_unit_id for r in present.values()}
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
    if not may_edit.issuperset(places | {r.placed_unit_id for r in (*fresh, *altered)}):
        raise PermissionDenied(_("Your rights were changed while the file was read; bring it in again."))
    with asking_about(model, altered, by):
        for record in altered:
            ask_guard(record, by)
    bulk.create_all(fresh, told)
    bulk.update_all(altered)
    model.settle(fresh, altered)


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
