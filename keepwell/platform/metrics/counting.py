"""Counting for all units at once: one query for the rows, the tree rolled up in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from itertools import islice
from operator import itemgetter, le
from statistics import median
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Count as Number
from django.db.models import F
from django.db.models.functions import Cast

from keepwell.kernel.rounding import half_up
from keepwell.platform.metrics.metric import Counted, Distinct, Lowest, Mean, Median, Rows, Share, Total
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.records.models import unit_path
from keepwell.platform.tree.models import Ancestry, Unit, on

MEAN_PARTS = 10**12
Token = str  # a unit's id as the database writes it: a hundred thousand UUIDs need not be made
Column = list[Any]  # what the database gave for one path, row by row


def token(path: str) -> Cast:
    """The id of a unit as text."""
    return Cast(F(path), models.CharField())


@dataclass(frozen=True)
class Tree:
    """The structure of one day: for each unit that had a place then, itself and all above it."""

    units: dict[UUID, Token]  # every unit there ever was
    above: dict[Token, tuple[Token, ...]]
    root: Token
    absent: frozenset[Token]  # units that did not exist on any day of the year so far

    @classmethod
    def of(cls, scope: Scope) -> Tree:
        """The structure as of `scope.day`."""
        above: dict[Token, tuple[Token, ...]] = {}
        places = Ancestry.objects.filter(on(scope.day))
        for below, ancestor in places.values_list(token("descendant"), token("ancestor")):
            above[below] = (*above.get(below, ()), ancestor)
        units, absent, root = {}, set(), ""
        for unit, name, kind, since, until in Unit.objects.values_list(
            "pk", token("pk"), "kind", "active_from", "active_until"
        ):
            units[unit] = name
            if kind == Unit.Kind.GROUP:
                root = name
            if name not in above or since > scope.day or (until is not None and until < scope.year.first):
                absent.add(name)
        return cls(units, above, root, frozenset(absent))

    def rolled_up(self, own: Mapping[Token | None, int]) -> Counter[Token]:
        """The numbers of each unit and all below it, from those of each unit alone."""
        total: Counter[Token] = Counter()
        for unit, number in own.items():
            for ancestor in self.above.get(unit or "", ()):
                total[ancestor] += number
        return total

    def digests(self, units: Column, keys: list[str]) -> dict[Token, str]:
        """The digest of each unit and all below it, as `kernel.digests.digest` of the keys there."""
        mine: dict[Token, list[str]] = {unit: [] for above in self.above.values() for unit in above}
        adders = {unit: [mine[one].append for one in above] for unit, above in self.above.items()}
        for key, unit in _in_order(keys, units):
            for add in adders.get(unit, ()):  # type: ignore[arg-type]  # nothing is at None
                add(key)
        return {
            unit: sha256(("\n".join(own) + "\n").encode()).hexdigest() for unit, own in mine.items() if own
        }


@dataclass
class Sums:
    """What one metric gives for every unit and all below it."""

    has_data: bool
    numerator: Counter[Token] = field(default_factory=Counter)
    denominator: Counter[Token] | None = None
    records: Counter[Token] = field(default_factory=Counter)
    excluded: Counter[Token] = field(default_factory=Counter)
    digests: dict[Token, str] = field(default_factory=dict)


class Fetched:
    """The rows of one query, fetched once, in the order of the first key asked for."""

    def __init__(self, rows: Rows, names: set[str], first: tuple[str, ...]) -> None:
        listed = sorted(names)
        found = list(rows.order_by().values_list(*(_plain(rows, name) for name in listed)))
        columns = zip(*found, strict=True) if found else ([] for _ in listed)
        self.columns: dict[str, Column] = dict(zip(listed, map(list, columns), strict=True))
        self._moments = {name for name in names if _is_moment(rows, name)}
        self._keys: dict[tuple[str, ...], list[str]] = {}
        keys = self.keys(first)
        order = sorted(range(len(keys)), key=keys.__getitem__)
        self.columns = {name: [column[n] for n in order] for name, column in self.columns.items()}
        self._keys = {first: [keys[n] for n in order]}

    def keys(self, names: tuple[str, ...]) -> list[str]:
        """The natural keys of the rows, as they enter the digest."""
        if names not in self._keys:
            texts = (_texts(self.columns[name], is_moment=name in self._moments) for name in names)
            self._keys[names] = list(map("|".join, zip(*texts, strict=True)))
        return self._keys[names]


class Counting:
    """One run: metrics that count the same rows share what was fetched."""

    def __init__(self, scope: Scope, counted: Iterable[Counted]) -> None:
        self.tree = Tree.of(scope)
        self._wanted: dict[Any, set[str]] = {}
        self._fetched: dict[Any, Fetched] = {}
        self._once: dict[Any, tuple[Column, list[str]]] = {}
        self._looked: dict[Any, Counter[Token]] = {}
        for one in counted:
            self._want(one)

    def sums(self, counted: Counted) -> Sums:
        """The sums of `counted` for every unit."""
        if not counted.has_data:
            return Sums(has_data=False)
        units, keys = self._listed(counted)
        own = Counter(units)
        sums = Sums(has_data=True, excluded=self._excluded(counted, own, units, keys))
        sums.records = self.tree.rolled_up(own)
        if isinstance(counted, Share):
            self._share(counted, sums, units, keys)
        elif isinstance(counted, Total):
            self._total(counted, sums, units, keys)
        elif isinstance(counted, Mean):
            self._mean(counted, sums, units, keys)
        elif isinstance(counted, Median):
            self._median(counted, sums, units, keys)
        else:
            sums.numerator = sums.records.copy()
            sums.digests = self.tree.digests(units, keys)
        if counted.looked_at is not None:
            self._look(counted.looked_at, counted.at, sums)
        return sums

    def _want(self, counted: Counted) -> None:
        """Note every column of every query, so that each query runs once."""
        names = {counted.at, *counted.key, *_values(counted)}
        self._wanted.setdefault(_query(counted.of), set()).update(names)
        if isinstance(counted, Share):
            if isinstance(counted.having, Distinct):
                self._want(counted.having)
            else:
                self._wanted.setdefault(_query(counted.having), set()).update(counted.key)

    def _rows(self, rows: Rows, first: tuple[str, ...]) -> Fetched:
        query = _query(rows)
        if query not in self._fetched:
            self._fetched[query] = Fetched(rows, self._wanted[query], first)
        return self._fetched[query]

    def _listed(self, counted: Counted) -> tuple[Column, list[str]]:
        """The unit and the key of each thing counted; the unit is None where it lies in none."""
        fetched = self._rows(counted.of, counted.key)
        units, keys = fetched.columns[counted.at], fetched.keys(counted.key)
        if not isinstance(counted, Distinct):
            return units, keys
        asked = (_query(counted.of), counted.at, counted.key)
        if asked not in self._once:
            once = dict(zip(keys, units, strict=True))
            if None in once.values():
                once.update((key, unit) for key, unit in zip(keys, units, strict=True) if unit is not None)
            self._once[asked] = list(once.values()), list(once)
        return self._once[asked]

    def _total(self, counted: Total, sums: Sums, units: Column, keys: list[str]) -> None:
        values = [value or 0 for value in self._rows(counted.of, counted.key).columns[counted.value]]
        own: dict[Token | None, int] = defaultdict(int)
        for unit, value in zip(units, values, strict=True):
            own[unit] += value
        sums.numerator = self.tree.rolled_up(own)
        sums.digests = self.tree.digests(units, [f"{k}|{v}" for k, v in zip(keys, values, strict=True)])

    def _mean(self, counted: Mean, sums: Sums, units: Column, keys: list[str]) -> None:
        """Exact up to a part in `MEAN_PARTS`, which are the denominator."""
        columns = self._rows(counted.of, counted.key).columns
        rows = list(zip(units, columns[counted.value], columns[counted.weight], strict=True))
        weighed = self._lowest(rows) if isinstance(counted, Lowest) else self._weighed(rows)
        sums.numerator = Counter({unit: int(half_up(mean * MEAN_PARTS)) for unit, mean in weighed.items()})
        sums.denominator = Counter(dict.fromkeys(weighed, MEAN_PARTS))
        told = [
            f"{key}|{_told(value)}|{_told(weight)}"
            for key, (_u, value, weight) in zip(keys, rows, strict=True)
        ]
        sums.digests = self.tree.digests(units, told)

    def _weighed(self, rows: Iterable[tuple[Any, Any, Any]]) -> dict[Token, Fraction]:
        """The mean of each unit and all below it, from rows of unit, value and weight."""
        total: dict[Token, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
        for unit, value, weight in rows:
            heavy = Fraction(weight)
            for ancestor in self.tree.above.get(unit or "", ()):
                total[ancestor][0] += Fraction(value) * heavy
                total[ancestor][1] += heavy
        return {unit: above / below for unit, (above, below) in total.items() if below}

    def _lowest(self, rows: Iterable[tuple[Any, Any, Any]]) -> dict[Token, Fraction]:
        """The lowest value of each unit and all below it, from rows of unit, value and weight."""
        found: dict[Token, Fraction] = {}
        for unit, value, weight in rows:
            for ancestor in self.tree.above.get(unit or "", ()) if Fraction(weight) else ():
                found[ancestor] = min(Fraction(value), found.get(ancestor, Fraction(value)))
        return found

    def _median(self, counted: Median, sums: Sums, units: Column, keys: list[str]) -> None:
        """In minutes, out of how many."""
        lengths = [_minutes(value) for value in self._rows(counted.of, counted.key).columns[counted.value]]
        found: dict[Token, list[int]] = defaultdict(list)
        for unit, length in zip(units, lengths, strict=True):
            for ancestor in self.tree.above.get(unit or "", ()):
                found[ancestor].append(length)
        sums.denominator = sums.records.copy()
        sums.numerator = Counter({unit: _middle(below) for unit, below in found.items()})
        told = [f"{key}|{length}" for key, length in zip(keys, lengths, strict=True)]
        sums.digests = self.tree.digests(units, told)

    def _share(self, counted: Share, sums: Sums, units: Column, keys: list[str]) -> None:
        having = self._having(counted)
        meets = [key in having for key in keys]
        sums.denominator = sums.records
        sums.numerator = self.tree.rolled_up(Counter(u for u, m in zip(units, meets, strict=True) if m))
        sums.records = Counter({unit: sums.numerator[unit] or n for unit, n in sums.denominator.items()})
        sums.digests = self.tree.digests(units, [f"{k}|{m:d}" for k, m in zip(keys, meets, strict=True)])

    def _having(self, counted: Share) -> set[str]:
        if isinstance(counted.having, Distinct):
            units, keys = self._listed(counted.having)
            return (
                set(keys)
                if None not in units
                else {key for key, unit in zip(keys, units, strict=True) if unit is not None}
            )
        return set(self._rows(counted.having, counted.key).keys(counted.key))

    def _look(self, looked_at: Rows, at: str, sums: Sums) -> None:
        """Where the figure is zero it opens the rows that were looked at."""
        asked = _query(looked_at), at
        if asked not in self._looked:
            own = looked_at.order_by().values_list(token(at)).annotate(many=Number("pk"))
            self._looked[asked] = self.tree.rolled_up(dict(own))
        for unit, number in self._looked[asked].items():
            if not sums.records[unit]:
                sums.records[unit] = number

    def _excluded(
        self, counted: Counted, own: Counter[Token | None], units: Column, keys: list[str]
    ) -> Counter[Token]:
        """What lies in no unit, told at the unit whose rights govern it today.

        What lies nowhere in the structure of the as-of day is told at the group.
        """
        lost = Counter({unit: n for unit, n in own.items() if unit not in self.tree.above})
        if lost.pop(None, 0):
            nowhere = {key for key, unit in zip(keys, units, strict=True) if unit is None}
            rows = counted.of.filter(**{f"{counted.at}__isnull": True})
            governs = unit_path(rows.model)
            found = Fetched(rows, {governs, *counted.key}, counted.key)
            places = zip(found.keys(counted.key), found.columns[governs], strict=True)
            told = dict(places).items() if isinstance(counted, Distinct) else places
            lost.update(unit for key, unit in told if key in nowhere)
        total = self.tree.rolled_up(lost)
        total[self.tree.root] += sum(n for unit, n in lost.items() if unit not in self.tree.above)
        return total


def _values(counted: Counted) -> tuple[str, ...]:
    """The columns of numbers that are summed."""
    if isinstance(counted, Mean):
        return counted.value, counted.weight
    return (counted.value,) if isinstance(counted, Total | Median) else ()


def _minutes(length: timedelta) -> int:
    """Whole minutes of a length of time, halves up."""
    return int(half_up(Fraction(length // timedelta(microseconds=1), 60_000_000)))


def _middle(lengths: list[int]) -> int:
    """The median of whole minutes, halves up."""
    return int(half_up(Fraction(median(map(Fraction, lengths)))))


def _in_order(keys: list[str], units: Column) -> Iterable[tuple[str, Token | None]]:
    """Keys and units by key. Python orders text by code point, which is the order of its UTF-8 bytes."""
    pairs = zip(keys, units, strict=True)
    return pairs if all(map(le, keys, islice(keys, 1, None))) else sorted(pairs, key=itemgetter(0))


def _query(rows: Rows) -> Any:
    """What tells two sets of rows apart: the statement and its parameters."""
    try:
        return rows.model, rows.query.sql_with_params()
    except EmptyResultSet:
        return rows.model, None


def _plain(rows: Rows, name: str) -> Any:
    """How a path is fetched: ids and moments as the database writes them."""
    field = _field(rows, name)
    return token(name) if isinstance(field, (models.UUIDField, models.DateTimeField)) else name


def _is_moment(rows: Rows, name: str) -> bool:
    return isinstance(_field(rows, name), models.DateTimeField)


def _field(rows: Rows, name: str) -> Any:
    """The kind of field that a path or an annotation of `rows` holds."""
    field = F(name).resolve_expression(rows.query.chain(), allow_joins=True).output_field
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field


def _texts(column: Column, *, is_moment: bool) -> list[str]:
    """Values as they stand in a key; moments in UTC to the second, as 2023-05-04T08:15:00Z."""
    if is_moment:  # both databases write them in UTC, day and time apart
        return [f"{value[:10]}T{value[11:19]}Z" if value else "" for value in column]
    return [value if type(value) is str else _told(value) for value in column]


def _told(value: Any) -> str:  # whatever a column holds
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
