"""Exact means of fractions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

ONE = Fraction(1)


def exact_sum(values: Sequence[Fraction]) -> Fraction:
    """The sum of `values`, brought to one denominator once."""
    denominator = lcm(*(value.denominator for value in values))
    return Fraction(sum(v.numerator * (denominator // v.denominator) for v in values), denominator)


def exact_mean(values: Sequence[Fraction]) -> Fraction | None:
    """The plain mean, brought to one denominator once; None of no values."""
    if len(values) <= 1:
        return values[0] if values else None
    denominator = lcm(*(value.denominator for value in values))
    total = sum(v.numerator * (denominator // v.denominator) for v in values)
    return Fraction(total, denominator * len(values))


def are_ones(weights: Sequence[Fraction]) -> bool:
    """Whether all weigh one; asked by identity first, because comparing fractions costs more than adding them."""
    return all(weight is ONE or weight == ONE for weight in weights)


def weighted_mean(values: Sequence[Fraction], weights: Sequence[Fraction]) -> Fraction | None:
    """The sum of value × weight by the sum of weights; None if there is no value, or none that weighs."""
    if are_ones(weights):
        return exact_mean(values)
    if len(values) == 1:
        return values[0] if weights[0] else None
    # In whole numbers over common denominators: one fraction is made, not one for each product.
    heavy = lcm(*(weight.denominator for weight in weights))
    weighed = [weight.numerator * (heavy // weight.denominator) for weight in weights]
    fine = lcm(*(value.denominator for value in values))
    total = sum(
        value.numerator * (fine // value.denominator) * much
        for value, much in zip(values, weighed, strict=True)
    )
    return Fraction(total, fine * sum(weighed)) if any(weighed) else None
