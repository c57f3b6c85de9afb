"""Seeded chance that falls alike on every machine and every version of Python."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Dice:
    """A stream of draws named by `seed`, by `Random.random` alone, whose values Python promises to keep."""

    def __init__(self, seed: str) -> None:
        self.random = Random(int.from_bytes(sha256(seed.encode()).digest()[:8], "big")).random

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` up to and with `high`."""
        return low + int(self.random() * (high - low + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        """One of `items`, each as likely."""
        return items[int(self.random() * len(items))]

    def take(self, items: list[Item], count: int) -> list[Item]:
        """`count` of `items`, taken out of the list."""
        for last in range(len(items) - 1, len(items) - 1 - count, -1):
            other = int(self.random() * (last + 1))
            items[last], items[other] = items[other], items[last]
        taken = items[len(items) - count :]
        del items[len(items) - count :]
        return taken


class Urn(Generic[Item]):
    """Things to draw by their weights."""

    def __init__(self, weights: dict[Item, int]) -> None:
        self.items = [item for item, weight in weights.items() if weight]
        self.bounds = list(accumulate(weight for weight in weights.values() if weight))

    def draw(self, dice: Dice) -> Item:
        """One thing, likelier the heavier."""
        return self.items[bisect_right(self.bounds, int(dice.random() * self.bounds[-1]))]
