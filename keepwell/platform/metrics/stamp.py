"""Stamps: what the records were when something was counted, so that a stale reading shows by itself."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from django.db.models import Count, Model, QuerySet, Subquery, Value
from django.utils.text import slugify
from django.utils.translation import override

from keepwell.platform.history.models import Change, Tracked
from keepwell.platform.metrics.metric import Metric
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.records.models import Observation
from keepwell.platform.tree.models import Unit

# On PostgreSQL ids are given before the commit, so a row may appear below the newest one: the stamp
# also says how many rows there are among the newest ids.
WINDOW = 1_000


Seen = dict[str, int | None]


def stamps(metrics: Iterable[Metric], scope: Scope) -> dict[str, str]:
    """The stamp of each metric by name, in one query; empty before the group is entered."""
    metrics = list(metrics)
    seen = records_seen(metrics)
    return {metric.name: stamp(metric, scope, seen) for metric in metrics} if seen else {}


def records_seen(metrics: Iterable[Metric]) -> Seen:
    """How far the records behind `metrics` have come, in one query; empty before the group is entered.

    It moves with every change of a tracked model that a metric reads, of the units, and with every new row
    and applied batch of an observation.
    """
    models: set[type[Model]] = {Unit, *(model for metric in metrics for model in metric.reads)}
    parts = {f"{_label(model)}_{n}": part for model in models for n, part in enumerate(_parts(model))}
    return Unit.objects.filter(kind=Unit.Kind.GROUP).annotate(**parts).values(*parts).first() or {}


def stamp(metric: Metric, scope: Scope, seen: Seen) -> str:
    """64 hex digits that move with the records, with the bounds of the year and with the definition."""
    with override("en"):
        told = [str(metric.definition), metric.unit, scope.year.first.isoformat(), scope.day.isoformat()]
    models: set[type[Model]] = {Unit, *metric.reads}
    told += [
        f"{name}={seen.get(name)}" for name in sorted(f"{_label(m)}_{n}" for m in models for n in range(3))
    ]
    return sha256("\n".join(told).encode()).hexdigest()


def _label(model: type[Model]) -> str:
    return model._meta.label_lower.replace(".", "_")


def _parts(model: type[Model]) -> list[Subquery]:
    if issubclass(model, Tracked):
        changes = Change.objects.changes().filter(record_type=model.type_name())
        return [_newest(changes), _recent(changes)]
    rows = model._default_manager.all()
    return [_newest(rows), _recent(rows), *([_applied(model)] if issubclass(model, Observation) else [])]


def _newest(rows: QuerySet[Model]) -> Subquery:
    return Subquery(rows.order_by("-pk").values("pk")[:1])


def _recent(rows: QuerySet[Model]) -> Subquery:
    among = rows.filter(pk__gt=_newest(rows) - Value(WINDOW))
    return Subquery(among.order_by().values(one=Value(1)).annotate(many=Count("pk")).values("many"))


def _applied(model: type[Observation]) -> Subquery:
    """The newest batch brought into the register of `model`, which is named after it."""
    batches = model._meta.get_field("batch").related_model._default_manager
    with override("en"):
        register = slugify(str(model._meta.verbose_name_plural))
    applied = batches.filter(register=register, serial__isnull=False)
    return Subquery(applied.order_by("-serial").values("serial")[:1])
