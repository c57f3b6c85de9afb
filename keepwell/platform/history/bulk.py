"""Tracked rows by the thousand: created or changed in one set, each with its Change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from keepwell.kernel import moments
from keepwell.platform.history import dialects
from keepwell.platform.history.acting import Authorship, Conflict, current_act
from keepwell.platform.history.following import follow_many
from keepwell.platform.history.models import (
    CHANGE_COLUMNS,
    Change,
    Tracked,
    conflict,
    filled,
    name_of,
    own,
    plain,
    telling,
)


def create_all(records: Sequence[Tracked], told: Sequence[dict[str, Any]] | None = None) -> int:
    """Insert checked new `records` of one model with their Changes; returns how many.

    `told` are their values as JSON keeps them, where the caller has them already.
    """
    if not records:
        return 0
    act, model = current_act(), type(records[0])
    columns = [f.attname for f in model._meta.concrete_fields]
    for record in records:
        record.id = record.fresh_id()
        # Read what it lies under now: PostgreSQL cannot be asked anything while rows stream to it.
        _place = record.placed_unit_id
    with transaction.atomic():
        dialects.insert(model, columns, ([getattr(r, c) for c in columns] for r in records))
        _tell_new(records, act, (plain(filled(r.values())) for r in records) if told is None else told)
        follow_many(records, columns)
    for record in records:
        record._state.adding = False
    return len(records)


def update_all(records: Iterable[Tracked]) -> int:
    """Write checked changes of loaded `records` of one model with their Changes; returns how many differed.

    All or nothing: raises Conflict when one of them was changed by somebody else since it was loaded.
    """
    act = current_act()
    told: list[list[Any]] = []
    alike: dict[tuple[str, ...], list[Tracked]] = defaultdict(list)
    for record in records:
        now = record.values()
        names = tuple(name for name, value in now.items() if record._loaded.get(name) != value)
        if names:
            alike[names].append(record)
    with transaction.atomic():
        for names, changed in alike.items():
            told += _alter(names, changed, act)
            follow_many(changed, names)
        dialects.insert(Change, CHANGE_COLUMNS, told)
    return len(told)


def _alter(names: tuple[str, ...], records: list[Tracked], act: Authorship) -> Iterator[list[Any]]:
    """Write the same columns of many records in one go; yields their Changes, each as `telling` makes it."""
    rows = [[*(getattr(record, name) for name in names), record.pk, record.version] for record in records]
    if dialects.update(type(records[0]), names, rows) != len(records):
        raise _first_conflict(records)
    row = telling(act)
    for record in records:
        record.version += 1
        before = {name: record._loaded.get(name) for name in names}
        after = {name: getattr(record, name) for name in names}
        yield row(record, before, after)
        record._loaded.update({name: own(value) for name, value in after.items()})


def _first_conflict(records: list[Tracked]) -> Conflict:
    """What to tell of the first record that somebody else changed; our own changes are not told yet."""
    told = Change.objects.filter(
        record_type=records[0].type_name(), record_id__in=[record.pk for record in records]
    )
    latest = dict(told.values_list("record_id").annotate(Max("version")))
    return conflict(next((r for r in records if latest.get(r.pk, 0) > r.version), records[0]))


def _tell_new(records: Sequence[Tracked], act: Authorship, told: Iterable[dict[str, Any]]) -> None:
    """The Changes of new records, whose values as JSON keeps them are `told`, without a Change object each."""
    moment, name, answers, kind = moments.now(), name_of(act.by), plain(act.answers), records[0].type_name()
    rows = ([moment, act.by.pk, name, act.verb, kind, record.pk, record.version, record.placed_unit_id, act.batch_id,
             answers, {}, filled(after)] for record, after in zip(records, told, strict=True))  # fmt: skip
    dialects.insert(Change, CHANGE_COLUMNS, rows)
