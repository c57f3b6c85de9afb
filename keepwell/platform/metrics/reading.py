"""Reading metrics: for every unit at once, kept until the records behind them change."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from keepwell.kernel import moments
from keepwell.kernel.digests import digest
from keepwell.platform.metrics.counting import Counting, Sums, Token, Tree
from keepwell.platform.metrics.metric import METRICS, Counted, Distinct, Metric, Rows, Share, all_metrics
from keepwell.platform.metrics.models import Reading
from keepwell.platform.metrics.scope import Scope, group_today
from keepwell.platform.metrics.stamp import records_seen, stamp, stamps
from keepwell.platform.replicas.routing import elsewhere
from keepwell.platform.tree.models import Ancestry, Unit

NOTHING = digest([])
COUNTED = ("numerator", "denominator", "records", "excluded", "digest", "stamp", "counted_at")


def read(metric: str, scope: Scope) -> dict[UUID, Reading]:
    """The readings of one metric for every unit, counted anew only if the records changed."""
    return read_all(scope, [METRICS[metric]])[metric]


def read_all(scope: Scope, metrics: Iterable[Metric] | None = None) -> dict[str, dict[UUID, Reading]]:
    """The readings of `metrics` (all, if not given) for every unit, by metric and unit."""
    wanted = _wanted(metrics)
    if there := elsewhere(lambda: _fresh(wanted, scope)):
        return there
    found = _found(wanted, scope)
    stale, present = _stale(wanted, scope, found)
    if stale and count(stale, scope, present):
        found |= _found(stale, scope)
    return found


def read_at(unit: Unit, scope: Scope, metrics: Iterable[Metric] | None = None) -> dict[str, Reading]:
    """The readings of `metrics` (all, if not given) for one unit, by metric: what a page shows."""
    wanted = _wanted(metrics)
    if there := elsewhere(lambda: _fresh_at(unit, wanted, scope)):
        return there
    present = stamps(wanted, scope)
    kept = {r.metric: r for r in _kept(wanted, scope).filter(unit=unit)}
    stale = [m for m in wanted if m.name not in kept or kept[m.name].stamp != present[m.name]]
    if stale:
        count(stale, scope, present)
        kept |= {r.metric: r for r in _kept(stale, scope).filter(unit=unit)}
    return {metric.name: kept[metric.name] for metric in wanted}


def trend(metric: str, unit: Unit, years: Collection[int]) -> dict[int, Reading]:
    """The readings of `metric` at `unit`, year by year, each by the structure of its own as-of day."""
    return trends([METRICS[metric]], unit, years)[metric]


def trends(metrics: Iterable[Metric], unit: Unit, years: Collection[int]) -> dict[str, dict[int, Reading]]:
    """The readings of `metrics` at `unit`, by metric and year; as cheap for seven years as for one."""
    wanted, today = list(metrics), group_today(unit)
    seen = records_seen(wanted)
    names = [metric.name for metric in wanted]
    rows = Reading.objects.filter(metric__in=names, unit=unit, year__in=list(years))
    kept = {(r.metric, r.year, r.day): r for r in rows}
    found: dict[str, dict[int, Reading]] = {name: {} for name in names}
    for year in years:
        scope = Scope.of_year(year, today=today)
        fresh = {
            m.name: r
            for m in wanted
            if (r := kept.get((m.name, year, scope.day))) and r.stamp == stamp(m, scope, seen)
        }
        stale = [metric for metric in wanted if metric.name not in fresh]
        for name, reading in (fresh | (read_at(unit, scope, stale) if stale else {})).items():
            found[name][year] = reading
    return found


def records_of(metric: str, unit: Unit, scope: Scope) -> QuerySet:
    """Exactly the rows that the figure of `unit` counts; those looked at if it counts none."""
    counted = METRICS[metric].counted(scope)
    if not counted.has_data:
        return _opened(counted).none()
    rows = _at(_opened(counted), counted, unit, scope)
    looked_at = counted.of if isinstance(counted, Share) else counted.looked_at
    if looked_at is None or rows.exists():
        return rows
    return _at(looked_at, counted, unit, scope)


def count(metrics: Iterable[Metric], scope: Scope, present: dict[str, str] | None = None) -> int:
    """Count `metrics` for every unit and keep the readings; returns how many were written.

    `present` are the stamps from before; a change that comes in meanwhile makes the reading stale at once.
    """
    metrics = list(metrics)
    present = stamps(metrics, scope) if present is None else present
    if not present:
        return 0
    with uncollected():
        rows = _counted(metrics, scope, present)
    Reading.objects.bulk_create(rows, batch_size=1_000, update_conflicts=True, update_fields=COUNTED,
                                unique_fields=("metric", "year", "day", "unit"))  # fmt: skip
    return len(rows)


def renew(scope: Scope) -> int:
    """Count for every unit those metrics whose records changed since; returns how many readings were written."""
    stale, present = _stale(all_metrics(), scope, _found(all_metrics(), scope))
    return count(stale, scope, present) if stale else 0


def _stale(
    metrics: list[Metric], scope: Scope, found: dict[str, dict[UUID, Reading]]
) -> tuple[list[Metric], dict[str, str]]:
    """Those of `metrics` whose readings `found` are not of the records as they are now; and today's stamps."""
    present = stamps(metrics, scope)
    return [m for m in metrics if not _is_fresh(found[m.name], present.get(m.name))], present


