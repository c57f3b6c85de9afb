"""The pictures of how sites lie beside each other: boxes, and bars of a difference; each with the table of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
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
    numbers,
    printed,
)
from keepwell.areas.assessment.rules.reading.shades import signed
from keepwell.kernel.rollup.spread import Spread
from keepwell.platform.publishing.blocks import Chart, Column, Table

ROW = 22


@dataclass(frozen=True)
class Box:
    """How the sites lie at one requirement in one scope: their values and their spread."""

    name: str
    code: str
    scope: str
    values: tuple[Fraction, ...]
    spread: Spread
    target: Fraction | None
    colour: int = 0
    peer: Fraction | None = None


def boxes(id: str, title: str, found: Sequence[Box], cycle: Cycle) -> Chart:
    """A box a line: the lowest and highest as a rule, the middle half as a bar, the median as a tick, each site a dot."""
    scaled = Scaled.of(cycle)
    rows, dots = [], []
    for box in found:
        name, one = box.name, box.spread
        five = (one.lowest, one.first_quartile, one.median, one.third_quartile, one.highest)
        low, first, median, third, high = (scaled.drawn(value) for value in five)
        rows.append({"name": name, "scope": box.scope, "low": low, "first": first, "median": median, "third": third,
                     "high": high, "target": scaled.drawn(box.target), "peer": scaled.drawn(box.peer)})  # fmt: skip
        dots += [{"name": name, "scope": box.scope, "value": scaled.drawn(value)} for value in box.values]
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
        layer_of(rows, {"type": "bar", "height": 10, "fillOpacity": 0.25, "strokeWidth": 1},
               {"y": y, "x": x("first"), "x2": {"field": "third"}, "color": colour, "stroke": colour}),
        layer_of(dots, {"type": "point", "size": 14, "opacity": 0.55}, {"y": y, "x": x("value"), "color": colour}),
        layer_of(rows, {"type": "tick", "thickness": 2.5, "size": 14, "color": "$ink"}, {"y": y, "x": x("median")}),
        layer_of(aims, {"type": "tick", "thickness": 2, "size": 18, "color": "$p2"}, {"y": y, "x": x("target")}),
        layer_of(peers, {"type": "point", "shape": "diamond", "filled": True, "size": 170, "color": "$p4", "stroke": "$paper"},
               {"y": y, "x": x("peer")}),
    ]  # fmt: skip
    return chart_of(id, layers, ROW * max(len(rows), 1), table_of_boxes(title, found, cycle))


def table_of_boxes(title: str, found: Sequence[Box], cycle: Cycle) -> Table:
    """The same in numbers."""
    heads = (gettext("Lowest"), gettext("First quartile"), gettext("Median"), gettext("Third quartile"), gettext("Highest"),
             gettext("Target"), *([gettext("Benchmark")] if any(box.peer is not None for box in found) else []))  # fmt: skip
    columns = (Column(gettext("Requirement and scope"), weight=2), Column(gettext("Sites"), "number"),
               *(numbers(head, cycle) for head in heads), Column(gettext("Below target"), "number"))  # fmt: skip
    rows = []
    for box in found:
        one = box.spread
        five = (one.lowest, one.first_quartile, one.median, one.third_quartile, one.highest)
        values = (*five, box.target, box.peer)[: len(heads)]
        told = (printed(value, cycle) for value in values)
        rows.append((box.name, one.count, *told, one.below))
    return Table(title, columns, tuple(rows), empty=gettext("No site has enough answers yet."))


def differences(id: str, points: Sequence[tuple[str, Decimal]], table: Table) -> Chart:
    """Bars from nought to either side, each with its number: how far one thing lies from another, as `table` tells."""
    rows: list[dict[str, Any]] = [
        {"name": name, "value": float(value), "words": signed(value)} for name, value in points
    ]
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
        layer_of(rows, {"type": "bar", "height": 12}, {"y": y, "x": x, "color": below}),
        layer_of(left, {"type": "text", "align": "right", "dx": -4}, {"y": y, "x": x}, text="words"),
        layer_of(right, {"type": "text", "align": "left", "dx": 4}, {"y": y, "x": x}, text="words"),
    ]  # fmt: skip
    return replace(chart_of(id, layers, ROW * max(len(rows), 1), table), labelled=True)
