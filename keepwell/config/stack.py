"""Room on the stack: calls that lie deep cost no more than others.

Python 3.11 and later keep the frames of calls in pieces of 16 kB. A loop whose calls cross the end of a piece takes the
next one from the system, and gives it back, at each of them: https://github.com/python/cpython/issues/142183
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

VALUES = 66_000
"""How many values a frame says that it keeps, a little over half a mebibyte: Python takes a whole one for it, and what is
left is for all that it calls. No value is kept, so that none of that memory is ever touched."""
Given = ParamSpec("Given")
Found = TypeVar("Found")


def in_one_piece(do: Callable[Given, Found]) -> Callable[Given, Found]:
    """`do`, whose calls and theirs lie in one piece of the stack."""

    def call(*given: Given.args, **named: Given.kwargs) -> Found:
        return do(*given, **named)

    call.__code__ = call.__code__.replace(co_stacksize=VALUES)
    return wraps(do)(call)
