"""Sites, companies and the group beside each other: what each came to, requirement by requirement, in IT and in OT."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q
from django.utils.functional import cached_property

from keepwell.areas.assessment.models import Assessment, Cycle, Result, Scope, View
from keepwell.areas.assessment.models.results import ROLLED, rolled_of
from keepwell.areas.assessment.rules.outlines import WHOLE, Line, Outline, outline
from keepwell.areas.assessment.rules.results import OWN, shown
from keepwell.areas.assessment.rules.structure import Places
from keepwell.kernel.rollup.explaining import Explanation, LeftOut, Part, Why, pool, pooled
from keepwell.kernel.rollup.means import weighted_mean
from keepwell.kernel.rollup.spread import Spread, spread
from keepwell.kernel.rollup.tree import Method, Rolled, is_covered
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import records_granted, units_granted
from keepwell.platform.people.roles import Level
from keepwell.platform.replicas.routing import decided, lately
from keepwell.platform.tree.models import Unit

# Django's cached_property, because that of functools takes a lock for each value, as dear as the value itself.
AREA = "assessment"
TOGETHER = "together"
"""IT and OT of a site as one figure: both assessments by their weight."""
Key = tuple[str, str]  # scope, code of the requirement


class Piece(NamedTuple):
    """What one assessment came to at one requirement: the smallest thing that is compared.

    `value` is the score, None where too little is answered; `weighs` what it weighs above the site: by the rule of
    the cycle; a share at target by its answers.
    """

    unit: UUID
    weight: Fraction
    rolled: Rolled
    method: Method
    threshold: Fraction
    value: Fraction | None
    weighs: Fraction

    @classmethod
    def of(cls, unit: UUID, weight: Fraction, rolled: Rolled, method: Method, threshold: Fraction) -> Piece:
        """A piece of a site of that weight, by the method and the threshold (0..1) of its cycle."""
        weighs = rolled.aimed if method is Method.SHARE_AT_TARGET else weight
        return cls(unit, weight, rolled, method, threshold, rolled.published(method, threshold), weighs)

    @property
    def why(self) -> Why:
        """Why it does not count, where it has no value."""
        if not self.rolled.applicable:
            return Why.NOT_APPLICABLE
        if not self.rolled.answered:
            return Why.MISSING
        return Why.COVERAGE if self.rolled.value(self.method) is not None else Why.NO_TARGET


Came = dict[str, Piece]  # what one assessment came to, by code


@dataclass(frozen=True)
class Cell:
    """One figure of the map: of a unit, a scope and a requirement. Values are exact; `shown` is as printed.

    `before` are the pieces of the same figure in the cycle before; `is_last_estimated` where that stood on another
    version of the framework. `sites` are those counted.
    """

    pieces: tuple[Piece, ...]
    method: Method
    threshold: Fraction
    before: tuple[Piece, ...] = ()
    is_last_estimated: bool = False

    @cached_property
    def last(self) -> Fraction | None:
        """The score of the cycle before; None without one."""
        return (
            Cell(self.before, self.before[0].method, self.before[0].threshold).value if self.before else None
        )

    @cached_property
    def answered(self) -> int:
        return sum([piece.rolled.answered for piece in self.pieces])

    @cached_property
    def applicable(self) -> int:
        return sum([piece.rolled.applicable for piece in self.pieces])

    @cached_property
    def value(self) -> Fraction | None:
        """The score by the cycle's method; None with too few answers."""
        if len(self.pieces) == 1:  # as most are; the same, sooner
            return self.pieces[0].value if self.pieces[0].weighs else None
        if not is_covered(self.answered, self.applicable, self.threshold):
            return None
        scored = [piece for piece in self.pieces if piece.value is not None]
        values = [value for piece in scored if (value := piece.value) is not None]
        return pooled(self.method, values, [piece.weighs for piece in scored])

    @cached_property
    def target(self) -> Fraction | None:
        """The target of what is scored, by the same weights; None where there is none."""
        aimed = [p for p in self.pieces if p.value is not None and p.rolled.target is not None]
        aims = [p.rolled.target for p in aimed if p.rolled.target is not None]
        return weighted_mean(aims, [p.weight for p in aimed])

    @cached_property
    def shown(self) -> Decimal | None:
        return shown(self.value)

    @cached_property
    def shown_target(self) -> Decimal | None:
        return shown(self.target)

    @cached_property
    def gap(self) -> Decimal | None:
        """How far the printed value lies below the printed target; less than 0 above it. None without either."""
        if self.shown is None or self.shown_target is None or self.method is Method.SHARE_AT_TARGET:
            return None
        return self.shown_target - self.shown

    @cached_property
    def change(self) -> Decimal | None:
        """The printed value less the printed value of the cycle before."""
        before = shown(self.last)
        return None if self.shown is None or before is None else self.shown - before

    @cached_property
    def spread(self) -> Spread | None:
        """How the counted sites lie beside each other."""
        return spread((p.value, p.rolled.target) for p in self.pieces if p.value is not None)

    @property
    def sites(self) -> int:
        return len({piece.unit for piece in self.pieces if piece.value is not None})

    @property
    def coverage(self) -> Fraction | None:
        """Answered by applicable, 0..1."""
        return Fraction(self.answered, self.applicable) if self.applicable else None

    @property
    def share_at_target(self) -> Fraction | None:
        """The share of scored answers with a target that reached it, 0..1."""
        aimed = sum((p.rolled.aimed for p in self.pieces), Fraction(0))
        return sum((p.rolled.met for p in self.pieces), Fraction(0)) / aimed if aimed else None

    def by(self, method: Method) -> Fraction | None:
        """The same pieces by another method, for those beside the published one."""
        pairs = [
            (value, p.rolled.aimed if method is Method.SHARE_AT_TARGET else p.weight)
            for p in self.pieces if p.value is not None and (value := p.rolled.value(method)) is not None
        ]  # fmt: skip
        return pooled(method, [value for value, _weight in pairs], [weight for _value, weight in pairs])


