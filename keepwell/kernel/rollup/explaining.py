"""Why a value is what it is: the parts it was made of, those left out, and the arithmetic in figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from keepwell.kernel.rollup.means import ONE, exact_sum, weighted_mean
from keepwell.kernel.rollup.tree import Method, Node, Rolled
from keepwell.kernel.rounding import half_up

MOST_PLACES = 4


class Why(StrEnum):
    """Why a part does not count."""

    NOT_APPLICABLE = "not_applicable"
    MISSING = "missing"
    COVERAGE = "coverage"
    NO_TARGET = "no_target"
    WEIGHT = "weight"


@dataclass(frozen=True, slots=True)
class Part:
    """One of the values that another value was made of, and what it weighs there."""

    key: str
    value: Fraction
    weight: Fraction = ONE


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What does not count: it does not apply, has no answer, too few answers or no target, or weighs nothing."""

    key: str
    why: Why


@dataclass(frozen=True, slots=True)
class Explanation:
    """How `value` came about: by `method`, from `parts`, without those `left_out`; None: no part counts."""

    key: str
    method: Method
    value: Fraction | None
    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def is_weighted(self) -> bool:
        """Whether the parts weigh differently."""
        return len({part.weight for part in self.parts}) > 1

    @property
    def lowest(self) -> Part | None:
        """The part that pulls the value down most: of equal ones the heaviest, then the first."""
        return min(self.parts, key=lambda part: (part.value, -part.weight), default=None)

    def arithmetic(self, places: int = 1, mark: str = "") -> str:
        """The right side of the sum in figures, as "(3.1 × 12,000 + 2.4 × 3,500) / 15,500", or "min(…)".

        The parts are rounded as little as is needed for the line, reckoned again, to give the value at
        `places`; as fractions where no rounding does. Empty if there is nothing to reckon. `mark` follows
        each part, as the sign of percent.
        """
        if self.value is None or not self.parts:
            return ""
        if self.method is Method.MINIMUM:
            return f"min({', '.join(f'{half_up(part.value, places)}{mark}' for part in self.parts)})"
        return self._sum([f"{value}{mark}" for value in self._shown(self.value, places)])

    def _shown(self, value: Fraction, places: int) -> list[str]:
        """The values of the parts, rounded so that the sum still gives `value` at `places`."""
        weights = [part.weight for part in self.parts]
        for kept in range(places, MOST_PLACES + 1):
            rounded = [half_up(part.value, kept) for part in self.parts]
            again = weighted_mean([Fraction(one) for one in rounded], weights)
            if again is not None and half_up(again, places) == half_up(value, places):
                return [str(one) for one in rounded]
        return [str(part.value) for part in self.parts]

    def _sum(self, shown: Sequence[str]) -> str:
        if len(shown) == 1:
            return shown[0]
        if not self.is_weighted:
            return f"({' + '.join(shown)}) / {len(shown)}"
        weights = [_figure(part.weight) for part in self.parts]
        total = _figure(exact_sum([part.weight for part in self.parts]))
        terms = " + ".join(f"{value} × {weight}" for value, weight in zip(shown, weights, strict=True))
        return f"({terms}) / {total}"


def explain(node: Node, rolled: Mapping[str, Rolled], method: Method) -> Explanation:
    """Why `node` came to what it came to by `method`, from its children; `rolled` is that of the whole tree."""
    if not node.children:
        raise ValueError(f"{node.key} is a leaf; its score was given.")
    parts: list[Part] = []
    left_out: list[LeftOut] = []
    for child in node.children:
        one = rolled[child.key]
        value = one.value(method)
        if not child.weight:
            left_out.append(LeftOut(child.key, Why.WEIGHT))
        elif value is None:
            left_out.append(LeftOut(child.key, _why(one)))
        else:
            parts.append(Part(child.key, value, _weight(child, one, method)))
    return Explanation(node.key, method, rolled[node.key].value(method), tuple(parts), tuple(left_out))


def pool(key: str, method: Method, parts: Sequence[Part], left_out: Sequence[LeftOut] = ()) -> Explanation:
    """Why units together come to what they come to: the mean of `parts` by weight, or the lowest of them.

    A part that is a unit with others below it weighs what they weigh together, so that the mean does not
    depend on how units are grouped.
    """
    counted = tuple(part for part in parts if part.weight)
    idle = tuple(LeftOut(part.key, Why.WEIGHT) for part in parts if not part.weight)
    value = pooled(method, [part.value for part in counted], [part.weight for part in counted])
    return Explanation(key, method, value, counted, (*left_out, *idle))


def pooled(method: Method, values: Sequence[Fraction], weights: Sequence[Fraction]) -> Fraction | None:
    """What units together come to, without saying why: the mean by weight, or the lowest of those that weigh."""
    if method is Method.MINIMUM:
        return min((value for value, weight in zip(values, weights, strict=True) if weight), default=None)
    return weighted_mean(values, weights)


def _why(one: Rolled) -> Why:
    if one.answered:
        return Why.NO_TARGET
    return Why.MISSING if one.applicable else Why.NOT_APPLICABLE


def _weight(child: Node, one: Rolled, method: Method) -> Fraction:
    """What a child weighs in its parent by `method`."""
    if method is Method.FLAT_MEAN:
        return one.weight
    if method is Method.SHARE_AT_TARGET:
        return one.aimed
    return ONE if method is Method.MINIMUM else child.weight


def _figure(weight: Fraction) -> str:
    """A weight in figures: thousands parted, and as many decimals as it has, four at most."""
    plain = half_up(weight, MOST_PLACES).normalize()
    return f"{plain:,f}"
