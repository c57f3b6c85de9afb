"""One figure opened: the number beside its target and its past, why it is so, the way down, its years, and who
shares its gap."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from keepwell.areas.assessment.models import Assessment, Comment, Cycle, Recommendation
from keepwell.areas.assessment.rules.comparing import TOGETHER, Cell, HeatMap, Row, heat_map
from keepwell.areas.assessment.rules.outlines import WHOLE, Line
from keepwell.areas.assessment.rules.reading.charts import NARROW_ROOM, Years, over_years
from keepwell.areas.assessment.rules.reading.maps import scope_name, too_few
from keepwell.areas.assessment.rules.reading.shades import Colouring, Shade, of_gap, shade, told
from keepwell.areas.assessment.rules.reading.walks import WayDown, label, way_down
from keepwell.areas.assessment.rules.reading.wishes import Spot, Wish
from keepwell.areas.assessment.rules.reading.years import Opens, leads
from keepwell.areas.assessment.rules.results import shown as printed
from keepwell.areas.assessment.rules.trends import trend
from keepwell.platform.people.models import Person
from keepwell.platform.publishing.blocks import Chart

CHART_HEIGHT = 150


@dataclass(frozen=True)
class Drill:
    """A figure of the map opened for one person."""

    shown: HeatMap
    row: Row
    spot: Spot
    line: Line | None
    cell: Cell | None
    way: WayDown | None
    chart: Chart
    open_comments: int
    advice: Recommendation | None

    @property
    def cycle(self) -> Cycle:
        return self.shown.cycle

    @property
    def title(self) -> str:
        """Where the number stands: unit, requirement, scope."""
        what = label(self.line) if self.line is not None else gettext("All requirements")
        return " · ".join((self.row.unit.name_here, what, scope_name(self.spot.scope)))

    @property
    def value(self) -> str:
        """The number as printed; "" where none is shown."""
        if self.cell is not None:
            return told(self.cell.value, self.cycle.method)
        return told(self.way.told.value, self.cycle.method) if self.way is not None else ""

    @property
    def look(self) -> Shade:
        if self.cell is not None:
            return shade(self.cell, Colouring.GAP, self.cycle)
        score, aim = (
            printed(found) for found in ((self.way.told.value, self.way.target) if self.way else (None, None))
        )
        return Shade() if score is None or aim is None else of_gap(aim - score)

    @property
    def target(self) -> str:
        if self.cell is not None:
            return told(self.cell.target, self.cycle.method)
        return told(self.way.target, self.cycle.method) if self.way is not None else ""

    @property
    def last(self) -> str:
        """What it came to in the cycle before."""
        return told(self.cell.last, self.cycle.method) if self.cell is not None else ""

    @property
    def above(self) -> tuple[str, str]:
        """What the uppermost unit is that the reader sees above this one, and its number; "" where there is none."""
        top = self.shown.rows[0]
        cell = top.cell(self.spot.scope, self.spot.code)
        if self.row.parent is None or cell is None:
            return "", ""
        return top.unit.get_kind_display(), told(cell.value, self.cycle.method)

    @property
    def missing(self) -> str:
        """Why no number is shown; "" where one is."""
        if self.cell is None or self.cell.value is not None:
            return ""
        if not self.cell.applicable:
            return gettext("Nothing of it applies here.")
        return too_few(self.cell, self.cycle)

    @property
    def assessments(self) -> list[Assessment]:
        """Those of the unit itself that the number is made of."""
        held = self.row.assessments
        return [held[self.spot.scope]] if self.spot.scope in held else list(held.values())

    @property
    def others(self) -> str:
        """How many of the sites that the reader sees lie below their own target here; "" without targets."""
        above = {row.parent for row in self.shown.rows}
        found = [cell.gap for row in self.shown.rows if row.unit.pk not in above
                 if (cell := row.cell(self.spot.scope, self.spot.code)) is not None and cell.gap is not None]  # fmt: skip
        below = sum(gap > 0 for gap in found)
        if len(found) < 2:
            return ""
        return ngettext("%(below)d of %(count)d site lies below its target here.",
                        "%(below)d of %(count)d sites lie below their target here.", len(found)) % {
            "below": below, "count": len(found)}  # fmt: skip


def drill(cycle: Cycle, wish: Wish, *, person: Person, shown: HeatMap | None = None,
          opens: Opens | None = None) -> Drill | None:  # fmt: skip
    """The figure that a wish names, as far as `person` may see it; None if there is none for them.

    `shown` is the map that was made for the same wish, if there is one; `opens` tells where a figure of a cycle
    leads to.
    """
    spot = wish.spot
    if shown is None or not _holds(shown, spot):
        shown = _map_for(cycle, wish, person)
    line = shown.outline.by_code.get(spot.code)
    row = next((one for one in shown.rows if one.unit.code == spot.unit), None)
    if row is None or (line is None and spot.code != WHOLE):
        return None
    cell = row.cell(spot.scope, spot.code)
    way = None if cell is not None and cell.value is None else way_down(shown, row, spot, person)
    if cell is None and way is None:
        return None
    return Drill(
        shown,
        row,
        spot,
        line,
        cell,
        way,
        _years(shown, row, spot, line, person, opens),
        _comments(row, spot, line, person),
        _advice(row, spot, line, person),
    )


def _holds(shown: HeatMap, spot: Spot) -> bool:
    return spot.code == WHOLE or any(line.code == spot.code for line in shown.columns)


def _map_for(cycle: Cycle, wish: Wish, person: Person) -> HeatMap:
    """The map whose columns hold the requirement, or, for what is answered itself, its category."""
    first = heat_map(cycle, person=person, view=wish.score, depth=wish.depth)
    line = first.outline.by_code.get(wish.spot.code)
    depth = first.outline.depth_of(wish.spot.code)
    return (
        first
        if line is None or depth == wish.depth
        else heat_map(cycle, person=person, view=wish.score, depth=depth)
    )


def _years(shown: HeatMap, row: Row, spot: Spot, line: Line | None, person: Person, opens: Opens | None) -> Chart:  # fmt: skip
    """The years of the unit, and of what lies on top where the reader sees that."""
    code = line.parent if line is not None and line.is_leaf else spot.code
    lines = []
    for place, one in enumerate(
        [row] if row is shown.rows[0] or row.parent is None else [row, shown.rows[0]]
    ):
        found = trend(shown.cycle, one.unit, person=person, scope=spot.scope, code=code, view=shown.view)
        name, colour = (one.unit.code, 0) if place == 0 else (one.unit.get_kind_display(), 4)
        lines.append(Years(name, found, colour, leads(opens, Spot(one.unit.code, spot.scope, code))))
    title = gettext("%(what)s, %(scope)s, over the years") % {"what": code or gettext("All requirements"),
                                                              "scope": scope_name(spot.scope)}  # fmt: skip
    return over_years("years", title, lines, shown.cycle, height=CHART_HEIGHT, room=NARROW_ROOM)


def _advice(row: Row, spot: Spot, line: Line | None, person: Person) -> Recommendation | None:
    """What is recommended about what a site answers; None where nothing is."""
    own = row.assessments.get(spot.scope)
    if own is None or line is None or not line.is_leaf:
        return None
    rows = Recommendation.objects.current().visible_to(person).filter(assessment=own.pk, node=line.pk)
    return rows.select_related("action").first()


def _comments(row: Row, spot: Spot, line: Line | None, person: Person) -> int:
    """How many open comments lie on the assessments of the unit, on what is answered: on that."""
    held = [one.pk for scope, one in row.assessments.items() if spot.scope in (scope, TOGETHER)]
    rows = Comment.objects.visible_to(person).current().filter(assessment__in=held, settled_at__isnull=True)
    return (
        rows.filter(node=line.pk).count()
        if line is not None and line.is_leaf
        else rows.count()
        if held
        else 0
    )