@dataclass(frozen=True)
class Row:
    """A unit in the map, with its cells by scope and code; `depth` steps below the first row's unit.

    `assessments` are those of the unit itself, by scope.
    """

    unit: Unit
    parent: UUID | None
    depth: int
    cells: dict[Key, Cell]
    assessments: dict[str, Assessment]

    def cell(self, scope: str, code: str = WHOLE) -> Cell | None:
        """The figure at a scope and requirement; None where the unit is not assessed so."""
        return self.cells.get((scope, code))


@dataclass(frozen=True)
class HeatMap:
    """A cycle by unit and requirement, as far as one person may see it: the group first, then each company with
    its sites."""

    cycle: Cycle
    view: View
    outline: Outline
    columns: tuple[Line, ...]
    scopes: tuple[str, ...]
    rows: tuple[Row, ...]
    last_cycle: Cycle | None = None

    @cached_property
    def by_unit(self) -> dict[UUID, Row]:
        return {row.unit.pk: row for row in self.rows}

    def row(self, unit: Unit) -> Row | None:
        return self.by_unit.get(unit.pk)

    def explain(self, unit: Unit, scope: str, code: str = WHOLE) -> Explanation | None:
        """Why a unit above its sites came to what it came to: from the units right below it. None for a site
        that is one assessment, whose parts are requirements, or what is not in the map."""
        row = self.by_unit.get(unit.pk)
        cell = row.cell(scope, code) if row is not None else None
        if row is None or cell is None:
            return None
        parts, left_out = [], []
        for key, pieces in self._below(row, scope, code):
            scored = [piece for piece in pieces if piece.value is not None]
            values = [value for piece in scored if (value := piece.value) is not None]
            value = pooled(cell.method, values, [piece.weighs for piece in scored])
            if value is None:
                left_out.append(LeftOut(key, pieces[0].why))
            else:
                parts.append(Part(key, value, sum((piece.weighs for piece in scored), Fraction(0))))
        found = pool(unit.code, cell.method, parts, left_out)
        return Explanation(found.key, found.method, cell.value, found.parts, found.left_out)

    def _below(self, row: Row, scope: str, code: str) -> list[tuple[str, list[Piece]]]:
        """The pieces of the units right below a row, by code of the unit; of a site, by its scopes."""
        under = [one for one in self.rows if one.parent == row.unit.pk and one.cell(scope, code) is not None]
        if under:
            return [(one.unit.code, list(one.cells[scope, code].pieces)) for one in under]
        return [
            (str(Scope(own).label), list(cell.pieces))
            for own in self.scopes if own != TOGETHER and (cell := row.cell(own, code)) is not None
            and (scope == TOGETHER or own == scope)
        ]  # fmt: skip


