"""Sites beside each other: chosen ones, how all of them lie, what moved most and what is missed most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext

from keepwell.areas.assessment.models import Cycle, Scope
from keepwell.areas.assessment.rules.benchmarks import Against
from keepwell.areas.assessment.rules.comparing import TOGETHER, Cell, HeatMap, Row
from keepwell.areas.assessment.rules.outlines import WHOLE
from keepwell.areas.assessment.rules.reading.boxes import Box, boxes, differences
from keepwell.areas.assessment.rules.reading.charts import opened
from keepwell.areas.assessment.rules.reading.maps import difference, name_of, scope_name
from keepwell.areas.assessment.rules.reading.shades import signed
from keepwell.areas.assessment.rules.reading.walks import label
from keepwell.areas.assessment.rules.reading.wishes import Columns, Leads, Spot
from keepwell.kernel.rollup.spread import spread
from keepwell.platform.publishing.blocks import Chart, Column, Table

FEW, MOST_SITES, TOP = 3, 12, 5
BEST, WORST = "best", "worst"
NOTHING = Decimal(0)
SCOPES = (Scope.IT.value, Scope.OT.value, Scope.COMBINED.value)


def sites_of(shown: HeatMap) -> list[Row]:
    """The rows that lie above no other."""
    above = {row.parent for row in shown.rows}
    return [row for row in shown.rows if row.unit.pk not in above]


def ranked(shown: HeatMap, scope: str) -> list[Row]:
    """The sites with a score in a scope, the best first; equal ones by code."""
    scored = [(cell.value, row) for row in sites_of(shown)
              if (cell := row.cell(scope)) is not None and cell.value is not None]  # fmt: skip
    return [row for _value, row in sorted(scored, key=lambda pair: (-pair[0], pair[1].unit.code))]


def chosen(shown: HeatMap, codes: Sequence[str], scope: str) -> list[Row]:
    """The sites called so ("best" and "worst" are the three at either end), each once, in the order asked; the three
    best and the three worst where none is asked."""
    order = ranked(shown, scope)
    by_code = {row.unit.code: [row] for row in sites_of(shown)}
    ends = {BEST: order[:FEW], WORST: order[-FEW:] if order else []}
    found = [row for code in (codes or (BEST, WORST)) for row in ends.get(code) or by_code.get(code, [])]
    return list({row.unit.pk: row for row in found}.values())[:MOST_SITES]


@dataclass(frozen=True)
class Pick:
    """A figure by itself: of which unit, at what, and by how much it stands out."""

    row: Row
    name: str
    spot: Spot
    cell: Cell
    amount: Decimal

    @property
    def scope(self) -> str:
        return scope_name(self.spot.scope)


def _picks(shown: HeatMap) -> Iterator[Pick]:
    """Every figure of a site at a requirement."""
    for row in sites_of(shown):
        for line in shown.columns:
            for scope in SCOPES:
                cell = row.cell(scope, line.code)
                if cell is not None and cell.value is not None:
                    yield Pick(row, name_of(line), Spot(row.unit.code, scope, line.code), cell, NOTHING)


def improved(shown: HeatMap) -> list[Pick]:
    """The five figures that rose most since the cycle before."""
    return _foremost(replace(pick, amount=pick.cell.change or NOTHING) for pick in _picks(shown))


def concerns(shown: HeatMap, most: int = TOP) -> list[Pick]:
    """The figures furthest below their target, `most` of them."""
    return _foremost((replace(pick, amount=pick.cell.gap or NOTHING) for pick in _picks(shown)), most)


def _foremost(picks: Iterable[Pick], most: int = TOP) -> list[Pick]:
    return sorted((pick for pick in picks if pick.amount > 0), key=_largest_first)[:most]


def _largest_first(pick: Pick) -> tuple[Decimal, str, str, str]:
    return -pick.amount, pick.row.unit.code, pick.spot.code, pick.spot.scope


@dataclass(frozen=True)
class Missed:
    """A requirement by how many sites lie below their target there."""

    name: str
    code: str
    scope: str
    below: int
    sites: int

    @property
    def scope_here(self) -> str:
        return scope_name(self.scope)


def missed(shown: HeatMap) -> list[Missed]:
    """The requirements at which most sites miss their target, as a share of those with one; ten at most."""
    found = []
    for line in shown.columns:
        for scope in SCOPES:
            gaps = [cell.gap for row in sites_of(shown)
                    if (cell := row.cell(scope, line.code)) is not None and cell.gap is not None]  # fmt: skip
            below = sum(gap > 0 for gap in gaps)
            if below:
                found.append(Missed(label(line), line.code, scope, below, len(gaps)))
    return sorted(found, key=lambda one: (-Fraction(one.below, one.sites), -one.below, one.code, one.scope))[
        : 2 * TOP
    ]


def distribution(shown: HeatMap, against: Against | None = None) -> list[Box]:
    """How the sites lie at each requirement and over all, scope by scope; and what a benchmark says there."""
    found = []
    heads = [(line.code, name_of(line)) for line in shown.columns] + [(WHOLE, gettext("All"))]
    scopes = [scope for scope in SCOPES if scope in shown.scopes]
    for code, name in heads:
        for place, scope in enumerate(scopes):
            of_sites = sorted(
                (cell.value, row.unit.code, cell) for row in sites_of(shown)
                if (cell := row.cell(scope, code)) is not None and cell.value is not None
            )  # fmt: skip
            cells = [cell for _value, _site, cell in of_sites]
            spread_of = spread((cell.value, cell.target) for cell in cells if cell.value is not None)
            if spread_of is not None:
                both = f"{name} {scope_name(scope)}" if len(scopes) > 1 else name
                peer = against.exact(scope, code) if against is not None else None
                values, sites = tuple(one[0] for one in of_sites), tuple(one[1] for one in of_sites)
                found.append(Box(both, code, scope, values, sites, spread_of, _aim(cells), place, peer))
    return found


def _aim(cells: Sequence[Cell]) -> Fraction | None:
    """The target of all, where they have the same."""
    aims = {cell.target for cell in cells}
    return next(iter(aims)) if len(aims) == 1 else None


def distribution_chart(
    shown: HeatMap, cycle: Cycle, against: Against | None = None, leads: Leads | None = None
) -> Chart:
    """The distribution as boxes, and how many sites lie below their target over all as its finding."""
    found = distribution(shown, against)
    wholes = [box for box in found if box.code == WHOLE]
    told = [
        gettext("%(scope)s: %(below)d of %(count)d sites below target") % {
            "scope": scope_name(box.scope), "below": box.spread.below, "count": box.spread.count}
        for box in wholes
    ]  # fmt: skip
    made = boxes("distribution", gettext("Scores of the sites by function"), found, cycle, leads)
    return replace(made, finding=gettext("; ").join(told))


@dataclass(frozen=True)
class Twin:
    """IT and OT of the sites that have both, at one requirement: the mean difference, and how many are lower in OT."""

    name: str
    code: str
    mean: Decimal
    lower: int
    sites: int


def twins(shown: HeatMap) -> list[Twin]:
    """How OT stands beside IT at each requirement, of the sites that have both; equally weighted."""
    heads = [(line.code, name_of(line)) for line in shown.columns] + [(WHOLE, gettext("All"))]
    found = []
    for code, name in heads:
        offs = [off for row in sites_of(shown) if (off := difference(row, code)) is not None]
        if offs:
            mean = (sum(offs, Decimal(0)) / len(offs)).quantize(Decimal("0.1"), rounding="ROUND_HALF_UP")
            found.append(Twin(name, code, mean, sum(off < 0 for off in offs), len(offs)))
    return found


def twins_chart(shown: HeatMap, leads: Leads | None = None) -> Chart:
    """OT less IT as bars, which lead to the map of the difference at every site."""
    found = twins(shown)
    to = leads.map(Columns.DIFFERENCE) if leads is not None else ""
    columns = (Column(gettext("Requirement"), weight=2), Column(gettext("OT less IT"), "number", places=1),
               Column(gettext("Sites lower in OT"), "number"), Column(gettext("Sites with both"), "number"))  # fmt: skip
    rows = tuple((opened(twin.name, columns[0], to), twin.mean, twin.lower, twin.sites) for twin in found)
    table = Table(gettext("OT less IT, mean of the sites that have both"), columns, rows)
    whole = next((twin for twin in found if twin.code == WHOLE), None)
    finding = gettext("OT less IT over all: %(mean)s, at %(sites)d sites") % {
        "mean": signed(whole.mean), "sites": whole.sites} if whole else ""  # fmt: skip
    return replace(
        differences("twins", [(twin.name, twin.mean) for twin in found], table, to), finding=finding
    )


def scopes_of(shown: HeatMap) -> list[tuple[str, str]]:
    """The scopes that sites may be compared in."""
    return [(scope, scope_name(scope)) for scope in (*[s for s in SCOPES if s in shown.scopes],
                                                     *([TOGETHER] if TOGETHER in shown.scopes else []))]  # fmt: skip
