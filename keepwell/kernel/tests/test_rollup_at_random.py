"""Roll-ups against an independent reckoning over random trees: weights, gaps, not applicable, all methods."""

from __future__ import annotations

import random
from fractions import Fraction
from unittest import TestCase

import pytest

from keepwell.kernel.rollup.explaining import explain
from keepwell.kernel.rollup.rolling import roll_up
from keepwell.kernel.rollup.tree import Method, Node, Score, check
from tests.machine import rounds

pytestmark = pytest.mark.sqlite
TREES = rounds(10_000, 40_000)
DEPTHS = (2, 3, 3, 4)


def grown(draw: random.Random, key: str, depth: int) -> Node:
    """A random tree; about one weight in ten is nought, but never all of a branch."""
    weight = Fraction(draw.choice([0, 1, 1, 1, 1, 1, 2, 3, 7, 10]), draw.choice([1, 1, 2, 3]))
    if depth == 0 or draw.random() < 0.25:
        return Node(key, (), weight)
    children = [grown(draw, f"{key}.{n}", depth - 1) for n in range(draw.randint(1, 3))]
    if not any(child.weight for child in children):
        children[0] = Node(children[0].key, children[0].children, Fraction(1))
    return Node(key, tuple(children), weight)


def answered(draw: random.Random, root: Node) -> dict[str, Score]:
    """Random scores in tenths for most leaves: some do not apply, some have no value, some no target."""
    made = {}
    for node in root.walk():
        if not node.children and draw.random() < 0.9:
            value = Fraction(draw.randint(0, 50), 10) if draw.random() < 0.85 else None
            target = Fraction(draw.randint(0, 50), 10) if draw.random() < 0.8 else None
            made[node.key] = Score(value, draw.random() < 0.85, target)
    return made


class Naive:
    """The published definitions written down one by one, each on its own and by no short way."""

    def __init__(self, root: Node, scores: dict[str, Score]) -> None:
        self.root, self.scores = root, scores

    def leaves(self, node: Node) -> list[Node]:
        """The leaves that count below a node, those taken out by a weight of nought not among them."""
        if not node.children:
            return [node]
        return [leaf for child in node.children if child.weight != 0 for leaf in self.leaves(child)]

    def score(self, leaf: Node) -> Score | None:
        found = self.scores.get(leaf.key)
        return found if found is not None and found.applies and found.value is not None else None

    def counted(self, node: Node) -> list[tuple[Node, Score]]:
        return [(leaf, score) for leaf in self.leaves(node) if (score := self.score(leaf)) is not None]

    def mean(self, node: Node, *, cut: bool) -> Fraction | None:
        if not node.children:
            score = self.score(node)
            if score is None or score.value is None:
                return None
            if cut and score.target is not None and score.target < score.value:
                return score.target
            return score.value
        above, below = Fraction(0), Fraction(0)
        for child in node.children:
            value = self.mean(child, cut=cut) if child.weight != 0 else None
            if value is not None:
                above += child.weight * value
                below += child.weight
        return above / below if below else None

    def flat(self, node: Node) -> Fraction | None:
        pairs = self.counted(node)
        if not node.children:
            return pairs[0][1].value if pairs else None
        if not pairs:
            return None
        return sum(leaf.weight * score.value for leaf, score in pairs) / sum(
            leaf.weight for leaf, _s in pairs
        )

    def minimum(self, node: Node) -> Fraction | None:
        return min((score.value for _leaf, score in self.counted(node)), default=None)

    def share(self, node: Node) -> Fraction | None:
        aimed = [(leaf.weight, score) for leaf, score in self.counted(node) if score.target is not None]
        total = sum((weight for weight, _score in aimed), Fraction(0))
        met = sum((weight for weight, score in aimed if not score.value < score.target), Fraction(0))
        return met / total if total else None

    def value(self, node: Node, method: Method) -> Fraction | None:
        if method is Method.MEAN_OF_MEANS:
            return self.mean(node, cut=False)
        if method is Method.CUTBACK:
            return self.mean(node, cut=True)
        return {
            Method.FLAT_MEAN: self.flat,
            Method.MINIMUM: self.minimum,
            Method.SHARE_AT_TARGET: self.share,
        }[method](node)

    def coverage(self, node: Node) -> tuple[int, int]:
        leaves = self.leaves(node)
        applying = [leaf for leaf in leaves if leaf.key not in self.scores or self.scores[leaf.key].applies]
        return len(self.counted(node)), len(applying)


class RandomTrees(TestCase):
    def test_give_what_the_definitions_give(self) -> None:
        draw = random.Random(2024)
        for _round in range(TREES):
            root = grown(draw, "r", draw.choice(DEPTHS))
            if root.children:
                check(root)
            self.compare(root, answered(draw, root))

    def compare(self, root: Node, scores: dict[str, Score]) -> None:
        naive, rolled = Naive(root, scores), roll_up(root, scores)
        for node in root.walk():
            if node.weight == 0 and not node.children:
                continue  # it counts nowhere
            one = rolled[node.key]
            found = {method: one.value(method) for method in Method}
            self.assertEqual(found, {method: naive.value(node, method) for method in Method}, (node, scores))
            self.assertEqual((one.answered, one.applicable), naive.coverage(node), (node, scores))

    def test_are_explained_by_parts_that_give_the_value_again(self) -> None:
        draw = random.Random(7)
        for _round in range(TREES // 10):
            root = grown(draw, "r", 2)
            rolled = roll_up(root, answered(draw, root))
            for method in Method if root.children else ():
                found = explain(root, rolled, method)
                values, weights = [p.value for p in found.parts], [p.weight for p in found.parts]
                again = min(values, default=None) if method is Method.MINIMUM else (
                    sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights) if values else None
                )  # fmt: skip
                self.assertEqual(again, found.value)
                self.assertEqual(len(found.parts) + len(found.left_out), len(root.children))
