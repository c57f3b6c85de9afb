"""The pictures of how sites lie beside each other: boxes, and bars of a difference; each with the table of its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext

from keepwell.areas.assessment.models import Cycle
from keepwell.areas.assessment.rules.reading.charts import (
    COLOURS,
    Scaled,
    chart_of,
    layer_of,
    leading,
    numbers,
    opened,
    printed,
)
from keepwell.areas.assessment.rules.reading.shades import signed
from keepwell.areas.assessment.rules.reading.wishes import Columns, Leads, Spot
from keepwell.kernel.rollup.spread import Spread
from keepwell.platform.publishing.blocks import Cell, Chart, Column, Table

ROW = 22


@dataclass(frozen=True)
class Box:
    """How the sites lie at one requirement in one scope: their values from the lowest, whose they are, their spread."""

    name: str
    code: str
    scope: str
    values: tuple[Fraction, ...]
    sites: tuple[str, ...]
    spread: Spread
    target: Fraction | None
    colour: int = 0
    peer: Fraction | None = None


def boxes(id: str, title: str, found: Sequence[Box], cycle: Cycle, leads: Leads | None = None) -> Chart:
    """A box a line: the lowest and highest as a rule, the middle half as a bar, the median as a tick, each site a dot;
    the bar leads to the map of all sites, a dot to the figure of its site."""
    scaled = Scaled.of(cycle)
    rows = [_row(box, scaled) for box in found]
    bars = [row | _to_map(box, leads, scaled) for row, box in zip(rows, found, strict=True)]
    dots = [dot for box in found for dot in _dots(box, leads, scaled)]
    names = [box.name for box in found]
    y = {"field": "name", "type": "nominal", "title": None, "scale": {"domain": names},
         "axis": {"labelLimit": 200, "domain": True}}  # fmt: skip
    colours = {box.scope: COLOURS[box.colour] for box in found}
    colour = {"field": "scope", "type": "nominal", "legend": None,
              "scale": {"domain": list(colours), "range": list(colours.values())}}  # fmt: skip
    aims = [row for row in rows if row["target"] is not None]
    peers = [row for row in rows if row["peer"] is not None]

    def x(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": None, "scale": {"domain": [scaled.low, scaled.high]},
                "axis": {"grid": True, "values": scaled.marks, "gridColor": "$line"}}  # fmt: skip

    layers = [
        layer_of(rows, {"type": "rule", "strokeWidth": 1}, {"y": y, "x": x("low"), "x2": {"field": "high"}, "color": colour}),
        layer_of(bars, {"type": "bar", "height": 10, "fillOpacity": 0.25, "strokeWidth": 1},
               {"y": y, "x": x("first"), "x2": {"field": "third"}, "color": colour, "stroke": colour}),
        layer_of(dots, {"type": "point", "size": 14, "opacity": 0.55}, {"y": y, "x": x("value"), "color": colour}),
        layer_of(rows, {"type": "tick", "thickness": 2.5, "size": 14, "color": "$ink"}, {"y": y, "x": x("median")}),
        layer_of(aims, {"type": "tick", "thickness": 2, "size": 18, "color": "$p2"}, {"y": y, "x": x("target")}),
        layer_of(peers, {"type": "point", "shape": "diamond", "filled": True, "size": 170, "color": "$p4", "stroke": "$paper"},
               {"y": y, "x": x("peer")}),
    ]  # fmt: skip
    return chart_of(id, layers, ROW * max(len(rows), 1), table_of_boxes(title, found, cycle, leads))


def _row(box: Box, scaled: Scaled) -> dict[str, Any]:
    one = box.spread
    five = (one.lowest, one.first_quartile, one.median, one.third_quartile, one.highest)
    low, first, median, third, high = (scaled.drawn(value) for value in five)
    return {"name": box.name, "scope": box.scope, "low": low, "first": first, "median": median, "third": third,
            "high": high, "target": scaled.drawn(box.target), "peer": scaled.drawn(box.peer)}  # fmt: skip


def _to_map(box: Box, leads: Leads | None, scaled: Scaled) -> dict[str, str]:
    """The bar of a box as a link, named by its middle half."""
    one = box.spread
    words = gettext("%(name)s: the middle half lies from %(first)s to %(third)s, the median at %(median)s") % {
        "name": box.name, "first": scaled.words(one.first_quartile), "third": scaled.words(one.third_quartile),
        "median": scaled.words(one.median)}  # fmt: skip
    return leading(_map_of(box, leads), words)


def _dots(box: Box, leads: Leads | None, scaled: Scaled) -> Iterator[dict[str, Any]]:
    for value, site in zip(box.values, box.sites, strict=True):
        yield {"name": box.name, "scope": box.scope, "value": scaled.drawn(value),
               **leading(_figure_of(box, site, leads), f"{site}, {box.name}: {scaled.words(value)}")}  # fmt: skip


def _map_of(box: Box, leads: Leads | None) -> str:
    """Where the map shows all sites in the scope of a box; "" on paper."""
    if leads is None:
        return ""
    return leads.map(Columns(box.scope) if box.scope in Columns.values else Columns.BOTH)


def _figure_of(box: Box, site: str, leads: Leads | None) -> str:
    """Where the figure of a site in a box opens; "" on paper."""
    return leads.cell(Spot(site, box.scope, box.code)) if leads is not None else ""


def table_of_boxes(title: str, found: Sequence[Box], cycle: Cycle, leads: Leads | None = None) -> Table:
    """The same in numbers: a name leads to the map, the lowest and the highest to the figure of its site."""
    heads = (gettext("Lowest"), gettext("First quartile"), gettext("Median"), gettext("Third quartile"), gettext("Highest"),
             gettext("Target"), *([gettext("Benchmark")] if any(box.peer is not None for box in found) else []))  # fmt: skip
    columns = (Column(gettext("Requirement and scope"), weight=2), Column(gettext("Sites"), "number"),
               *(numbers(head, cycle) for head in heads), Column(gettext("Below target"), "number"))  # fmt: skip
    rows = []
    for box in found:
        one = box.spread
        five = (one.lowest, one.first_quartile, one.median, one.third_quartile, one.highest)
        values = (*five, box.target, box.peer)[: len(heads)]
        told: list[Cell] = [printed(value, cycle) for value in values]
        for place, site in ((0, box.sites[0]), (4, box.sites[-1])):
            told[place] = opened(told[place], columns[place + 2], _figure_of(box, site, leads))
        rows.append((opened(box.name, columns[0], _map_of(box, leads)), one.count, *told, one.below))
    return Table(title, columns, tuple(rows), empty=gettext("No site has enough answers yet."))


def differences(id: str, points: Sequence[tuple[str, Decimal]], table: Table, to: str = "") -> Chart:
    """Bars from nought to either side, each with its number: how far one thing lies from another, as `table` tells; all
    lead `to` the same address."""
    rows: list[dict[str, Any]] = [
        {"name": name, "value": float(value), "words": signed(value)} for name, value in points
    ]
    bars = [row | leading(to, f"{row['name']}: {row['words']}") for row in rows]
    names = [name for name, _value in points]
    y = {
        "field": "name",
        "type": "nominal",
        "title": None,
        "scale": {"domain": names},
        "axis": {"labelLimit": 220, "domain": False},
    }
    reach = max((abs(float(value)) for _name, value in points), default=1.0) * 0.25 or 1.0
    lowest, highest = (pick((0.0, *(float(value) for _name, value in points))) for pick in (min, max))
    x = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "axis": None,
        "scale": {"domain": [lowest - reach * (lowest < 0), highest + reach * (highest > 0)]},
    }
    below = {"condition": {"test": "datum.value < 0", "value": "$p2"}, "value": "$p1"}
    left = [row for row in rows if row["value"] < 0]
    right = [row for row in rows if row["value"] >= 0]
    layers = [
        layer_of(bars, {"type": "bar", "height": 12}, {"y": y, "x": x, "color": below}),
        layer_of(left, {"type": "text", "align": "right", "dx": -4}, {"y": y, "x": x}, text="words"),
        layer_of(right, {"type": "text", "align": "left", "dx": 4}, {"y": y, "x": x}, text="words"),
    ]  # fmt: skip
    return replace(chart_of(id, layers, ROW * max(len(rows), 1), table), labelled=True)
