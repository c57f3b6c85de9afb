"""The map as it is shown: its heads, its lines in their order, folded or open, each figure with its look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Cycle, Scope
from keepwell.areas.assessment.rules.benchmarks import Against
from keepwell.areas.assessment.rules.comparing import TOGETHER, Cell, HeatMap, Row
from keepwell.areas.assessment.rules.outlines import WHOLE, Line
from keepwell.areas.assessment.rules.reading.shades import (
    PLAIN,
    Colouring,
    Shade,
    legend,
    legend_of_difference,
    of_difference,
    shade,
    signed,
    told,
)
from keepwell.areas.assessment.rules.reading.wishes import EVERY, Columns, Number, Order, Spot, Wish
from keepwell.kernel.rollup.tree import Method
from keepwell.platform.tree.models import Unit

MOST_UNFOLDED = 60
"""With more sites than this companies start folded."""
NOWHERE, TOO_FEW, NOT_APPLICABLE = "–", "…", "n/a"
SHORT = {
    Scope.IT: pgettext_lazy("in a column", "IT"),
    Scope.OT: pgettext_lazy("in a column", "OT"),
    Scope.COMBINED: _("Both"),
}
DIFFERENCE = "difference"


class Head(NamedTuple):
    """A requirement as the head of columns: its code ("" the whole), its short and its full name."""

    code: str
    name: str
    title: str


class Square(NamedTuple):
    """A figure as it stands in its place; `is_link` where it opens, `is_present` where it stands open now,
    `begins_whole` where the columns of the whole begin."""

    scope: str
    code: str
    shade: Shade
    text: str
    said: str
    is_link: bool
    is_present: bool = False
    begins_whole: bool = False


@dataclass(frozen=True)
class Shown:
    """A line of the map: a unit with its figures; `below` are the units folded away or shown under it."""

    row: Row
    kind: str  # "grp", "co" or "site"
    squares: tuple[Square, ...]
    below: int = 0
    is_open: bool = True
    is_here: bool = False

    @property
    def unit(self) -> Unit:
        return self.row.unit

    @property
    def name(self) -> str:
        """The unit as its line calls it: the group by what it is, so that it need not be cut."""
        return str(self.unit.get_kind_display()) if self.unit.kind == Unit.Kind.GROUP else self.unit.name_here

    @property
    def is_site(self) -> bool:
        return self.kind == "site"

    @property
    def folds(self) -> bool:
        """Whether it may be folded: a company, where there are many sites."""
        return self.kind == "co"


@dataclass(frozen=True)
class Sheet:
    """The whole map as it is shown to somebody who wished it so."""

    shown: HeatMap
    wish: Wish
    heads: tuple[Head, ...]
    scopes: tuple[str, ...]
    lines: tuple[Shown, ...]
    sites: int

    @property
    def cycle(self) -> Cycle:
        return self.shown.cycle

    @property
    def is_twin(self) -> bool:
        """Whether each requirement has more than one column."""
        return len(self.scopes) > 1

    @property
    def has_both(self) -> bool:
        """Whether IT and OT were assessed apart."""
        return {Scope.IT.value, Scope.OT.value} <= set(self.shown.scopes)

    @cached_property
    def folds(self) -> bool:
        """Whether companies start folded, because there are so many sites."""
        return self.sites > MOST_UNFOLDED and any(line.folds for line in self.lines)

    @property
    def is_whole(self) -> bool:
        return all(line.is_open for line in self.lines)

    @property
    def scope_names(self) -> list[str]:
        return [scope_name(scope) for scope in self.scopes]

    @cached_property
    def legend(self) -> list[tuple[str, str, str]]:
        """Colour, mark and words of everything that the map may show."""
        signs = {square.text for line in self.lines for square in line.squares}
        least = {"least": percent(self.cycle.coverage_threshold)}
        words = {NOWHERE: gettext("not assessed"), NOT_APPLICABLE: gettext("does not apply"),
                 TOO_FEW: gettext("under %(least)s answered: no score is shown") % least}  # fmt: skip
        colours = (
            legend_of_difference() if self.scopes == (DIFFERENCE,) else legend(self.wish.colour, self.cycle)
        )
        return [*colours, *(("", sign, said) for sign, said in words.items() if sign in signs)]

    def beside(self, against: Against | None) -> tuple[Square, ...]:
        """What a benchmark says, column by column; nothing without one."""
        if against is None:
            return ()
        return tuple(
            self._theirs(against, scope, head.code) for head in self.heads for scope in self.scopes
        )  # fmt: skip

    def _theirs(self, against: Against, scope: str, code: str) -> Square:
        if scope == DIFFERENCE:
            it, ot = (against.value(one, code) for one in (Scope.IT.value, Scope.OT.value))
            text = NOWHERE if it is None or ot is None else signed(ot - it)
        else:
            value = against.value(scope, code)
            text = NOWHERE if value is None else str(value)
        said = gettext("no figure") if text == NOWHERE else ""
        return Square(scope, code, PLAIN, text, said, is_link=False,
                      begins_whole=code == WHOLE and scope == self.scopes[0])  # fmt: skip

    def only_above(self) -> Sheet:
        """The same without the sites."""
        return replace(self, lines=tuple(line for line in self.lines if line.kind != "site"))

    def scope_name(self, scope: str) -> str:
        return scope_name(scope)


def laid_out(shown: HeatMap, wish: Wish, here: Unit | None = None) -> Sheet:
    """The map as wished: narrowed to `here` and below it where that lies above sites, else with its line marked."""
    rows = list(narrowed(shown, here).rows)
    scopes = _scopes(shown, wish.columns)
    heads = (*(Head(line.code, _short(line, wish), name_of(line)) for line in shown.columns),
             Head(WHOLE, gettext("All"), gettext("All requirements")))  # fmt: skip
    parents = {row.parent for row in rows}
    sites = sum(row.unit.pk not in parents for row in rows)
    plan = Plan(shown, wish, heads, scopes, rows, here)
    lines = plan.by_gap() if wish.order is Order.GAP else plan.by_company(folded=sites > MOST_UNFOLDED)
    return Sheet(shown, wish, heads, scopes, tuple(lines), sites)


def scope_name(scope: str) -> str:
    """A scope in a word."""
    if scope == TOGETHER:
        return gettext("IT and OT together")
    return gettext("OT less IT") if scope == DIFFERENCE else str(SHORT[Scope(scope)])


def name_of(line: Line) -> str:
    """The title of a requirement in the reader's language."""
    return (line.title_zh if get_language() == "zh-hant" else "") or line.title or line.code