def heat_map(cycle: Cycle, *, person: Person, view: View = View.COUNTING, depth: int = 0) -> HeatMap:
    """The map of a cycle for `person`: every unit at which they may view maturity, by the requirements at `depth`
    (0 functions, 1 categories) and the whole (""); always the same number of queries.

    A unit above sites is shown to who may view there, hence everything below; who sees single sites sees those.
    Its figures may come from a replica, who may see them never.
    """
    return lately(lambda: _found(cycle, person, view, depth))


def _found(cycle: Cycle, person: Person, view: View, depth: int) -> HeatMap:
    lines = outline(cycle.framework_version)
    columns = tuple(lines.at_depth(depth))
    codes = [WHOLE, *(line.code for line in columns)]
    now = Standing.of(cycle, lines, codes, view, person)
    last = Standing.before(cycle, codes, view, person)
    return laid_on(now, last, lines, columns, person, view=view)


def laid_on(now: Standing, last: Standing | None, lines: Outline, columns: tuple[Line, ...], person: Person, *,
            view: View = View.COUNTING) -> HeatMap:  # fmt: skip
    """The map of what stands `now` beside what stood `last`, as far as `person` may see it."""
    rows = _rows(now, last, seen_units(person))
    scopes = [scope.value for scope in Scope if any(one.scope == scope for one in now.assessments)]
    every = tuple([*scopes, TOGETHER] if len(scopes) > 1 else scopes)
    return HeatMap(now.cycle, view, lines, columns, every, tuple(rows), now.cycle.previous)


def seen_units(person: Person) -> set[UUID]:
    """The units at which `person` may view maturity, hence all below them."""
    return set(
        units_granted(person, AREA, Level.VIEW).using(DEFAULT_DB_ALIAS).values_list("descendant", flat=True)
    )


def seen_assessments(person: Person) -> Q:
    """The assessments whose figures `person` sees: at their units, and those given one by one. Who was asked to
    answer a part sees the answers of that part, and no figures."""
    given = records_granted(person, Assessment.type_name(), AREA)
    return Q(unit__in=decided(units_granted(person, AREA, Level.VIEW))) | Q(pk__in=given)


def views_of(cycle: Cycle, person: Person) -> set[View]:
    """The views of a cycle in which anything that `person` sees was said; maybe from a replica."""
    return lately(lambda: _views_of(cycle, person))


def _views_of(cycle: Cycle, person: Person) -> set[View]:
    seen = Assessment.objects.counted().filter(seen_assessments(person), cycle=cycle)
    rows = Result.objects.filter(assessment__in=seen.values("pk"), on_version=OWN, code=WHOLE, answered__gt=0)
    return {View(one) for one in rows.values_list("view", flat=True).distinct()}


@dataclass(frozen=True)
class Standing:
    """The assessments of a cycle that somebody sees, with what they came to at some requirements."""

    cycle: Cycle
    assessments: list[Assessment]
    pieces: dict[UUID, Came] = field(repr=False)
    is_estimated: bool = False

    @cached_property
    def rule(self) -> tuple[Method, Fraction]:
        """The method and the threshold (0..1) by which its figures count."""
        return Method(self.cycle.method), Fraction(self.cycle.coverage_threshold)

    @classmethod
    def of(cls, cycle: Cycle, lines: Outline, codes: Sequence[str], view: View, person: Person) -> Standing:
        """The cycle itself; what has no answer yet is there, with nothing answered."""
        held = _assessments(cycle, person)
        sizes = {code: len(lines.below(code)) for code in codes}
        return cls(cycle, held, _pieces(cycle, held, codes, view, OWN, sizes))

    @classmethod
    def before(cls, cycle: Cycle, codes: Sequence[str], view: View, person: Person) -> Standing | None:
        """The cycle before it, restated on the present version where it stood on another one."""
        last = cycle.previous
        if last is None:
            return None
        is_other = last.framework_version_id != cycle.framework_version_id
        held = _assessments(last, person)
        on_version = cycle.framework_version.code if is_other else OWN
        return cls(last, held, _pieces(last, held, codes, view, on_version, {}), is_other)


