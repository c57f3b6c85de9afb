"""Registers to and from files, by the columns they declare."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange.cells import joined
from keepwell.platform.exchange.feeds import FEEDS
from keepwell.platform.exchange.files import keep, path_of, safe_name
from keepwell.platform.exchange.models import Batch, Source
from keepwell.platform.exchange.readers import open_table
from keepwell.platform.exchange.writers import write_csv, write_xlsx
from keepwell.platform.people.models import Person, barred_sentence
from keepwell.platform.people.permissions import grants_in_force, may_anywhere
from keepwell.platform.privacy.files import drop
from keepwell.platform.records.statistics import WORTH_A_LOOK, look_anew
from keepwell.platform.registers.cells import text
from keepwell.platform.registers.columns import Column, Kind
from keepwell.platform.registers.importing import fed, large, small
from keepwell.platform.registers.importing.outcome import ROW_BY_ROW, Outcome, Progress, silent
from keepwell.platform.registers.importing.plan import ID, Told, plan
from keepwell.platform.registers.register import REGISTERS, Register
from keepwell.platform.search.indexing import forget, index_one

__all__ = ["Outcome", "bring_in", "carry_out", "headings", "receive", "take_out", "text_rows"]


def bring_in(register: type[Register], path: Path | str, by: Person, *, source: str = "", dry_run: bool = False,
             progress: Progress = silent) -> Outcome:  # fmt: skip
    """Bring a file into a register, all or nothing; a dry run only checks.

    Raises Refused when the file as a whole cannot be read, PermissionDenied when `by` may edit nowhere.
    """
    batch = receive(register, Path(path).read_bytes(), Path(path).name, by, source=source)
    return carry_out(batch, by, dry_run=dry_run, progress=progress)


def receive(register: type[Register], content: bytes, name: str, by: Person, *, source: str = "") -> Batch:
    """Keep a delivered file as a batch that waits to be read."""
    _require(register, by)
    if not register.form_fields and register.slug() not in FEEDS:
        raise Refused(_("%(register)s come from acts, not from files.") % {"register": register.title()})
    kept = keep(content)
    unit = grants_in_force(by).select_related("unit").order_by("unit__kind").first()
    assert unit is not None  # noqa: S101  # the right above comes from a grant
    batch = Batch.objects.create(
        source=source_of(source, register) if source else None, register=register.slug(),
        unit_id=unit.unit_id, file_name=safe_name(name)[:200], sha256=kept.sha256, size_bytes=kept.size_bytes,
        by=by, at=moments.now(),
    )  # fmt: skip
    index_one(batch)
    return batch


def _require(register: type[Register], by: Person) -> None:
    """Refuse who may write nowhere; asked when a file comes and again when it is read, maybe later."""
    if not may_anywhere(by, register.area(), register.level_to_write()):
        raise PermissionDenied(_("You need the right to %(level)s %(register)s.") % {
            "level": register.level_to_write().label, "register": register.title().lower()})  # fmt: skip


def source_of(name: str, register: type[Register]) -> Source:
    """The source called `name`; it must be of this register."""
    found = Source.objects.current().filter(name=name).first()
    if found is None:
        raise Refused(
            _("No source is called “%(name)s”; add it under Administration first.") % {"name": name}
        )
    if found.register != register.slug():
        raise Refused(
            _("The source “%(name)s” delivers %(other)s.") % {"name": name, "other": found.register}
        )
    return found


def carry_out(batch: Batch, by: Person, *, dry_run: bool = False, progress: Progress = silent) -> Outcome:
    """Read, check and apply a batch that waits; what was tried only, or changed nothing, leaves no batch."""
    outcome = Outcome(batch=batch, dry_run=dry_run)
    outcome.earlier = Batch.objects.filter(
        register=batch.register, source=batch.source, sha256=batch.sha256, state=Batch.State.APPLIED
    ).exclude(pk=batch.pk).order_by("-at").first()  # fmt: skip
    try:
        _require(REGISTERS[batch.register], by)
        if outcome.earlier and batch.register in FEEDS:
            outcome.rows = outcome.unchanged = outcome.earlier.rows
        else:
            _read(batch, by, outcome, progress)
    except (Refused, PermissionDenied) as refusal:
        # Another worker may have taken the batch over and brought it in.
        Batch.objects.filter(pk=batch.pk, state=Batch.State.READING).update(
            state=Batch.State.REFUSED, errors=[[0, "", "", str(refusal)]]
        )
        raise
    _close(batch, outcome)
    if outcome.created + outcome.changed >= WORTH_A_LOOK:
        look_anew()
    return outcome


def _read(batch: Batch, by: Person, outcome: Outcome, progress: Progress) -> None:
    table = open_table(path_of(batch.sha256), name=batch.file_name)
    if batch.register in FEEDS:
        _feed(batch, table, by, outcome, progress)
        return
    register = REGISTERS[batch.register]
    typed = Told(register, table)
    planned, rows = plan(register, typed), iter(typed)
    first = list(islice(rows, ROW_BY_ROW + 1))
    if len(first) <= ROW_BY_ROW or not large.fits(planned):
        with transaction.atomic():
            small.bring_in_rows(planned, [*first, *rows], by, outcome, dry_run=outcome.dry_run)
            if not outcome.dry_run and not outcome.errors:
                _applied(batch, outcome)
        return
    large.stage(planned, _again(first, rows), batch, by, outcome, progress, table.total)
    if not outcome.errors and not outcome.dry_run:
        with transaction.atomic():
            large.apply(planned, batch, by, outcome, progress)
            _applied(batch, outcome)


def _again(first: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    yield from first
    yield from rest


def _feed(batch: Batch, table: Any, by: Person, outcome: Outcome, progress: Progress) -> None:
    feed = FEEDS[batch.register]
    whole = fed.match(feed, table, batch, by, outcome, progress, table.total)
    if outcome.errors or outcome.dry_run:
        return
    with transaction.atomic():
        fed.insert(feed, whole, batch)
        _applied(batch, outcome)


def _applied(batch: Batch, outcome: Outcome) -> None:
    """Number the batch among those applied; runs in the transaction that applies it."""
    last = Batch.objects.select_for_update().filter(serial__isnull=False).order_by("-serial").first()
    reading = Batch.objects.filter(pk=batch.pk, state=Batch.State.READING)
    applied = reading.update(
        state=Batch.State.APPLIED, serial=(last.serial or 0) + 1 if last else 1, rows=outcome.rows,
        created=outcome.created, changed=outcome.changed, unchanged=outcome.unchanged, unmatched=outcome.unmatched,
    )  # fmt: skip
    if not applied:
        raise Refused(_("This delivery was brought in by another worker."))
    batch.refresh_from_db()


def _close(batch: Batch, outcome: Outcome) -> None:
    """Keep errors with a refused batch; drop a batch that was only tried or said nothing new, and a file that
    would bring back somebody who was erased."""
    if outcome.errors and not outcome.dry_run:
        errors = [[e.line, e.column, e.found, e.expected] for e in outcome.errors]
        reading = Batch.objects.filter(pk=batch.pk, state=Batch.State.READING)
        reading.update(state=Batch.State.REFUSED, rows=outcome.rows, errors=errors)
        batch.staged.all().delete()
    elif outcome.dry_run or not (outcome.created or outcome.changed or outcome.unmatched):
        forget(Batch._meta.label_lower, [batch.pk])
        batch.delete()
        outcome.batch = None
    if any(e.expected == barred_sentence() for e in outcome.errors):
        drop(batch.sha256)
    if outcome.batch:
        batch.refresh_from_db()


def take_out(register: type[Register], path: Path | str, by: Person) -> None:
    """Write what `by` may see of a register to a CSV or XLSX file, by the file's ending."""
    path = Path(path)
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise Refused(_("Name a file that ends in .csv or .xlsx."))
    rows = text_rows(register, by)
    with path.open("wb") as file:
        if path.suffix.lower() == ".xlsx":
            write_xlsx(headings(register), rows, file)
        else:
            file.writelines(write_csv(headings(register), rows))


