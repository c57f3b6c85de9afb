"""Marks of links of evidence: who must not know that a piece proves something about a record, which they see.

A mark is one of the Traffic Light Protocol (FIRST TLP 2.0), empty where the link is as open as both its ends. Who may read
what is marked how, the area says to which the records belong: it registers a condition on links.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db.models import Q

from keepwell.platform.people.models import Person

TLP = [
    ("clear", "TLP:CLEAR"), ("green", "TLP:GREEN"), ("amber", "TLP:AMBER"), ("strict", "TLP:AMBER+STRICT"), ("red", "TLP:RED"),
]  # fmt: skip
Kept = Callable[[Person], Q]
F = TypeVar("F", bound=Kept)
_kept: list[Kept] = []


def keeps_links(rule: F) -> F:
    """Let `rule(person)` say which links must not be known to `person` for their mark."""
    _kept.append(rule)
    return rule


def kept_by_mark(person: Person) -> Q:
    """Links that are kept from `person` by their mark, whatever they may see of both ends."""
    found = Q(pk__in=[])
    for rule in _kept:
        found |= rule(person)
    return found
