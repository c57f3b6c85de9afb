"""The proof of a figure: its reading, and the very records it counts, as far as the reader may see them."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Model, QuerySet

from keepwell.kernel import moments
from keepwell.kernel.digests import digest
from keepwell.platform.history.models import Change
from keepwell.platform.metrics.metric import METRICS, Metric
from keepwell.platform.metrics.models import Reading
from keepwell.platform.metrics.reading import read_at, records_of
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import Observation, sees_all, visible_to
from keepwell.platform.tree.models import Unit

KEPT_SECONDS = 600


@dataclass(frozen=True)
class Proof:
    """A figure opened: `rows` are those of its `total` records that the reader may see, `hidden` the rest.

    `among` are rows that `rows` lie among, for a pager to walk: they are nobody's to see.
    """

    metric: Metric
    reading: Reading
    rows: QuerySet[Model]
    among: QuerySet[Model]
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
    among = _among(metric, rows, scope)
    if sees_all(rows.model, person):
        return Proof(METRICS[metric], reading, rows, among, reading.records, 0)
    seen = visible_to(rows, person)
    hidden = max(0, reading.records - _count(reading, seen, person))
    return Proof(METRICS[metric], reading, seen, among, reading.records, hidden)


def _among(metric: str, rows: QuerySet[Model], scope: Scope) -> QuerySet[Model]:
    """Rows that an index gives in the order of the list: of observations those of the year, else all."""
    counted = METRICS[metric].counted(scope).of
    is_long = issubclass(rows.model, Observation) and counted.model is rows.model
    return counted if is_long else rows.model._default_manager.all()


def _count(reading: Reading, seen: QuerySet[Model], person: Person) -> int:
    """How many records of `reading` the reader may see, not counted again until a record or a right moves."""
    change = Change.objects.order_by("-id").values_list("id", flat=True).first()
    said = (reading.pk, reading.stamp, person.pk, change, moments.today())
    key = f"keepwell.proof.{digest([repr(said)])}"
    found: int | None = cache.get(key)
    if found is None:
        found = seen.order_by().values("pk").count()
        cache.set(key, found, KEPT_SECONDS)
    return found
