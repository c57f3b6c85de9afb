"""How a unit came along over the years, across the break between two versions of a framework."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from keepwell.areas.assessment.models import Assessment, Cycle, Result, View
from keepwell.areas.assessment.models.results import ROLLED, rolled_of
from keepwell.areas.assessment.rules.comparing import TOGETHER, Cell, Piece, seen_assessments, seen_units
from keepwell.areas.assessment.rules.outlines import WHOLE
from keepwell.areas.assessment.rules.results import OWN, shown
from keepwell.kernel.rollup.tree import Method
from keepwell.platform.metrics.scope import Scope as Span
from keepwell.platform.metrics.scope import group_today
from keepwell.platform.people.models import Person
from keepwell.platform.replicas.routing import lately
from keepwell.platform.tree.models import Ancestry, Unit

MOST_YEARS = 30


@dataclass(frozen=True)
class Point:
    """What a unit came to in one cycle, on one version of the framework.

    `is_estimated`: the cycle was answered on an older version and restated through the crosswalk.
    """

    year: int
    cycle: str
    state: str
    version: str  # code of the framework version the figure lies on
    cycle_id: UUID
    value: Fraction | None
    target: Fraction | None
    sites: int
    is_estimated: bool

    @property
    def shown(self) -> Decimal | None:
        return shown(self.value)

    @property
    def shown_target(self) -> Decimal | None:
        return shown(self.target)


class Held(NamedTuple):
    """An assessment as a trend needs it: its cycle, its site and its weight."""

    cycle: UUID
    site: UUID
    weight: Fraction


@dataclass(frozen=True)
class Trend:
    """The years of a unit at one requirement: as answered, and, where the version changed, restated on the newest.

    `breaks` are the years in which another version began: a line is interrupted there.
    """

    points: tuple[Point, ...]
    restated: tuple[Point, ...]
    breaks: tuple[int, ...]


def trend(
    cycle: Cycle,
    unit: Unit,
    *,
    person: Person,
    scope: str = TOGETHER,
    code: str = WHOLE,
    view: View = View.COUNTING,
) -> Trend:
    """The years up to `cycle` at `unit`, as far as `person` may see its sites; the same number of queries whatever
    the years. Each year follows the structure of its own day. Its figures may come from a replica."""
    return lately(lambda: _found(cycle, unit, person, scope, code, view))


def _found(cycle: Cycle, unit: Unit, person: Person, scope: str, code: str, view: View) -> Trend:
    cycles = line_of(cycle)
    newest = cycle.framework_version.code
    held = _below(unit, cycles, person, scope)
    rows = Result.objects.filter(
        assessment__cycle__in=[one.pk for one in cycles], view=view, code=code, on_version__in=(OWN, newest)
    )  # fmt: skip
    pieces: dict[tuple[UUID, str], list[Piece]] = defaultdict(list)
    rule_of = {one.pk: (Method(one.method), Fraction(one.coverage_threshold)) for one in cycles}
    for key, version, *values in rows.values_list("assessment", "on_version", *ROLLED).iterator(2_000):
        if key in held:
            where, site, weight = held[key]
            method, threshold = rule_of[where]
            pieces[where, version].append(Piece.of(site, weight, rolled_of(*values), method, threshold))
    points = [_point(one, pieces.get((one.pk, OWN), []), one.framework_version.code) for one in cycles]
    restated = [_point(one, found, newest) for one in cycles if (found := pieces.get((one.pk, newest)))]
    return Trend(tuple(points), tuple(restated), tuple(_breaks(points)))


def line_of(cycle: Cycle) -> list[Cycle]:
    """The cycles of the same unit and framework up to this one, a year each, the oldest first."""
    rows = Cycle.objects.current().exclude(state=Cycle.State.DRAFT).filter(
        unit=cycle.unit_id, framework_version__framework=cycle.framework_version.framework_id, year__lte=cycle.year
    )  # fmt: skip
    by_year = {one.year: one for one in rows.select_related("framework_version").order_by("opens_on", "pk")}
    by_year[cycle.year] = cycle
    return [by_year[year] for year in sorted(by_year)][-MOST_YEARS:]


def _below(unit: Unit, cycles: Iterable[Cycle], person: Person, scope: str) -> dict[UUID, Held]:
    """The assessments at a unit and below it, each by the structure of its own cycle's day, by their ids."""
    today = group_today()
    days = {one.pk: Span.of_year(one.year, today=today).day for one in cycles}
    spans: dict[UUID, list[tuple[date, date | None]]] = defaultdict(list)
    for below, since, until in Ancestry.objects.filter(ancestor=unit).values_list(
        "descendant", "since", "until"
    ):
        spans[below].append((since, until))
    rows = Assessment.objects.counted().filter(seen_assessments(person), cycle__in=list(days))
    rows = rows if scope == TOGETHER else rows.filter(scope=scope)
    if unit.pk not in seen_units(person):  # who sees single sites sees nothing of what lies above them
        rows = rows.filter(unit=unit)
    return {
        key: Held(cycle, site, Fraction(weight))
        for key, cycle, site, weight in rows.values_list("pk", "cycle", "unit", "weight")
        if _covered(spans.get(site, []), days[cycle])
    }


def _covered(spans: Iterable[tuple[date, date | None]], day: date) -> bool:
    return any(since <= day and (until is None or until >= day) for since, until in spans)


def _point(cycle: Cycle, pieces: list[Piece], version: str) -> Point:
    cell = Cell(tuple(pieces), Method(cycle.method), Fraction(cycle.coverage_threshold))
    is_estimated = version != cycle.framework_version.code
    return Point(
        cycle.year,
        cycle.name,
        cycle.state,
        version,
        cycle.pk,
        cell.value,
        cell.target,
        cell.sites,
        is_estimated,
    )


def _breaks(points: list[Point]) -> Iterable[int]:
    return (
        now.year for before, now in zip(points, points[1:], strict=False) if before.version != now.version
    )