def _short(line: Line, wish: Wish) -> str:
    """Functions by name; categories by code, so that forty columns find room."""
    return line.code if wish.depth else name_of(line)


def narrowed(shown: HeatMap, here: Unit | None) -> HeatMap:
    """The map of a unit and all below it; the whole of it where the unit lies above no other."""
    if here is None or not any(row.parent == here.pk for row in shown.rows):
        return shown
    kept: set[UUID | None] = {here.pk}
    found = []
    for row in shown.rows:  # a parent stands before what is below it
        if row.unit.pk == here.pk or row.parent in kept:
            kept.add(row.unit.pk)
            found.append(row)
    return replace(shown, rows=tuple(found))


def _scopes(shown: HeatMap, columns: Columns) -> tuple[str, ...]:
    apart = tuple(scope for scope in shown.scopes if scope != TOGETHER)
    if columns is Columns.BOTH or columns.value not in (*apart, DIFFERENCE):
        return apart
    if columns is Columns.DIFFERENCE:
        return (DIFFERENCE,) if {Scope.IT.value, Scope.OT.value} <= set(apart) else apart
    return (columns.value,)


@dataclass(frozen=True)
class Plan:
    """Lays rows out as lines."""

    shown: HeatMap
    wish: Wish
    heads: tuple[Head, ...]
    scopes: tuple[str, ...]
    rows: list[Row]
    here: Unit | None

    @cached_property
    def below(self) -> dict[UUID | None, int]:
        found: dict[UUID | None, int] = {}
        for row in self.rows:
            found[row.parent] = found.get(row.parent, 0) + 1
        return found

    def by_company(self, *, folded: bool) -> Iterator[Shown]:
        """As a tree is read; what lies below a folded unit is left out."""
        hidden: set[UUID | None] = set()
        for row in self.rows:
            if row.parent in hidden:
                hidden.add(row.unit.pk)
                continue
            line = self.line(row)
            if line.kind == "co" and folded and not self.wish.open & {EVERY, row.unit.code}:
                hidden.add(row.unit.pk)
                line = replace(line, is_open=False)
            yield line

    def by_gap(self) -> Iterator[Shown]:
        """What lies on top, then every site, the one furthest below its target first."""
        lines = [self.line(row) for row in self.rows]
        yield from (line for line in lines if line.kind == "grp")
        sites = [line for line in lines if line.kind == "site"]
        yield from sorted(sites, key=lambda line: (-_gap(line.row, self.scopes), line.unit.code))

    def line(self, row: Row) -> Shown:
        below = self.below.get(row.unit.pk, 0)
        kind = "site" if not below else "grp" if row is self.rows[0] else "co"
        squares = tuple(self.placed(row, scope, head.code) for head in self.heads for scope in self.scopes)
        return Shown(
            row,
            kind,
            squares,
            below,
            is_here=bool(self.here and row.unit.pk == self.here.pk and row is not self.rows[0]),
        )

    def placed(self, row: Row, scope: str, code: str) -> Square:
        """A figure, with what its place in the line adds."""
        found = self.square(row, scope, code)
        begins = code == WHOLE and scope == self.scopes[0]
        is_present = self.wish.spot == Spot(row.unit.code, found.scope, code)
        return found._replace(is_present=is_present, begins_whole=begins) if begins or is_present else found

    def square(self, row: Row, scope: str, code: str) -> Square:
        """A figure in its place: where nothing is assessed a dash, where too little is answered a dot."""
        if scope == DIFFERENCE:
            return self.difference(row, code)
        cell = row.cell(scope, code)
        if cell is None or not cell.pieces:
            return Square(scope, code, PLAIN, NOWHERE, gettext("not assessed"), is_link=False)
        if not cell.applicable:
            return Square(scope, code, PLAIN, NOT_APPLICABLE, gettext("does not apply"), is_link=True)
        if cell.value is None:
            return Square(scope, code, PLAIN, TOO_FEW, too_few(cell, self.shown.cycle), is_link=True)
        look = shade(cell, self.wish.colour, self.shown.cycle)
        return Square(scope, code, look, self.number(cell), look.said, is_link=True)

    def number(self, cell: Cell) -> str:
        """The number in the cell: the score, or what the colour tells."""
        if self.wish.number is Number.GAP:
            off = (
                cell.change
                if self.wish.colour is Colouring.CHANGE
                else None
                if cell.gap is None
                else -cell.gap
            )
            return NOWHERE if off is None else signed(off)
        return told(cell.value, cell.method)

    def difference(self, row: Row, code: str) -> Square:
        off = difference(row, code)
        if off is None:
            return Square(DIFFERENCE, code, PLAIN, NOWHERE, gettext("not both"), is_link=False)
        look = of_difference(off)
        return Square(TOGETHER, code, look, signed(off), look.said, is_link=True)


