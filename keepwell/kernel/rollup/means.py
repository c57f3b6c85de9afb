"""Exact means of fractions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from operator import mul

ONE = Fraction(1)


def exact_sum(values: Sequence[Fraction]) -> Fraction:
    """The sum of `values`, brought to one denominator once."""
    denominator, tops = _in_whole_numbers(values)
    return Fraction(sum(tops), denominator)


def exact_mean(values: Sequence[Fraction]) -> Fraction | None:
    """The plain mean, brought to one denominator once; None of no values."""
    if len(values) <= 1:
        return values[0] if values else None
    denominator, tops = _in_whole_numbers(values)
    return Fraction(sum(tops), denominator * len(values))


def are_ones(weights: Sequence[Fraction]) -> bool:
    """Whether all weigh one; asked by identity first, because comparing fractions costs more than adding them."""
    return all(weight is ONE or weight == ONE for weight in weights)


def weighted_mean(values: Sequence[Fraction], weights: Sequence[Fraction]) -> Fraction | None:
    """The sum of value × weight by the sum of weights; None if there is no value, or none that weighs."""
    if len(values) == 1:
        return values[0] if weights[0] else None
    if are_ones(weights):
        return exact_mean(values)
    # In whole numbers over common denominators: one fraction is made, not one for each product.
    _heavy, weighed = _in_whole_numbers(weights)
    fine, tops = _in_whole_numbers(values)
    return Fraction(sum(map(mul, tops, weighed)), fine * sum(weighed)) if any(weighed) else None


def _in_whole_numbers(values: Sequence[Fraction]) -> tuple[int, list[int]]:
    """A common denominator of `values`, and their numerators over it."""
    ratios = [value.as_integer_ratio() for value in values]
    denominator = lcm(*[bottom for _top, bottom in ratios])
    return denominator, [top * (denominator // bottom) for top, bottom in ratios]