def _assessments(cycle: Cycle, person: Person) -> list[Assessment]:
    rows = Assessment.objects.counted().filter(seen_assessments(person), cycle=cycle)
    held = list(rows.select_related(None).order_by("unit__code", "scope", "pk"))
    for one in held:
        one.cycle = cycle
    return held


def _pieces(cycle: Cycle, held: Iterable[Assessment], codes: Sequence[str], view: View, on_version: str,
            sizes: dict[str, int]) -> dict[UUID, Came]:  # fmt: skip
    """What each assessment came to, by its id and code: one query. `sizes` are the leaves below each code, for
    what has no result yet."""
    method, threshold = Method(cycle.method), Fraction(cycle.coverage_threshold)
    rows = Result.objects.filter(assessment__cycle=cycle, view=view, on_version=on_version, code__in=codes)
    found: dict[UUID, tuple[UUID, Fraction, Came]] = {
        one.pk: (one.unit_id, Fraction(one.weight), {}) for one in held
    }
    for key, code, *values in rows.values_list("assessment", "code", *ROLLED).iterator(2_000):
        if (of := found.get(key)) is not None:
            unit, weight, came = of
            came[code] = Piece.of(unit, weight, rolled_of(*values), method, threshold)
    for unit, weight, came in found.values():
        for code, size in sizes.items():
            if code not in came:
                came[code] = Piece.of(unit, weight, Rolled(applicable=size), method, threshold)
    return {key: came for key, (_unit, _weight, came) in found.items()}


def _rows(now: Standing, last: Standing | None, seen: set[UUID]) -> list[Row]:
    """The rows of the map in the order of the tree."""
    places = Places.of(now.cycle)
    before = _gathered(last, places, seen) if last is not None else {}
    cells: dict[UUID, dict[Key, Cell]] = defaultdict(dict)
    for (unit, scope), found in _gathered(now, places, seen).items():
        cells[unit] |= _cells(now, last, scope, found, before.get((unit, scope), []))
    own: dict[UUID, dict[str, Assessment]] = defaultdict(dict)
    for one in now.assessments:
        one.unit = places.units[one.unit_id]
        own[one.unit_id][one.scope] = one
    listed = places.in_order(set(cells))
    return [Row(unit, parent, depth, cells[unit.pk], own.get(unit.pk, {})) for unit, parent, depth in listed]


def _gathered(standing: Standing, places: Places, seen: set[UUID]) -> dict[tuple[UUID, str], list[Came]]:
    """What came of the assessments at and below each unit that is shown, by scope; IT and OT of a unit also
    together."""
    found: dict[tuple[UUID, str], list[Came]] = defaultdict(list)
    for one in standing.assessments:
        for unit in places.above.get(one.unit_id, (one.unit_id,)):
            if unit == one.unit_id or unit in seen:
                found[unit, one.scope].append(standing.pieces[one.pk])
                found[unit, TOGETHER].append(standing.pieces[one.pk])
    return found


def _cells(
    now: Standing, last: Standing | None, scope: str, found: list[Came], before: list[Came]
) -> dict[Key, Cell]:
    """The figures of one unit in one scope, each with that of the cycle before."""
    was, is_estimated = _by_code(before), last is not None and last.is_estimated
    return {
        (scope, code): Cell(one, *now.rule, was.get(code, ()), is_estimated)
        for code, one in _by_code(found).items()
    }


def _by_code(found: list[Came]) -> dict[str, tuple[Piece, ...]]:
    """The pieces of some assessments, requirement by requirement."""
    codes = dict.fromkeys(chain.from_iterable(found))
    return {code: tuple([one[code] for one in found if code in one]) for code in codes}
