"""However deep a call lies, it takes no memory from the system and gives none back."""

from __future__ import annotations

import resource
from unittest import TestCase

from keepwell.config.stack import in_one_piece

DEEPEST, CALLS = 300, 1_000
"""A piece of the stack has room for about 100 calls: several ends of pieces are met on the way."""
SOME = 200
"""Pages of memory: for all the frames, never one for a call."""


def calls() -> None:
    for _number in range(CALLS):
        nothing()


def nothing() -> None:
    pass


def at_depth(depth: int) -> None:
    """Many calls below `depth` others."""
    if depth:
        at_depth(depth - 1)
    else:
        calls()


def at_every_depth() -> int:
    """How many pages of memory were asked for on the way."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for depth in range(DEEPEST):
        at_depth(depth)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


class Calls(TestCase):
    def test_that_lie_deep_take_no_memory_anew(self) -> None:
        self.assertLess(in_one_piece(at_every_depth)(), SOME)

    def test_are_given_what_they_are_given_and_answer(self) -> None:
        self.assertEqual(in_one_piece(divmod)(7, 2), (3, 1))
        self.assertEqual(in_one_piece(sorted)([1, 2], reverse=True), [2, 1])
        with self.assertRaises(ZeroDivisionError):
            in_one_piece(divmod)(7, 0)
