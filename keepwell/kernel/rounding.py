"""Rounding as it is printed: once, at display, halves away from zero."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def half_up(value: Decimal | Fraction | int, places: int = 0) -> Decimal:
    """`value` rounded to `places` decimals, halves away from zero; a fraction is rounded from its exact value."""
    if isinstance(value, Fraction):
        steps = (2 * abs(value.numerator) * 10**places + value.denominator) // (2 * value.denominator)
        return Decimal(f"{-steps if value < 0 else steps}E{-places}")  # of any length, whatever the context
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def hours(minutes: int) -> int:
    """Whole hours in `minutes`, rounded half up once."""
    return int(half_up(Decimal(minutes) / 60))