def _fresh(metrics: list[Metric], scope: Scope) -> dict[str, dict[UUID, Reading]] | None:
    """The readings that are kept, if all of them are as new as the records beside them; else None."""
    found, present = _found(metrics, scope), stamps(metrics, scope)
    return found if all(_is_fresh(found[m.name], present.get(m.name)) for m in metrics) else None


def _fresh_at(unit: Unit, metrics: list[Metric], scope: Scope) -> dict[str, Reading] | None:
    """The same for one unit."""
    present = stamps(metrics, scope)
    kept = {r.metric: r for r in _kept(metrics, scope).filter(unit=unit)}
    is_fresh = all(m.name in kept and kept[m.name].stamp == present[m.name] for m in metrics)
    return {m.name: kept[m.name] for m in metrics} if is_fresh else None


def _counted(metrics: list[Metric], scope: Scope, present: dict[str, str]) -> list[Reading]:
    declared = {metric: metric.counted(scope) for metric in metrics}
    run = Counting(scope, declared.values())
    made = []
    for metric, counted in declared.items():
        made += _readings(metric, run.sums(counted), scope, run.tree, present[metric.name])
    return made


@contextmanager
def uncollected() -> Iterator[None]:
    """Inside, nobody looks for cycles: the rows hold none, and the search took a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _wanted(metrics: Iterable[Metric] | None) -> list[Metric]:
    return all_metrics() if metrics is None else list(metrics)


def _kept(metrics: Iterable[Metric], scope: Scope) -> QuerySet[Reading]:
    names = [metric.name for metric in metrics]
    return Reading.objects.filter(metric__in=names, year=scope.year.number, day=scope.day)


def _found(metrics: Iterable[Metric], scope: Scope) -> dict[str, dict[UUID, Reading]]:
    found: dict[str, dict[UUID, Reading]] = {metric.name: {} for metric in metrics}
    for reading in _kept(metrics, scope):
        found[reading.metric][reading.unit_id] = reading
    return found


def _is_fresh(readings: dict[UUID, Reading], stamp: str | None) -> bool:
    return bool(readings) and all(reading.stamp == stamp for reading in readings.values())


def _readings(metric: Metric, sums: Sums, scope: Scope, tree: Tree, stamp: str) -> list[Reading]:
    asked = {"metric": metric.name, "year": scope.year.number, "day": scope.day}
    counted = {"stamp": stamp, "counted_at": moments.now()}
    return [
        Reading(
            **asked, **counted, unit_id=pk, records=sums.records[unit], excluded=sums.excluded[unit],
            digest=sums.digests.get(unit, NOTHING), **_figure(sums, unit, is_absent=unit in tree.absent),
        )
        for pk, unit in tree.units.items()
    ]  # fmt: skip


def _figure(sums: Sums, unit: Token, *, is_absent: bool) -> dict[str, int | None]:
    """Numerator and denominator; None where there is no data: nothing delivered, no unit, nobody to share."""
    whole = None if sums.denominator is None else sums.denominator[unit]
    if not sums.has_data or whole == 0 or (is_absent and not sums.records[unit]):
        return {"numerator": None, "denominator": None}
    return {"numerator": sums.numerator[unit], "denominator": whole}


def _opened(counted: Counted) -> Rows:
    """The rows a figure above zero opens."""
    if isinstance(counted, Share):
        return counted.of.filter(Exists(counted.met.filter(pk=OuterRef("pk"))))
    return counted.things if isinstance(counted, Distinct) else counted.of


def _at(rows: Rows, counted: Counted, unit: Unit, scope: Scope) -> Rows:
    """Those of `rows` that count for `unit` or a unit below it in the structure of the as-of day."""
    if unit.kind == Unit.Kind.GROUP:  # everything that lies in a unit at all
        return rows.filter(**{f"{counted.at}__isnull": False})
    return rows.filter(**{f"{counted.at}__in": Ancestry.objects.under(unit, scope.day)})
