"""A metric says which records are counted, never just a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from keepwell.platform.metrics.scope import Scope

Text = str | Promise
Rows = QuerySet[Model]
UnitOfMeasure = Literal[
    "count", "people", "person_times", "hours", "duration", "sites", "yes_no", "share", "score"
]  # fmt: skip


@dataclass(frozen=True)
class Count:
    """How many rows `of` there are.

    `at` is the path, or the annotation, that gives the id of the one unit a row counts for; a row without
    one is an exclusion: reported, counted nowhere. `key` are the paths whose values, joined by |, make the
    natural key that enters the digest. `looked_at` are the rows a figure of zero opens (same `at`).
    `has_data` is False when nothing was delivered that could be counted: no data, which is not zero.
    """

    of: Rows
    at: str
    key: tuple[str, ...]
    looked_at: Rows | None = None
    has_data: bool = True


@dataclass(frozen=True)
class Total(Count):
    """The sum of the column `value` over the rows `of`; the value enters the digest after the key."""

    value: str = field(kw_only=True)


@dataclass(frozen=True)
class Distinct(Count):
    """How many different things the rows `of` name by `key`; `at` is the same in every row of one thing.

    `things` are those very things, with the same `at`: what the figure opens.
    """

    things: Rows = field(kw_only=True)


@dataclass(frozen=True)
class Share(Count):
    """How many of the rows `of` are also among `having`, rows of the same model or those of a Distinct.

    A ratio of sums. The digest is taken over key|1 of those that are and key|0 of those that are not, so
    that it holds numerator and denominator. Where there are no rows `of` there is no data.
    """

    having: Rows | Distinct = field(kw_only=True)

    @property
    def met(self) -> Rows:
        """The rows looked for."""
        return self.having.things if isinstance(self.having, Distinct) else self.having


@dataclass(frozen=True)
class Mean(Count):
    """The mean of the column `value` over the rows `of`, each by its column `weight` (numbers, or fractions as text).

    Reckoned exactly for each unit from the rows below it, never as a mean of means; both columns enter the digest
    after the key. Where nothing weighs there is no data.
    """

    value: str = field(kw_only=True)
    weight: str = field(kw_only=True)


@dataclass(frozen=True)
class Lowest(Mean):
    """The lowest of the column `value` among the rows `of` whose column `weight` is more than nothing."""


@dataclass(frozen=True)
class Median(Count):
    """The median of the column `value`, lengths of time, over the rows `of`; of an even number the middle of the two
    in the middle. Kept in whole minutes, halves up.

    Reckoned for each unit from the rows below it, never as a median of medians; the minutes enter the digest after
    the key. Where there are no rows `of` there is no data.
    """

    value: str = field(kw_only=True)


Counted = Count | Total | Distinct | Share | Mean | Median
C = TypeVar("C", bound=Count)


@dataclass(frozen=True)
class Metric:
    """A metric as it is declared: how it is called, what it means, and the function that says what counts."""

    name: str
    title: Text
    definition: Text
    unit: UnitOfMeasure
    better: Literal["up", "down"]
    reads: tuple[type[Model], ...]
    published: bool
    order: int
    counted: Callable[[Scope], Counted]

    def __str__(self) -> str:
        return str(self.title)


METRICS: dict[str, Metric] = {}


def metric(
    name: str,
    *,
    title: Text,
    definition: Text,
    unit: UnitOfMeasure,
    reads: list[type[Model]],
    better: Literal["up", "down"] = "up",
    published: bool = False,
    order: int = 1000,
) -> Callable[[Callable[[Scope], C]], Callable[[Scope], C]]:
    """Make `counted(scope)` the metric `name`.

    `reads` names every model whose change can alter the figure (units need not be named); `published`
    puts it among the outcomes of a year, by `order`.
    """

    def keep(counted: Callable[[Scope], C]) -> Callable[[Scope], C]:
        METRICS[name] = Metric(name, title, definition, unit, better, tuple(reads), published, order, counted)
        return counted

    return keep


def all_metrics() -> list[Metric]:
    """Every metric, in the order in which they are shown."""
    return sorted(METRICS.values(), key=lambda m: (m.order, m.name))


def published_metrics() -> list[Metric]:
    """Those that stand among the outcomes of a year."""
    return [metric for metric in all_metrics() if metric.published]