def difference(row: Row, code: str) -> Decimal | None:
    """The printed number of OT less that of IT; None where either is missing or they are shares."""
    it, ot = row.cell(Scope.IT, code), row.cell(Scope.OT, code)
    if (
        it is None
        or ot is None
        or it.shown is None
        or ot.shown is None
        or it.method is Method.SHARE_AT_TARGET
    ):
        return None
    return ot.shown - it.shown


def too_few(cell: Cell, cycle: Cycle) -> str:
    """Why a figure is not shown."""
    return gettext("%(answered)d of %(applicable)d answered; a score is shown from %(least)s on") % {
        "answered": cell.answered, "applicable": cell.applicable, "least": percent(cycle.coverage_threshold)}  # fmt: skip


def percent(share: Decimal) -> str:
    """A share (0..1) in whole percent."""
    return f"{int(share * 100)} %"


def _gap(row: Row, scopes: tuple[str, ...]) -> Decimal:
    """The largest gap of a row over everything, scope by scope; what has none comes last."""
    gaps = [
        cell.gap
        for scope in scopes
        for cell in [row.cell(scope)]
        if cell is not None and cell.gap is not None
    ]
    if scopes == (DIFFERENCE,):
        off = difference(row, WHOLE)
        gaps = [] if off is None else [-off]
    return max(gaps, default=Decimal(-99))
