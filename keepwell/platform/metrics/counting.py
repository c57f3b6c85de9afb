"""Counting for all units at once: one query for the rows, the tree rolled up in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import Model, QuerySet
from django.db.models import Count as Number

from keepwell.platform.metrics.metric import Count, Counted, Share, Total
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.records.models import unit_path
from keepwell.platform.tree.models import Ancestry, Unit, on

Columns = dict[str, list[Any]]  # what the database gave, column by column


@dataclass(frozen=True)
class Tree:
    """The structure of one day: for each unit that had a place then, itself and all above it."""

    units: tuple[UUID, ...]  # every unit there ever was
    above: dict[UUID, tuple[UUID, ...]]
    root: UUID
    absent: frozenset[UUID]  # units that did not exist on any day of the year so far

    @classmethod
    def of(cls, scope: Scope) -> Tree:
        """The structure as of `scope.day`."""
        above: dict[UUID, tuple[UUID, ...]] = {}
        for below, ancestor in Ancestry.objects.filter(on(scope.day)).values_list("descendant", "ancestor"):
            above[below] = (*above.get(below, ()), ancestor)
        units = dict(Unit.objects.values_list("pk", "kind"))
        there = set(Unit.objects.filter(active_from__lte=scope.day).exclude(
            active_until__lt=scope.year.first).values_list("pk", flat=True))  # fmt: skip
        root = next(unit for unit, kind in units.items() if kind == Unit.Kind.GROUP)
        return cls(tuple(units), above, root, frozenset(unit for unit in units if unit not in there or unit not in above))

    def rolled_up(self, own: Mapping[UUID | None, int]) -> Counter[UUID]:
        """The numbers of each unit and all below it, from those of each unit alone."""
        total: Counter[UUID] = Counter()
        for unit, number in own.items():
            for ancestor in self.above.get(unit, ()) if unit else ():
                total[ancestor] += number
        return total

    def placed(self, own: Mapping[UUID | None, int]) -> Counter[UUID]:
        """As `rolled_up`, but what lies nowhere in this structure is the group's."""
        total = self.rolled_up(own)
        total[self.root] += sum(number for unit, number in own.items() if unit not in self.above)
        return total


@dataclass
class Sums:
    """What one metric gives for every unit and all below it."""

    has_data: bool
    numerator: Counter[UUID] = field(default_factory=Counter)
    denominator: Counter[UUID] | None = None
    records: Counter[UUID] = field(default_factory=Counter)
    excluded: Counter[UUID] = field(default_factory=Counter)
    digests: dict[UUID, str] = field(default_factory=dict)


