"""Rolling up: every node of a tree from the scores of its leaves, by every method at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from operator import is_

from keepwell.kernel.rollup.means import are_ones, exact_sum, weighted_mean
from keepwell.kernel.rollup.tree import Node, Rolled, Score

NOTHING = Rolled()
NO_ANSWER = Rolled(applicable=1)
NOUGHT = Fraction(0)


def roll_up(root: Node, scores: Mapping[str, Score]) -> dict[str, Rolled]:
    """What each node of `root` came to, by its key; a leaf that `scores` does not name has no answer yet.

    The tree must have passed `check`. No value is rounded.
    """
    found: dict[str, Rolled] = {}
    _roll(root, scores, found)
    return found


def _roll(node: Node, scores: Mapping[str, Score], found: dict[str, Rolled]) -> Rolled:
    if node.children:
        below = [(child.weight, _roll(child, scores, found)) for child in node.children]
        rolled = _branch([(weight, one) for weight, one in below if weight])
    else:
        rolled = _leaf(node, scores.get(node.key))
    found[node.key] = rolled
    return rolled


def _leaf(node: Node, score: Score | None) -> Rolled:
    if score is None or (score.applies and score.value is None):
        return NO_ANSWER
    if not score.applies:
        return NOTHING
    value, target, weight = score.value, score.target, node.weight
    assert value is not None  # noqa: S101  # asked above
    aimed = NOUGHT if target is None else weight
    return Rolled(
        mean=value, flat=value, minimum=value, target=target, weight=weight, answered=1, applicable=1,
        cutback=value if target is None or value <= target else target,
        met=weight if target is not None and value >= target else NOUGHT, aimed=aimed,
    )  # fmt: skip


def _branch(below: Sequence[tuple[Fraction, Rolled]]) -> Rolled:
    """A node from the weights of its children and what they came to."""
    answered = sum(one.answered for _weight, one in below)
    applicable = sum(one.applicable for _weight, one in below)
    scored = [(weight, one) for weight, one in below if one.answered]
    if not scored:
        return Rolled(applicable=applicable)
    weights = [weight for weight, _one in scored]
    heavy = [one.weight for _weight, one in scored]
    means = [one.mean for _weight, one in scored if one.mean is not None]
    cutbacks = [one.cutback for _weight, one in scored if one.cutback is not None]
    flats = [one.flat for _weight, one in scored if one.flat is not None]
    aims = [(weight, one.target) for weight, one in scored if one.target is not None]
    mean = weighted_mean(means, weights)
    return Rolled(
        mean=mean,
        cutback=mean if _are_same(cutbacks, means) else weighted_mean(cutbacks, weights),
        target=weighted_mean([aim for _weight, aim in aims], [weight for weight, _aim in aims]),
        minimum=min(one.minimum for _weight, one in scored if one.minimum is not None),
        flat=mean if _are_same(flats, means) and _are_same(heavy, weights) else weighted_mean(flats, heavy),
        weight=_total(heavy),
        met=_total([one.met for _weight, one in scored]),
        aimed=_total([one.aimed for _weight, one in scored]),
        answered=answered,
        applicable=applicable,
    )  # fmt: skip


def _are_same(these: Sequence[Fraction], those: Sequence[Fraction]) -> bool:
    """Whether they are the very same numbers, as those of leaves are: then their mean is reckoned already."""
    return all(map(is_, these, those))


def _total(weights: Sequence[Fraction]) -> Fraction:
    return Fraction(len(weights)) if are_ones(weights) else exact_sum(weights)
