"""Charts: one Vega-Lite specification each, for page and file, in named colours that a theme replaces.

On a page the names (`$p1`, `$ink2`, …) are replaced by the tokens of the theme when the chart is
drawn; in files by the light tokens below. `svg` and `png` are for workers and the command line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from keepwell.platform.publishing import fonts
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Chart, Column, Drawing, Link, Table

if TYPE_CHECKING:
    import altair

LIGHT = {
    "ink": "#17212b", "ink2": "#46525f", "ink3": "#5f6a77", "line": "#dfe3e8", "edge": "#7d8794",
    "paper": "#ffffff", "wash": "#f5f6f8", "mute": "#e9ecf0",
    "act": "#0a5a9c", "bad": "#a81c12", "warn": "#7d4600", "good": "#0a6350",
    "act-wash": "#e6f0f9", "bad-wash": "#fdebe9", "warn-wash": "#fdf0d8", "good-wash": "#dff2ec",
    "p1": "#0a5a9c", "p2": "#c2620e", "p3": "#14806a", "p4": "#7a4fa3", "p5": "#5f6a77",
    "h1": "#eb9550", "h2": "#f6c391", "h3": "#fce6cf", "h4": "#eef1f4", "h5": "#aedbe6", "h6": "#74bfd4",
}  # fmt: skip
NAMED = re.compile(r"^\$([a-z]+\d?(?:-wash)?)$")
SERIES = ("$p1", "$p2", "$p3", "$p4", "$p5")
# 166 mm of text at 96 dots to the inch, so that 11 px print as 8¼ pt.
WIDTH = 627
ROW = 24
LABEL = {
    "labelFontSize": 11,
    "labelColor": "$ink2",
    "titleFontSize": 11,
    "titleFontWeight": "normal",
    "titleColor": "$ink2",
}
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {**LABEL, "grid": False, "domain": False, "ticks": False, "labelPadding": 6, "labelAngle": 0},
    "axisX": {"domainColor": "$edge"},
    "axisY": {"gridColor": "$line", "domainColor": "$edge"},
    "text": {"fontSize": 11, "color": "$ink2"},
    "line": {"strokeWidth": 2},
    "point": {"size": 36, "filled": True},
    "legend": {"disable": True},
}

Value = int | Decimal | float | None
Points = Sequence[tuple[str, Value]]


def bars(id: str, title: str, points: Points, *, columns: tuple[str, str], target: Value = None) -> Chart:
    """Horizontal bars from zero, the longest first as given, each with its number at the end."""
    import altair  # loaded when the first chart is made: an idle web process needs none of it

    rows, steps = _rows(points), [_short(name) for name, _ in points]
    base = altair.Chart(altair.Data(values=rows)).encode(
        y=altair.Y(
            "name:N",
            title=None,
            axis=altair.Axis(domain=True, labelLimit=220),
            scale=altair.Scale(domain=steps),
        ),
        x=altair.X("at:Q", title=None, axis=None, scale=altair.Scale(zero=True)),
    )
    drawn = [base.mark_bar(color="$p1", height=14)]
    named = _haloed(base.encode(text="shown:N"), align="left", dx=5, color="$ink2")
    layers = [*drawn, *_target(target, "x"), *named]
    table = _table(title, columns, [(name, value) for name, value in points])
    return replace(_chart(id, layers, ROW * len(rows), table), labelled=True)


def columns(id: str, title: str, points: Points, *, columns: tuple[str, str], target: Value = None) -> Chart:
    """Upright bars from zero, one to each year or other step, each with its number above."""
    import altair  # as above

    rows, steps = _rows(points), [_short(name) for name, _ in points]
    base = altair.Chart(altair.Data(values=rows)).encode(
        x=altair.X("name:O", title=None, axis=altair.Axis(domain=True), scale=altair.Scale(domain=steps)),
        y=altair.Y("at:Q", title=None, axis=None, scale=altair.Scale(zero=True)),
    )
    drawn = [base.mark_bar(color="$p1", size=36)]
    named = _haloed(base.encode(text="shown:N"), dy=-8, color="$ink2")
    layers = [*drawn, *_target(target, "y"), *named]
    table = _table(title, columns, [(name, value) for name, value in points])
    return replace(_chart(id, layers, 180, table), labelled=True)


def lines(id: str, title: str, series: Mapping[str, Points], *, step: str, target: Value = None) -> Chart:
    """A line to each series over the same steps, named at its end; a missing value interrupts it."""
    import altair  # as above

    rows = [row for label, points in series.items() for row in _series(label, points)]
    steps = list(dict.fromkeys(row["name"] for row in rows))
    names = altair.Scale(domain=[_short(label) for label in series], range=list(SERIES)[: len(series)])
    read_off = altair.Axis(grid=True, tickCount=4, format=",f")
    base = altair.Chart(altair.Data(values=rows)).encode(
        x=altair.X("name:O", title=None, axis=altair.Axis(domain=True), scale=altair.Scale(domain=steps)),
        y=altair.Y("value:Q", title=None, axis=read_off, scale=altair.Scale(zero=True)),
        color=altair.Color("series:N", scale=names),
    )
    named = base.properties(data=altair.Data(values=_ends(series))).encode(text="series:N")
    layers = [base.mark_line(), base.mark_point(), named.mark_text(align="left", dx=8), *_target(target, "y")]
    return _chart(id, layers, 200, _series_table(title, step, series))


def coloured(spec: Mapping[str, Any], *, colours: Mapping[str, str] = LIGHT) -> dict[str, Any]:
    """`spec` with every named colour replaced; an unknown name is an error of the program."""
    return _replaced(dict(spec), colours)


def svg(chart: Chart) -> str:
    """The chart drawn for a file, as SVG with text as text; for workers and the command line."""
    return fonts.lettered(_converter().vegalite_to_svg(_for_file(chart), allowed_base_urls=[]))


def png(chart: Chart, *, scale: float = 2.0) -> bytes:
    """The chart drawn for a file at `scale` times its size; for workers and the command line."""
    drawn = _converter().vegalite_to_svg(_for_file(chart, background=LIGHT["paper"]), allowed_base_urls=[])
    return bytes(_converter().svg_to_png(fonts.lettered(drawn), scale=scale))


def painted(drawing: Drawing, *, scale: float = 2.0) -> bytes:
    """A drawing as PNG at `scale` times its size; for workers and the command line."""
    return bytes(_converter().svg_to_png(fonts.lettered(drawing.svg), scale=scale))


def description(table: Table) -> str:
    """What a chart of `table` shows, for those who cannot see it: every row in words when they are few."""
    values = [column.title for column in table.columns[1:]]
    rows = [_described(row) for row in table.rows if isinstance(row, tuple)]
    shown = gettext("; ").join(rows[:12])
    words = {"title": table.caption, "what": gettext(", ").join(values), "rows": shown}
    if len(rows) > 12:
        return gettext("{title} ({what}): {rows}; the rest stands in the table.").format(**words)
    return gettext("{title} ({what}): {rows}.").format(**words)


def _described(row: tuple[Any, ...]) -> str:
    values = gettext(", ").join(_shown(value) for value in row[1:])
    return gettext("{name} {values}").format(name=row[0], values=values)


def _chart(id: str, layers: Sequence[altair.Chart], height: int, table: Table) -> Chart:
    import altair  # as above

    # A test checks each kind against the schema: here it would take 30 ms a chart.
    spec = altair.layer(*layers).properties(width="container", height=height).to_dict(validate=False)
    spec["config"] = CONFIG
    spec["padding"] = {"left": 1, "top": 4, "right": 10, "bottom": 2}
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    return Chart(id, table.caption, spec, table, description(table))


def _rows(points: Points) -> list[dict[str, Any]]:
    """The points as a chart reads them; nothing counted stands at zero, with its words."""
    return [
        {"name": _short(name), "value": _plain(value), "at": _plain(value) or 0, "shown": _shown(value)}
        for name, value in points
    ]


def _series(label: str, points: Points) -> list[dict[str, Any]]:
    return [{"name": _short(name), "value": _plain(value), "series": _short(label)} for name, value in points]


def _ends(series: Mapping[str, Points]) -> list[dict[str, Any]]:
    """The last counted point of each series, where its name stands."""
    counted = {label: [point for point in points if point[1] is not None] for label, points in series.items()}
    return [row for label, points in counted.items() for row in _series(label, points[-1:])]


def _series_table(title: str, step: str, series: Mapping[str, Points]) -> Table:
    steps = list(dict.fromkeys(name for points in series.values() for name, _ in points))
    found = [dict(points) for points in series.values()]
    return _table(title, (step, *series), [(name, *(values.get(name) for values in found)) for name in steps])


def _haloed(base: altair.Chart, **mark: Any) -> list[altair.Chart]:  # the keywords are Vega-Lite's for text
    """Text with an edge of paper, so that no rule crosses it."""
    halo = {**mark, "color": "$paper", "stroke": "$paper", "strokeWidth": 4, "strokeJoin": "round"}
    return [base.mark_text(**halo), base.mark_text(**mark)]


def _target(target: Value, axis: str) -> list[altair.Chart]:
    """A dashed rule at the target with its value; nothing without one."""
    import altair  # as above

    if target is None:
        return []
    words = gettext("target {value}").format(value=_shown(target))
    base = altair.Chart(altair.Data(values=[{"at": _plain(target), "shown": words}]))
    rule = base.mark_rule(color="$p2", strokeDash=[5, 4], strokeWidth=1.5)
    text = base.mark_text(color="$p2", align="left", dx=4, dy=-6)
    if axis == "x":
        x = altair.X("at:Q", title=None)
        return [rule.encode(x=x), text.encode(x=x, y=altair.value(0), text="shown:N")]
    y = altair.Y("at:Q", title=None)
    return [rule.encode(y=y), text.encode(y=y, x=altair.value(0), text="shown:N")]


def _table(title: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Table:
    places = max((_places(value) for row in rows for value in row[1:]), default=0)
    heads = (Column(names[0]), *(Column(name, "number", places=places, weight=0) for name in names[1:]))
    return Table(title, heads, tuple(rows))


def _places(value: Value) -> int:
    exponent = Decimal(str(value or 0)).normalize().as_tuple().exponent
    return min(max(-int(exponent), 0), 2)


def _short(name: str) -> str:
    """A label no longer than a line; the table keeps it whole."""
    return name if len(name) <= 60 else f"{name[:59]}…"


def _shown(value: Value | Link) -> str:
    if isinstance(value, Link):
        return str(value)
    return printed.no_data() if value is None else printed.number(Decimal(str(value)), _places(value))


def _plain(value: Value) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value


def _replaced(found: Any, colours: Mapping[str, str]) -> Any:
    if isinstance(found, Mapping):
        return {
            name: inner if name in ("values", "datasets") else _replaced(inner, colours)
            for name, inner in found.items()
        }
    if isinstance(found, list | tuple):
        return [_replaced(inner, colours) for inner in found]
    named = NAMED.match(found) if isinstance(found, str) else None
    return colours[named[1]] if named else found


def _for_file(chart: Chart, *, background: str | None = None) -> str:
    spec = coloured(chart.spec)
    spec["width"] = WIDTH if spec.get("width") == "container" else spec.get("width", WIDTH)
    spec["config"] = {**spec.get("config", {}), "font": fonts.FAMILY, "background": background}
    return json.dumps(_printable(spec))


def _printable(found: Any) -> Any:
    """The specification with every text made plain: a control character would abort the whole process.

    An address in it raises: a chart holds its data, and drawing one must fetch nothing.
    """
    if isinstance(found, Mapping):
        if "url" in found:
            raise ValueError("A chart holds its data; its specification names no address.")
        return {name: _printable(inner) for name, inner in found.items()}
    if isinstance(found, list | tuple):
        return [_printable(inner) for inner in found]
    return printed.plain(found) if isinstance(found, str) else found


@lru_cache(maxsize=1)
def _converter() -> Any:
    """The drawing library with our fonts, loaded on first use: web processes never draw."""
    import vl_convert

    vl_convert.register_font_directory(fonts.folder())
    return vl_convert
