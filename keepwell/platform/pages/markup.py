"""Markup that is written in Python, for a list has hundreds of pieces of it: all that is put into one is escaped here.

Django's `format_html` says the same and costs five times as much, which is a sixth of a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString

SPECIAL = re.compile("[&<>\"']")


def written(value: Any) -> str:
    """`value` as it stands in a page: escaped, unless it is markup already."""
    kind = type(value)
    if kind is SafeString:
        return str.__str__(value)  # what it is put into would ask it, in Python, what it says
    if kind is not str and hasattr(value, "__html__"):
        return str(value.__html__())
    text = value if kind is str else str(value)
    return str(escape(text)) if SPECIAL.search(text) else text


def markup(text: str, *values: Any) -> SafeString:
    """`text`, which our own code says and nobody else, with each of `values` escaped where it has `%s`."""
    return SafeString(text % tuple(map(written, values)))


def together(pieces: Iterable[Any]) -> SafeString:
    """`pieces` one after another, each escaped unless it is markup."""
    return SafeString("".join(map(written, pieces)))
