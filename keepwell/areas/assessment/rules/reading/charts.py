"""The picture of years across versions of a framework, and what every picture of maturity is made of.

Each is one specification for page and file, in named colours (publishing's charts), with the table of its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext

from keepwell.areas.assessment.models import Cycle
from keepwell.areas.assessment.rules.trends import Point, Trend
from keepwell.kernel.rollup.tree import Method
from keepwell.kernel.rounding import half_up
from keepwell.platform.publishing.blocks import Cell, Chart, Column, Link, Table
from keepwell.platform.publishing.charts import CONFIG, description
from keepwell.platform.publishing.layout import cell

COLOURS = ("$p1", "$p2", "$p3", "$p4", "$p5")
ROW = 22
ROOM, NARROW_ROOM = 0.08, 0.34
"""The share of the years' width that is kept free at the right for the names of the lines."""
EDGE = 0.25
DIAMOND = "◆"
"""The sign of a benchmark."""
LEAST_APART = 0.07
"""How near the names of two lines may come, as a share of the height."""
LINE = "\n"
ABOVE, BELOW = -7, 12
"""By how many pixels the words of a target stand off it."""
PADDING = {"left": 1, "top": 14, "right": 10, "bottom": 2}


@dataclass(frozen=True)
class Years:
    """A line of the chart: what it is called, and its years; `colour` counts from 0.

    `opens` tells where a point leads to what is behind it; None on paper.
    """

    name: str
    trend: Trend
    colour: int = 0
    opens: Callable[[Point], str] | None = None

    def address(self, point: Point) -> str:
        """Where a point leads; "" for nowhere."""
        return self.opens(point) if self.opens is not None and point.value is not None else ""


@dataclass(frozen=True)
class Scaled:
    """How values are drawn: on the scale of the cycle, or shares in percent."""

    low: float
    high: float
    is_share: bool

    @classmethod
    def of(cls, cycle: Cycle) -> Scaled:
        if cycle.method == Method.SHARE_AT_TARGET:
            return cls(0.0, 100.0, True)
        return cls(float(cycle.scale.lowest), float(cycle.scale.highest), False)

    def drawn(self, value: Fraction | None) -> float | None:
        """A value as it is printed, because the eye compares it with the table."""
        if value is None:
            return None
        return float(half_up(value * 100)) if self.is_share else float(half_up(value, 1))

    def words(self, value: Fraction) -> str:
        """A value as it is printed, with its sign where it is a share."""
        return _plain(self.drawn(value) or 0.0, self)

    @property
    def marks(self) -> list[int]:
        """The values on the axis."""
        if self.is_share:
            return [0, 25, 50, 75, 100]
        return list(range(int(self.low), int(self.high) + 1))


@dataclass(frozen=True)
class Peer:
    """What a benchmark says in its year, beside a line of the chart."""

    year: int
    name: str
    line: str
    value: Fraction


