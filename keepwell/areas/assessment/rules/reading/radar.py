"""A radar: the requirements of one site as axes around a middle. It stands beside table and bars, never alone: its
area says nothing that a figure does not."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin
from typing import NamedTuple

from keepwell.areas.assessment.rules.reading.charts import Scaled

WIDTH, HEIGHT, RADIUS, BEYOND = 250, 190, 70.0, 13.0
FEWEST, MOST = 3, 24
"""Of fewer axes there is no shape, and of more none that can be read."""


class Axis(NamedTuple):
    """One requirement: its name, where that is written (pixels), to which side of there, and the axis' end."""

    name: str
    x: str
    y: str
    anchor: str
    end: str


class Radar(NamedTuple):
    """Lines as points of SVG, pixels of a drawing `WIDTH` by `HEIGHT`; "" where there are fewer than three values."""

    axes: list[Axis]
    rings: list[str]
    values: str
    targets: str
    peers: str


def drawn(
    names: Sequence[str],
    scaled: Scaled,
    *,
    values: Sequence[float | None],
    targets: Sequence[float | None],
    peers: Sequence[float | None],
) -> Radar | None:
    """The radar of `values` on the axes `names`, clockwise from above; None where there are too few or too many axes.

    A value that is not there is left out of its line, which then goes from its neighbour to the next.
    """
    if not FEWEST <= len(names) <= MOST:
        return None
    rings = [mark for mark in scaled.marks if mark > scaled.low]
    return Radar(
        [_axis(name, place, len(names)) for place, name in enumerate(names)],
        [_line([float(ring)] * len(names), scaled) for ring in rings],
        *(_line(line, scaled) for line in (values, targets, peers)),
    )


def _line(values: Sequence[float | None], scaled: Scaled) -> str:
    spread = scaled.high - scaled.low
    there = [
        _point(place, len(values), (value - scaled.low) / spread * RADIUS)
        for place, value in enumerate(values)
        if value is not None
    ]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in there) if len(there) >= FEWEST else ""


def _point(place: int, count: int, far: float) -> tuple[float, float]:
    """Where the `place`-th of `count` axes is `far` pixels from the middle."""
    angle = 2 * pi * place / count - pi / 2
    return WIDTH / 2 + far * cos(angle), HEIGHT / 2 + far * sin(angle)


def _axis(name: str, place: int, count: int) -> Axis:
    x, y = _point(place, count, RADIUS + BEYOND)
    end_x, end_y = _point(place, count, RADIUS)
    aside = x - WIDTH / 2
    anchor = "middle" if abs(aside) < 1 else "start" if aside > 0 else "end"
    return Axis(name, f"{x:.1f}", f"{y + 4:.1f}", anchor, f"{end_x:.1f},{end_y:.1f}")
