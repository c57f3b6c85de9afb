"""What is rolled up: a tree of nodes, the scores of its leaves, and what became of them at each node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from keepwell.kernel.rollup.means import ONE


class BadTree(ValueError):
    """A tree that cannot be rolled up: `key` is the node at fault."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(f"{key}: {what}")
        self.key = key


class Method(StrEnum):
    """How values become one value.

    mean_of_means    each branch is the weighted mean of its children that have a value
    flat_mean        the weighted mean of all leaves below, each by its own weight
    cutback          mean of means, a score above its target counting as the target
    minimum          the lowest score below
    share_at_target  the weight of the leaves at or above their target, by that of all scored leaves with one (0..1)
    """

    MEAN_OF_MEANS = "mean_of_means"
    FLAT_MEAN = "flat_mean"
    CUTBACK = "cutback"
    MINIMUM = "minimum"
    SHARE_AT_TARGET = "share_at_target"


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree; a weight of nought takes it and all below it out of every figure."""

    key: str
    children: tuple[Node, ...] = ()
    weight: Fraction = ONE

    def walk(self) -> Iterator[Node]:
        """This node and all below it, each before its children."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Score:
    """What was said of a leaf: a value (None: nothing yet), whether it applies at all, and its target, if any.

    A value above its target has reached it; one that equals it has too.
    """

    value: Fraction | None = None
    applies: bool = True
    target: Fraction | None = None


class Rolled(NamedTuple):
    """What a node came to; None where nothing below it is scored.

    `target` is the mean of means of the targets of the scored leaves, so that it compares with `mean`; `met`
    and `aimed` are the weights of scored leaves with a target that reached it, and of all of them. `answered`
    of `applicable` leaves are scored; those that do not apply are in neither.
    """

    mean: Fraction | None = None
    flat: Fraction | None = None
    cutback: Fraction | None = None
    minimum: Fraction | None = None
    target: Fraction | None = None
    met: Fraction = Fraction(0)
    aimed: Fraction = Fraction(0)
    weight: Fraction = Fraction(0)
    answered: int = 0
    applicable: int = 0

    @property
    def share(self) -> Fraction | None:
        """The share at target, 0..1; None where no scored leaf has a target."""
        return self.met / self.aimed if self.aimed else None

    @property
    def coverage(self) -> Fraction | None:
        """Answered by applicable leaves, 0..1; None where nothing applies."""
        return Fraction(self.answered, self.applicable) if self.applicable else None

    def value(self, method: Method) -> Fraction | None:
        """The value by `method`."""
        match method:
            case Method.MEAN_OF_MEANS:
                return self.mean
            case Method.FLAT_MEAN:
                return self.flat
            case Method.CUTBACK:
                return self.cutback
            case Method.MINIMUM:
                return self.minimum
            case Method.SHARE_AT_TARGET:
                return self.share

    def published(self, method: Method, threshold: Fraction) -> Fraction | None:
        """The value, unless less than `threshold` (0..1) of what applies is answered."""
        return self.value(method) if is_covered(self.answered, self.applicable, threshold) else None


def is_covered(answered: int, applicable: int, threshold: Fraction) -> bool:
    """Whether at least `threshold` (0..1) of what applies is answered; never where nothing applies."""
    return applicable > 0 and answered * threshold.denominator >= threshold.numerator * applicable


def check(root: Node) -> None:
    """Raise BadTree where a key stands twice, something weighs less than nought, or the children of a node
    weigh nothing together."""
    seen: set[str] = set()
    for node in root.walk():
        if node.key in seen:
            raise BadTree(node.key, "two nodes have this key")
        seen.add(node.key)
        if node.weight < 0:
            raise BadTree(node.key, "it weighs less than nought")
        if node.children and not any(child.weight for child in node.children):
            raise BadTree(node.key, "the weights below it sum to nought")