def over_years(id: str, title: str, lines: Sequence[Years], cycle: Cycle, *, height: int,
               room: float = ROOM, peers: Sequence[Peer] = ()) -> Chart:  # fmt: skip
    """Lines over the years: interrupted where another version began, hollow and dashed where restated on the newest,
    the target dashed in its own colour, what a benchmark says as diamonds in the colour of the line."""
    scaled = Scaled.of(cycle)
    shown = {point.year for line in lines for point in line.trend.points} or {cycle.year}
    years = sorted(shown | {peer.year for peer in peers})
    last = years[-1] + max((years[-1] - years[0]) * room, 0.6 if room > ROOM else 0.3)
    # Each layer has its own data: a row that lacks what another layer draws would stand at nought.
    x = {"field": "year", "type": "quantitative", "title": None, "scale": {"domain": [years[0] - EDGE, last], "nice": False},
         "axis": {"values": years, "format": "d", "domain": True}}  # fmt: skip
    y = {"field": "value", "type": "quantitative", "title": None,
         "scale": {"domain": [scaled.low, scaled.high]}, "axis": {"grid": True, "values": scaled.marks}}  # fmt: skip
    colour = {"field": "name", "type": "nominal", "legend": None, "scale": {
        "domain": [line.name for line in lines], "range": [COLOURS[line.colour % len(COLOURS)] for line in lines]}}  # fmt: skip
    place = {"x": x, "y": y}
    coloured = place | {"color": colour}
    layers = [
        *_breaks(lines, x),
        layer_of(_targets(lines, scaled), {"type": "line", "strokeDash": [5, 4], "strokeWidth": 1.5, "color": "$p2"},
               place, detail="name"),
        *(layer_of(named, {"type": "text", "align": "left", "dx": 2, "dy": off, "color": "$p2"}, place, text="words")
          for off, named in _names_of_targets(lines, scaled, years[0]).items()),
        layer_of(_restated(lines, scaled), {"type": "line", "strokeDash": [2, 3], "strokeWidth": 1.25}, coloured),
        layer_of(_restated(lines, scaled),
                 {"type": "point", "filled": False, "fill": "$paper", "strokeWidth": 1.5, "size": 110}, coloured),
        layer_of(_said_estimated(lines, scaled),
               {"type": "text", **_side_of_estimated(lines, scaled), "dy": 16, "lineBreak": LINE, "color": "$ink3"},
               place, text="words"),
        layer_of(_answered(lines, scaled), {"type": "line"}, coloured, detail="version"),
        layer_of(_answered(lines, scaled), {"type": "point"}, coloured),
        layer_of(_names(lines, scaled, peers), {"type": "text", "align": "left", "dx": 8}, coloured,
               text="words"),
        layer_of(_peers(peers, scaled), {"type": "point", "shape": "diamond", "filled": True, "size": 170, "stroke": "$paper"},
               coloured),
    ]  # fmt: skip
    made = chart_of(id, layers, height, _table_of_years(title, lines, cycle, peers))
    return replace(made, finding=_told_at_end(lines, scaled))


def _told_at_end(lines: Sequence[Years], scaled: Scaled) -> str:
    """Where the lines end, as a sentence; "" if there are none."""
    ends = [row for line in lines for row in list(_rows(line, line.trend.points, scaled))[-1:]]
    last = max((row["year"] for row in ends), default=0)
    told = [f"{row['name']} {_plain(row['value'], scaled)}" for row in ends if row["year"] == last]
    return (
        gettext("%(values)s in %(year)d") % {"values": gettext(", ").join(told), "year": last} if told else ""
    )


def layer_of(values: list[dict[str, Any]], mark: dict[str, Any], encoding: dict[str, Any], *, detail: str = "",
             text: str = "") -> dict[str, Any]:  # fmt: skip
    """A layer with its own rows; `detail` parts its lines, `text` is what it writes."""
    more: dict[str, Any] = {}
    if detail:
        more["detail"] = [{"field": name, "type": "nominal"} for name in dict.fromkeys((detail, "name"))]
    if text:
        more["text"] = {"field": text, "type": "nominal"}
    return {"data": {"values": values}, "mark": mark, "encoding": encoding | more}


def chart_of(id: str, layers: Sequence[dict[str, Any]], height: int, table: Table) -> Chart:
    """A chart of those layers that have rows, as high as `height` pixels, with the table of its numbers."""
    filled = [layer for layer in layers if layer["data"]["values"]]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json", "layer": filled, "width": "container",
        "height": height, "config": CONFIG, "padding": PADDING, "autosize": {"type": "fit-x", "contains": "padding"},
    }  # fmt: skip
    return Chart(id, table.caption, spec, table, description(table))


