"""The index follows every change: a mark is left in its transaction, and a worker takes marks up each second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keepwell.platform.history.following import Names
from keepwell.platform.history.models import Tracked
from keepwell.platform.search.indexing import mark, mark_all, mark_one
from keepwell.platform.search.models import Entry
from keepwell.platform.search.subjects import SUBJECTS, named_after, names_of, placed_by
from keepwell.platform.tree.models import Ancestry, Unit


class Index:
    """The follower that keeps the entries of tracked records."""

    def one(self, record: Any, names: Names) -> None:
        subject, is_new = SUBJECTS.get(record.type_name()), record.version == 1
        model: type[Tracked] = type(record)
        spreads = not is_new and bool(named_after(model)) and not names_of(model).isdisjoint(names)
        if spreads or (subject and (is_new or not subject.naming.isdisjoint(names))):
            mark_one(record.type_name(), record.pk, spreads=spreads)
        if not is_new:
            _mark_placed(model, [record.pk], names)
        if isinstance(record, Unit) and not is_new and "parent_id" in names:
            _mark_below(record)

    def many(self, records: Sequence[Any], names: Names) -> None:
        model: type[Tracked] = type(records[0])
        ids = [record.pk for record in records]
        subject = SUBJECTS.get(model.type_name())
        if subject and not subject.naming.isdisjoint(names):
            mark(subject.kind, ids)
        if records[0].version > 1 and not names_of(model).isdisjoint(names):
            for other, link in named_after(model):
                mark_all(other.kind, other.model._base_manager.filter(**{f"{link}__in": ids}))
        if records[0].version > 1:
            _mark_placed(model, ids, names)


def _mark_placed(model: type[Tracked], ids: Sequence[Any], names: Names) -> None:
    """What lies where these records lie will be found from their new place."""
    for other, link, columns in placed_by(model):
        if not columns.isdisjoint(names):
            mark_all(other.kind, other.model._base_manager.filter(**{f"{link}__in": ids}))


def _mark_below(unit: Unit) -> None:
    """What lies under a unit that moved will be found from its new place."""
    entries = Entry.objects.filter(unit_id__in=Ancestry.objects.under(unit))
    for kind in list(entries.order_by().values_list("kind", flat=True).distinct()):
        mark_all(kind, entries.filter(kind=kind), "record_id")