class Counting:
    """One run: metrics that count the same rows share what was fetched."""

    def __init__(self, scope: Scope, counted: Iterable[Counted]) -> None:
        self.tree = Tree.of(scope)
        self._wanted: dict[Any, set[str]] = {}
        self._fetched: dict[Any, Columns] = {}
        for one in counted:
            self._wanted.setdefault(_query(one.of, one.at), {one.at}).update(one.key, _value(one))

    def sums(self, counted: Counted) -> Sums:
        """The sums of `counted` for every unit; a roll-up of one query."""
        if not counted.has_data:
            return Sums(has_data=False)
        columns = self._columns(counted)
        units, keys = columns[counted.at], _keys(columns, counted)
        sums = Sums(has_data=True, excluded=self._excluded(counted, units))
        if isinstance(counted, Share):
            self._share(counted, sums, units, keys)
        else:
            own = Counter(units)
            sums.records = self.tree.rolled_up(own)
            sums.numerator = sums.records
            if isinstance(counted, Total):
                sums.numerator = self.tree.rolled_up(_summed(units, columns[counted.value]))
            sums.digests = digests(self.tree, units, keys)
        if counted.looked_at is not None:
            self._look(counted, sums)
        return sums

    def _share(self, counted: Share, sums: Sums, units: list[UUID | None], keys: list[str]) -> None:
        assert counted.having is not None, "A Share names those it looks for by `having`."
        having = set(_keys(_fetch(counted.having, list(counted.key)), counted))
        meets = [key in having for key in keys]
        sums.denominator = self.tree.rolled_up(Counter(units))
        sums.numerator = self.tree.rolled_up(Counter(u for u, m in zip(units, meets, strict=True) if m))
        sums.records = Counter({unit: sums.numerator[unit] or n for unit, n in sums.denominator.items()})
        sums.digests = digests(self.tree, units, [f"{k}|{m:d}" for k, m in zip(keys, meets, strict=True)])

    def _look(self, counted: Counted, sums: Sums) -> None:
        """Where the figure is zero it opens the rows that were looked at."""
        assert counted.looked_at is not None
        own = counted.looked_at.order_by().values_list(counted.at).annotate(many=Number("pk"))
        for unit, number in self.tree.rolled_up(dict(own)).items():
            if not sums.records[unit]:
                sums.records[unit] = number

    def _excluded(self, counted: Counted, units: list[UUID | None]) -> Counter[UUID]:
        """Rows that lie in no unit, told at the unit whose rights govern them today; or in none of that day."""
        own = Counter(unit for unit in units if unit is not None and unit not in self.tree.above)
        if None in units:
            nowhere = counted.of.filter(**{f"{counted.at}__isnull": True}).order_by()
            own += Counter(dict(nowhere.values_list(unit_path(counted.of.model)).annotate(many=Number("pk"))))
        return self.tree.placed(own)

    def _columns(self, counted: Counted) -> Columns:
        query = _query(counted.of, counted.at)
        if query not in self._fetched:
            names = sorted(self._wanted[query])
            self._fetched[query] = _fetch(counted.of, names)
        return self._fetched[query]


def digests(tree: Tree, units: list[UUID | None], keys: list[str]) -> dict[UUID, str]:
    """The digest of each unit and all below it that has rows: as `kernel.digests.digest` of their keys."""
    mine: dict[UUID, list[str]] = {unit: [] for above in tree.above.values() for unit in above}
    adders = {unit: [mine[one].append for one in above] for unit, above in tree.above.items()}
    # Python orders text by code point, which is the order of its UTF-8 bytes.
    for key, unit in sorted(zip(keys, units, strict=True), key=itemgetter(0)):
        for add in adders.get(unit, ()):  # type: ignore[arg-type]  # None has no adders
            add(key)
    return {unit: sha256("".join(f"{key}\n" for key in own).encode()).hexdigest() for unit, own in mine.items()}


def _fetch(rows: QuerySet[Model], names: list[str]) -> Columns:
    found = list(rows.order_by().values_list(*names))
    columns = [list(column) for column in zip(*found, strict=True)] if found else [[] for _ in names]
    return dict(zip(names, columns, strict=True))


def _keys(columns: Columns, counted: Counted) -> list[str]:
    """The natural keys of the rows, as they enter the digest."""
    texts = (_texts(columns[name]) for name in (*counted.key, *_value(counted)))
    return list(map("|".join, zip(*texts, strict=True)))


def _texts(column: list[Any]) -> list[str]:
    return [value if type(value) is str else told(value) for value in column]


def _value(counted: Counted) -> tuple[str, ...]:
    return (counted.value,) if isinstance(counted, Total) else ()


def told(value: Any) -> str:  # whatever a column holds
    """A value as it stands in a key: moments in UTC to the second, as 2023-05-04T08:15:00Z."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def _summed(units: list[UUID | None], values: list[int | None]) -> Counter[UUID | None]:
    total: Counter[UUID | None] = Counter()
    for unit, value in zip(units, values, strict=True):
        total[unit] += value or 0
    return total


def _query(rows: QuerySet[Model], at: str) -> Any:
    """What tells two sets of rows apart: the statement and its parameters."""
    try:
        return rows.model, at, rows.query.sql_with_params()
    except EmptyResultSet:
        return rows.model, at, None