def _breaks(lines: Sequence[Years], x: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A dotted rule half a year before another version began, and both versions beside it."""
    marks = {
        now.year: {"year": now.year - 0.5, "words": f"{_short(before.version)} | {_short(now.version)}"}
        for line in lines for before, now in zip(line.trend.points, line.trend.points[1:], strict=False)
        if now.year in line.trend.breaks
    }  # fmt: skip
    values = [marks[year] for year in sorted(marks)]
    yield layer_of(values, {"type": "rule", "strokeDash": [2, 3], "color": "$edge"}, {"x": x})
    yield layer_of(values, {"type": "text", "color": "$ink3", "baseline": "bottom", "dy": -3},
                 {"x": x, "y": {"value": 0}}, text="words")  # fmt: skip


def _short(version: str) -> str:
    """A version as the field says it: nist-csf-2.0 is CSF 2.0."""
    name, _dash, number = version.rpartition("-")
    return f"{name.rpartition('-')[2].upper()} {number}".strip()


def _rows(line: Years, points: Sequence[Point], scaled: Scaled) -> Iterator[dict[str, Any]]:
    for point in points:
        if point.value is not None:
            yield {
                "year": point.year,
                "value": scaled.drawn(point.value),
                "name": line.name,
                "version": point.version,
                **leading(line.address(point), f"{_year_named(point.year, point.version, is_estimated=point.is_estimated)}, "
                          f"{line.name}: {scaled.words(point.value)}"),
            }  # fmt: skip


def _answered(lines: Sequence[Years], scaled: Scaled) -> list[dict[str, Any]]:
    return [row for line in lines for row in _rows(line, line.trend.points, scaled)]


def _restated(lines: Sequence[Years], scaled: Scaled) -> list[dict[str, Any]]:
    return [row for line in lines for row in _rows(line, line.trend.restated, scaled)]


def _said_estimated(lines: Sequence[Years], scaled: Scaled) -> list[dict[str, Any]]:
    """The words once, below the first restated point of the lowest line: a line for each, so that a phone has room."""
    first = [row for line in lines for row in list(_rows(line, line.trend.restated, scaled))[:1]]
    low = min(first, key=lambda row: float(row["value"]), default=None)
    return [] if low is None else [low | {"words": gettext("restated, estimated").replace(", ", "," + LINE)}]


def _side_of_estimated(lines: Sequence[Years], scaled: Scaled) -> dict[str, Any]:
    """Where they stand: they end at the point if a break follows right after, which they would cross, else, and at
    the left edge, they begin there."""
    breaks = {year for line in lines for year in line.trend.breaks}
    first = min((row["year"] for row in _answered(lines, scaled)), default=0)
    before_break = any(
        row["year"] + 1 in breaks and row["year"] > first for row in _said_estimated(lines, scaled)
    )
    return {"align": "right", "dx": 14} if before_break else {"align": "left", "dx": -6}


def _targets(lines: Sequence[Years], scaled: Scaled) -> list[dict[str, Any]]:
    """The target of each year that has one; a lone one as a short rule."""
    found = []
    for line in lines:
        known = [
            (point.year, scaled.drawn(point.target))
            for point in line.trend.points
            if point.target is not None
        ]
        for year, value in known:
            for at in (year - 0.25, year + 0.25) if len(known) == 1 else (year,):
                found.append({"year": at, "value": value, "name": line.name})
    return found


def _names_of_targets(lines: Sequence[Years], scaled: Scaled, first: int) -> dict[int, list[dict[str, Any]]]:
    """The last target of each line at the left edge, where no line has its name, the same value once: by pixels above
    it, or below where a point of the `first` year lies above and none below."""
    found: dict[int, list[dict[str, Any]]] = {ABOVE: [], BELOW: []}
    drawn = [
        row["value"] for row in [*_answered(lines, scaled), *_restated(lines, scaled)] if row["year"] == first
    ]
    near = LEAST_APART * (scaled.high - scaled.low) * 1.3
    known = [[point.target for point in line.trend.points if point.target is not None] for line in lines]
    for value in dict.fromkeys(scaled.drawn(targets[-1]) or 0.0 for targets in known if targets):
        is_hit = any(0 <= at - value < near for at in drawn) and not any(
            0 <= value - at < near for at in drawn
        )
        words = gettext("target %(value)s") % {"value": _plain(value, scaled)}
        found[BELOW if is_hit else ABOVE].append({"year": first - EDGE, "value": value, "words": words})
    return found


def _names(lines: Sequence[Years], scaled: Scaled, peers: Sequence[Peer]) -> list[dict[str, Any]]:
    """The name and last value of each line at its end, and what a benchmark says behind its sign, moved apart where
    they would touch each other."""
    ends = [row for line in lines for row in list(_rows(line, line.trend.points, scaled))[-1:]]
    for row in ends:
        row["words"] = f"{row['name']} {_plain(float(row['value']), scaled)}"
    last = max((row["year"] for row in [*ends, *_peers(peers, scaled)]), default=0)
    for row in _peers(peers, scaled):
        ends.append(row | {"year": last, "words": f"{DIAMOND} {_plain(row['value'], scaled)}"})
    placed: list[float] = []
    apart = LEAST_APART * (scaled.high - scaled.low)
    for row in sorted(ends, key=lambda row: -float(row["value"])):
        at = float(row["value"])
        while any(abs(at - other) < apart * 0.999 for other in placed):
            at -= apart / 4
        placed.append(at)
        row["value"] = at
    return ends


def _peers(peers: Sequence[Peer], scaled: Scaled) -> list[dict[str, Any]]:
    """The figures of a benchmark, each named by the line it stands beside."""
    return [{"year": one.year, "value": scaled.drawn(one.value), "name": one.line} for one in peers]


def _plain(value: float, scaled: Scaled) -> str:
    return f"{value:.0f} %" if scaled.is_share else f"{value:.1f}"


def _table_of_years(title: str, lines: Sequence[Years], cycle: Cycle, peers: Sequence[Peer] = ()) -> Table:
    """A row a year and version: what each line came to, and its target; a row for what a benchmark says."""
    columns = [Column(gettext("Year and version"), weight=2)]
    for line in lines:
        columns += [
            numbers(line.name, cycle),
            numbers(gettext("Target, %(name)s") % {"name": line.name}, cycle),
        ]
    keys = sorted({
        (point.year, point.is_estimated, point.version)
        for line in lines for point in (*line.trend.points, *line.trend.restated)
    })  # fmt: skip
    rows = [_row_of_year(key, lines, cycle) for key in keys]
    if peers:
        theirs = {peer.line: printed(peer.value, cycle) for peer in peers}
        cells = [cell for line in lines for cell in (theirs.get(line.name), None)]
        rows.append((f"{peers[0].year}, {peers[0].name}", *cells))
    return Table(title, tuple(columns), tuple(rows), empty=gettext("No year was assessed yet."))


def _row_of_year(key: tuple[int, bool, str], lines: Sequence[Years], cycle: Cycle) -> tuple[Cell, ...]:
    year, is_estimated, version = key
    found: list[Cell] = [_year_named(year, version, is_estimated=is_estimated)]
    for line in lines:
        points = line.trend.restated if is_estimated else line.trend.points
        point = next((p for p in points if (p.year, p.version) == (year, version)), None)
        if point is None:
            found += [None, None]
        else:
            value = opened(printed(point.value, cycle), numbers(line.name, cycle), line.address(point))
            found += [value, printed(point.target, cycle)]
    return tuple(found)


def _year_named(year: int, version: str, *, is_estimated: bool) -> str:
    """A year with the version it lies on, and whether it was restated on that."""
    named = gettext("%(year)d, %(version)s, estimated") if is_estimated else gettext("%(year)d, %(version)s")
    return named % {"year": year, "version": _short(version)}


def leading(address: str, said: str) -> dict[str, str]:
    """What makes a link of a mark, in its row: where it leads, and its name."""
    return {"href": address, "said": said} if address else {}


def opened(content: Cell, column: Column, address: str) -> Cell:
    """A cell of a table that leads to what is behind it, printed as its column prints; itself without an address."""
    return Link(cell(content, column), address) if address and content is not None else content


def numbers(title: str, cycle: Cycle) -> Column:
    """A column of scores, or of shares in whole percent."""
    return Column(title, "number", places=0 if cycle.method == Method.SHARE_AT_TARGET else 1)


def printed(value: Fraction | None, cycle: Cycle) -> Decimal | None:
    """A value as it is printed: one decimal, a share in whole percent."""
    if value is None:
        return None
    return half_up(value * 100) if cycle.method == Method.SHARE_AT_TARGET else half_up(value, 1)
