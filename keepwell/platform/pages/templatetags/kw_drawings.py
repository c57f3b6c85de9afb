"""Small drawings in tables, by the server: sizes and positions are SVG attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _

from keepwell.platform.publishing import format as told

register = template.Library()
WIDTH, HEIGHT, EDGE = 92.0, 22.0, 4.0
BAR = 64


@dataclass(frozen=True)
class Spark:
    """A line of values over years: its unbroken parts, lone points, the last point, the target's height, the words."""

    lines: list[str]
    lone: list[tuple[str, str]]
    last: tuple[str, str] | None
    target: str
    words: str


@register.inclusion_tag("pages/_spark.html")
def sparkline(values: Sequence[Any], target: Any = None) -> dict[str, Any]:
    """A sparkline of up to some dozen numbers (None: no data, a gap); `target` is dashed."""
    # A row without a target says "" in a template.
    target = None if target == "" else target
    known = [float(value) for value in (*values, target) if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)

    def height(value: Any) -> str:
        return f"{HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * ((float(value) - low) / (high - low) if high > low else 0.5):.1f}"

    parts: list[list[tuple[str, str]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            parts.append([])
        else:
            parts[-1].append((f"{EDGE + place * step:.1f}", height(value)))
    points = [point for part in parts for point in part]
    drawn = Spark(
        lines=[" ".join(",".join(point) for point in part) for part in parts if len(part) > 1],
        lone=[part[0] for part in parts if len(part) == 1],
        last=points[-1] if points and values[-1] is not None else None,
        target="" if target is None else height(target),
        words=_(", ").join(_said(value) for value in values),
    )
    return {"spark": drawn, "width": int(WIDTH), "height": int(HEIGHT)}


def _said(value: Any) -> str:
    if value is None:
        return told.no_data()
    exact = Decimal(str(value))
    return told.number(exact, 0 if exact == exact.to_integral_value() else 1)


@register.inclusion_tag("pages/_bar.html")
def bar(part: Any, whole: Any, start: Any = 0) -> dict[str, Any]:
    """A bar that fills `part` of `whole` from `start` on; the numbers themselves stand beside it."""
    scale = BAR / float(whole) if whole else 0.0
    return {
        "x": f"{float(start) * scale:.1f}",
        "length": f"{min(float(part) * scale, BAR):.1f}",
        "width": BAR,
    }
