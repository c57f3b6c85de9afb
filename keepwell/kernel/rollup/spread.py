"""How values lie beside each other: lowest, quartiles, highest, and how many miss their target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Spread:
    """The spread of `count` values.

    Quartiles interpolate between neighbours: the value at (n - 1) × p of the sorted values, counted from nought
    (Hyndman and Fan 1996, type 7; QUARTILE.INC of spreadsheets). `below` counts values under their own target.
    """

    count: int
    lowest: Fraction
    first_quartile: Fraction
    median: Fraction
    third_quartile: Fraction
    highest: Fraction
    below: int


def spread(values: Iterable[tuple[Fraction, Fraction | None]]) -> Spread | None:
    """The spread of values, each with its target (None: it has none); None if there are no values."""
    pairs = list(values)
    if not pairs:
        return None
    ordered = sorted(value for value, _target in pairs)
    lowest, first, median, third, highest = (_at(ordered, Fraction(n, 4)) for n in range(5))
    below = sum(target is not None and value < target for value, target in pairs)
    return Spread(len(pairs), lowest, first, median, third, highest, below)


def _at(ordered: Sequence[Fraction], share: Fraction) -> Fraction:
    place = (len(ordered) - 1) * share
    below = place.numerator // place.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
