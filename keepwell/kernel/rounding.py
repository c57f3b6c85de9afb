"""Rounding as it is printed: once, at display, halves away from zero."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def half_up(value: Decimal | int, places: int = 0) -> Decimal:
    """`value` rounded to `places` decimals, halves away from zero."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def hours(minutes: int) -> int:
    """Whole hours in `minutes`, rounded half up once."""
    return int(half_up(Decimal(minutes) / 60))
