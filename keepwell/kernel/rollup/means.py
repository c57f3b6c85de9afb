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


def are_ones(weights: Sequence[Fraction]) -> bool:
    """Whether all weigh one; asked by identity first, because comparing fractions costs more than adding them."""
    return all(weight is ONE or weight == ONE for weight in weights)


def weighted_mean(values: Sequence[Fraction], weights: Sequence[Fraction]) -> Fraction | None:
    """The sum of value × weight by the sum of weights; None if there is no value, or none that weighs."""
    if are_ones(weights):
        return exact_sum(values) / len(values) if values else None
    total = exact_sum(weights)
    products = [value * weight for value, weight in zip(values, weights, strict=True)]
    return exact_sum(products) / total if total else None
