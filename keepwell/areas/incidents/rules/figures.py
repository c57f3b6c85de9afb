"""The incidents of a unit and all below it in a year, in figures: by level, type and unit, with the times they took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext

from keepwell.areas.incidents.models import Incident, IncidentQuerySet, IncidentType, kinds
from keepwell.areas.incidents.models.library import here
from keepwell.areas.incidents.models.schemes import level_name, scheme
from keepwell.areas.incidents.rules.counting import AT, told_apart, within
from keepwell.platform.metrics.metric import Metric, all_metrics
from keepwell.platform.metrics.models import Reading
from keepwell.platform.metrics.reading import read_all, trend
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person
from keepwell.platform.publishing.blocks import Chart
from keepwell.platform.publishing.charts import bars, columns
from keepwell.platform.tree.models import Ancestry, Unit, on

FORMS = ("csv", "xlsx")
YEARS = 7
REPORTED, MATERIAL = "incidents.reported", "incidents.material"
HEADINGS = ("year", "as_of", "unit", "by", "name", "figure", "value")
MOST_DECISIONS = 200


@dataclass(frozen=True)
class Line:
    """How many incidents are of one level or type; `id` as programs know it, "" of those not classified."""

    id: str
    title: str
    count: int


@dataclass(frozen=True)
class Row:
    """A unit with its figures, in the order of the metrics."""

    unit: Unit
    told: tuple[tuple[Metric, Reading], ...]


@dataclass(frozen=True)
class Figures:
    """A unit and a year in figures; `restricted` are those for named people alone, of which nothing else is told."""

    unit: Unit
    scope: Scope
    metrics: tuple[Metric, ...]
    whole: Row
    below: tuple[Row, ...]
    levels: tuple[Line, ...]
    kinds: tuple[Line, ...]
    own: tuple[Line, ...]
    years: tuple[tuple[int, int | None], ...]
    restricted: int


def figures(unit: Unit, number: int) -> Figures:
    """The figures of `unit` and all below it in the year `number`; whether the reader may know them is for the caller
    to ask."""
    scope = Scope.of_year(number)
    metrics = tuple(one for one in all_metrics() if one.name.startswith("incidents."))
    read = read_all(scope, metrics)
    rows = told_apart(_at(within(scope, "reported_at"), unit, scope))
    by_level, by_kind = _counted(rows, "level"), _counted(rows, "kind")
    levels = [
        Line(str(one.level), level_name(one.level), by_level.get(one.level, 0)) for one in scheme().levels
    ]
    open_ = Line("", gettext("Not classified"), by_level.get(None, 0))
    found = [
        Line(kind.id, here(kind.title), by_kind[kind.id]) for kind in kinds().values() if kind.id in by_kind
    ]
    whole, own = _row(unit, metrics, read), _own(rows)
    reported = read[REPORTED][unit.pk].numerator or 0
    return Figures(
        unit, scope, metrics, whole, tuple(_row(one, metrics, read) for one in _below(unit, scope)),
        tuple([*levels, open_] if open_.count else levels), tuple(sorted(found, key=lambda one: (-one.count, one.title))), own,
        tuple(_years(unit, number)), reported - sum(by_level.values()),
    )  # fmt: skip


def decided(unit: Unit, scope: Scope, person: Person) -> QuerySet[Incident]:
    """The incidents of which somebody decided on materiality in the year, as far as `person` may see them."""
    # Who knows a restricted incident finds it at its own site, though figures count it for the group.
    rows = _at(within(scope, "material_at"), unit, scope, path="unit").filter(is_material__isnull=False)
    shown = rows.visible_to(person).select_related("unit", "material_by")
    return shown.order_by("-material_at", "number")[:MOST_DECISIONS]


@dataclass(frozen=True)
class Charts:
    """By type and by own type (None: there is nothing to draw), by level and over the years."""

    by_kind: Chart | None
    by_own: Chart | None
    others: tuple[Chart, ...]


def charts(found: Figures) -> Charts:
    """The figures of the unit, drawn."""
    count = gettext("Incidents")
    others = (
        columns("incidents-by-level", gettext("By level"), [(one.title, one.count) for one in found.levels],
                columns=(gettext("Level"), count)),
        columns("incidents-by-year", gettext("Over the years"), [(str(year), value) for year, value in found.years],
                columns=(gettext("Year"), count)),
    )  # fmt: skip
    kinds_found = [(one.title, one.count) for one in found.kinds]
    by_kind = bars("incidents-by-type", gettext("By type"), kinds_found, columns=(gettext("Type"), count))
    own = [(one.title, one.count) for one in found.own]
    by_own = bars(
        "incidents-by-own-type", gettext("By our own types"), own, columns=(gettext("Own type"), count)
    )
    return Charts(by_kind if kinds_found else None, by_own if own else None, others)


def lines(found: Figures) -> Iterator[tuple[str, ...]]:
    """Every figure as a row of a file, under `HEADINGS`; nothing counted is empty, which is not zero."""
    head = (str(found.scope.year.number), found.scope.day.isoformat())
    for row in (found.whole, *found.below):
        for metric, reading in row.told:
            told = "" if reading.value is None else str(reading.value)
            yield (*head, row.unit.code, "unit", str(row.unit), metric.name, told)
    for by, counted in (("level", found.levels), ("type", found.kinds), ("own_type", found.own)):
        for one in counted:
            yield (*head, found.unit.code, by, one.id, REPORTED, str(one.count))
    if found.restricted:
        yield (*head, found.unit.code, "restricted", "", REPORTED, str(found.restricted))


def _row(unit: Unit, metrics: Iterable[Metric], read: dict[str, dict[UUID, Reading]]) -> Row:
    return Row(unit, tuple((metric, read[metric.name][unit.pk]) for metric in metrics))


def _at(rows: IncidentQuerySet, unit: Unit, scope: Scope, path: str = AT) -> IncidentQuerySet:
    """Those of `rows` that count for `unit` or a unit below it in the structure of the as-of day."""
    if unit.kind == Unit.Kind.GROUP:
        return rows
    return rows.filter(**{f"{path}__in": Ancestry.objects.under(unit, scope.day)})


def _counted(rows: IncidentQuerySet, field: str) -> dict[int | str | None, int]:
    return dict(rows.order_by().values_list(field).annotate(many=Count("pk")))


def _own(rows: IncidentQuerySet) -> tuple[Line, ...]:
    """Those that the group calls by a type of its own, by it; each counts under the shipped type as well."""
    found = (
        rows.filter(own_type__stands_for=F("kind"))
        .order_by()
        .values_list("own_type")
        .annotate(many=Count("pk"))
    )
    counted = dict(found)
    types = IncidentType.objects.filter(pk__in=counted) if counted else ()
    told = [Line(one.code, one.title_here, counted[one.pk]) for one in types]
    return tuple(sorted(told, key=lambda one: (-one.count, one.title)))


def _below(unit: Unit, scope: Scope) -> QuerySet[Unit]:
    """The units one step below `unit` on the as-of day."""
    places = Ancestry.objects.filter(on(scope.day), ancestor=unit, depth=1)
    return Unit.objects.filter(pk__in=places.values("descendant")).order_by("code")


def _years(unit: Unit, number: int) -> Iterator[tuple[int, int | None]]:
    """How many were reported in each of seven years up to `number`."""
    found = trend(REPORTED, unit, range(number - YEARS + 1, number + 1))
    for year, reading in sorted(found.items()):
        yield year, reading.numerator
