"""The map drawn for paper: in the light tokens, the marks and numbers as on the page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import gettext

from keepwell.areas.assessment.rules.reading.maps import NOWHERE, Sheet, Shown, Square
from keepwell.areas.assessment.rules.reading.shades import Colouring, legend
from keepwell.areas.assessment.rules.reading.sheets import table_on_paper
from keepwell.platform.publishing import fonts
from keepwell.platform.publishing.blocks import Drawing
from keepwell.platform.publishing.charts import LIGHT

NAME, CELL, ROW, HEAD, GAP, APART, LEGEND = 210, 44, 22, 44, 10, 6, 34
NAME_LENGTH = 30
LOOKS = {f"g{step}": f"h{step}" for step in range(1, 7)}


def drawn(sheet: Sheet, notes: tuple[str, ...] = ()) -> Drawing:
    """The map as a drawing of its own page, with what there is to notice, and its numbers as a table."""
    table = table_on_paper(sheet, gettext("Maturity by unit and function"))
    alt = gettext("Maturity of %(count)d units by function in %(cycle)s; the numbers stand in the table.") % {
        "count": len(sheet.lines), "cycle": sheet.cycle.name}  # fmt: skip
    return Drawing(
        "maturity-map",
        gettext("Units by function"),
        "".join(_svg(sheet)),
        table,
        alt,
        own_page=True,
        notes=notes,
    )


def _svg(sheet: Sheet) -> Iterator[str]:
    width = _x(sheet, len(sheet.heads), 0)
    height = HEAD + sum(_height(line) for line in sheet.lines) + LEGEND
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
           f"font-family={quoteattr(fonts.FAMILY)}>")  # fmt: skip
    yield from _heads(sheet)
    y = HEAD
    for line in sheet.lines:
        y += _height(line) - ROW
        yield from _line(sheet, line, y)
        y += ROW
    yield from _legend(sheet, y + LEGEND - 12)
    yield "</svg>"


def _height(line: Shown) -> int:
    return ROW + (APART if line.kind == "co" else 0)


def _x(sheet: Sheet, head: int, scope: int) -> int:
    """Where a column begins; the last requirement, the whole, stands a little apart."""
    apart = GAP if head >= len(sheet.heads) - 1 else 0
    return NAME + (head * len(sheet.scopes) + scope) * CELL + apart


def _heads(sheet: Sheet) -> Iterator[str]:
    for place, head in enumerate(sheet.heads):
        middle = _x(sheet, place, 0) + len(sheet.scopes) * CELL / 2
        yield _text(middle, 14, head.name, side="middle", colour="ink2")
        for scope, name in enumerate(sheet.scopes):
            if sheet.is_twin:
                yield _text(
                    _x(sheet, place, scope) + CELL - 8, 34, sheet.scope_name(name), side="end", colour="ink2"
                )


def _line(sheet: Sheet, line: Shown, y: int) -> Iterator[str]:
    is_bold = line.kind != "site"
    name = line.unit.name_here if is_bold else f"{line.unit.code}  {line.unit.name_here}"
    yield _text(0 if is_bold else 10, y + 15, _cut(name), bold=is_bold)
    for place, (_code, squares) in enumerate(groupby(line.squares, key=lambda square: square.code)):
        for scope, square in enumerate(squares):
            yield from _square(
                square, _x(sheet, place, scope), y, bold=is_bold or place == len(sheet.heads) - 1
            )


def _square(square: Square, x: int, y: int, *, bold: bool) -> Iterator[str]:
    fill = LOOKS.get(square.shade.look)
    if fill:
        yield f'<rect x="{x}" y="{y}" width="{CELL - 1}" height="{ROW - 1}" fill="{LIGHT[fill]}"/>'
    if square.shade.mark:
        yield _mark(square.shade.mark, x + 5, y + 7)
    yield _text(
        x + CELL - 8, y + 15, square.text, side="end", bold=bold, colour="ink" if square.is_link else "ink3"
    )


def _mark(mark: str, x: float, y: float) -> str:
    """A triangle, hollow or full: drawn, because not every font has it."""
    points = (
        f"{x},{y + 7} {x + 8},{y + 7} {x + 4},{y}" if mark == "▲" else f"{x},{y} {x + 8},{y} {x + 4},{y + 7}"
    )
    inside = "none" if mark == "▽" else LIGHT["ink"]
    return f'<polygon points="{points}" fill="{inside}" stroke="{LIGHT["ink"]}" stroke-width="0.8"/>'


def _legend(sheet: Sheet, y: int) -> Iterator[str]:
    x: float = 0
    for look, mark, words in legend(Colouring.GAP, sheet.cycle):
        yield f'<rect x="{x}" y="{y - 10}" width="20" height="13" fill="{LIGHT[LOOKS[look]]}"/>'
        if mark:
            yield _mark(mark, x + 6, y - 7)
        yield _text(x + 25, y, words, colour="ink2")
        x += 25 + sum(11 if ord(sign) > 0x2E80 else 6 for sign in words) + 14
    yield _text(x, y, f"{NOWHERE} {gettext('not assessed')}", colour="ink2")


def _cut(name: str) -> str:
    """A name no longer than its column; signs of full width count twice. The table has it whole."""
    room, kept = NAME_LENGTH, ""
    for sign in name:
        room -= 2 if ord(sign) > 0x2E80 else 1
        if room < 0:
            return f"{kept.rstrip()}…"
        kept += sign
    return kept


def _text(
    x: float, y: float, words: str, *, side: str = "start", bold: bool = False, colour: str = "ink"
) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x}" y="{y}" font-size="11"{weight} text-anchor="{side}" fill="{LIGHT[colour]}">{escape(words)}</text>'