def xlsx_of(names: list[str], rows: Iterable[list[str]]) -> bytes:
    """An XLSX file in memory."""
    file = BytesIO()
    write_xlsx(names, rows, file)
    return file.getvalue()


def headings(register: type[Register]) -> list[str]:
    """The headings of a register's files: what can be brought in again, then what they only tell."""
    return [*([ID] if register.is_tracked() else []), *(c.name for c in register.taken_out())]


def text_rows(register: type[Register], by: Person, rows: Any = None) -> Iterator[list[str]]:
    """The rows of a register's files, those `by` may see, as text that reads back to the same values."""
    columns = register.taken_out()
    found = rows if rows is not None else register.rows(by)
    if register.is_tracked():
        found = found.filter(retired_at__isnull=True)
    for record in found.order_by("pk").iterator(chunk_size=2000):
        own = [str(record.pk)] if register.is_tracked() else []
        yield [*own, *(cell_text(c, record) for c in columns)]


def shown_rows(columns: list[Column], rows: Any) -> Iterator[list[str]]:
    """Rows as the list shows them, in the reader's words."""
    language = get_language() or "en"
    for record in rows.iterator(chunk_size=2000):
        # A file is written while it is sent, when the language of the request has ended.
        with override(language):
            yield [shown_text(c, record) for c in columns]


def shown_text(c: Column, record: Any) -> str:
    """A value as the list says it; days and moments in ISO form, which every program reads."""
    value = c.value(record)
    if c.kind is Kind.YES_NO and value is not None:
        return _("yes") if value else _("no")
    return cell_text(c, record) if c.kind in (Kind.DAY, Kind.MOMENT) else text(c, value)


def cell_text(c: Column, record: Any) -> str:
    """A value as files carry it: codes, ISO days and moments, true and false, lists with |."""
    value = c.code(record)
    if value is None:
        return ""
    if c.kind in (Kind.MANY, Kind.LIST):
        return joined(value)
    if c.kind is Kind.MAPPING:
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
    if c.kind is Kind.YES_NO:
        return "true" if value else "false"
    if c.kind is Kind.DAY:
        return str(value.isoformat())
    if c.kind is Kind.MOMENT:
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return str(value)
