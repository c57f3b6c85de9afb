"""The proof of a figure: its reading, and the very records it counts, as far as the reader may see them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model, QuerySet

from keepwell.platform.metrics.metric import METRICS, Metric
from keepwell.platform.metrics.models import Reading
from keepwell.platform.metrics.reading import read_at, records_of
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import sees_all, visible_to
from keepwell.platform.tree.models import Unit


@dataclass(frozen=True)
class Proof:
    """A figure opened: `rows` are those of its `total` records that the reader may see, `hidden` the rest."""

    metric: Metric
    reading: Reading
    rows: QuerySet[Model]
    total: int
    hidden: int

    @property
    def shown(self) -> int:
        """How many of the records the reader may see."""
        return self.total - self.hidden


def proof(metric: str, unit: Unit, scope: Scope, person: Person) -> Proof:
    """The figure of `metric` at `unit`, opened for `person`.

    Whether `person` may know the figure at all is for the page to ask: this filters the records only.
    """
    reading = read_at(unit, scope, [METRICS[metric]])[metric]
    rows = records_of(metric, unit, scope)
    if sees_all(rows.model, person):
        return Proof(METRICS[metric], reading, rows, reading.records, 0)
    seen = visible_to(rows, person)
    return Proof(METRICS[metric], reading, seen, reading.records, max(0, reading.records - seen.count()))
