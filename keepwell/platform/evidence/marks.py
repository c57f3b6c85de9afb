"""Marks of links of evidence: who must not know that a piece proves something about a record, which they see.

A mark is one of the Traffic Light Protocol (FIRST TLP 2.0), empty where the link is as open as both its ends. Who may read
what is marked how, the area says to which the records belong: it registers a condition on links.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from keepwell.kernel.refusing import Refused
from keepwell.platform.people.models import Person


class Mark(TextChoices):
    """A mark of a link."""

    CLEAR = "clear", "TLP:CLEAR"
    GREEN = "green", "TLP:GREEN"
    AMBER = "amber", "TLP:AMBER"
    STRICT = "strict", "TLP:AMBER+STRICT"
    RED = "red", "TLP:RED"


TLP = Mark.choices
NONE_HERE = _("Evidence has a TLP mark where it proves something about an incident; leave it empty here.")
Kept = Callable[[Person], Q]
F = TypeVar("F", bound=Kept)
_kept: list[Kept] = []


@dataclass(frozen=True)
class Marking:
    """How links to one kind of record are marked: what it means for a record that a link has no mark, in the reader's
    language, and the rule that refuses a mark which a person may not give there."""

    unmarked: Callable[[Any], str]
    require: Callable[[Any, str, Person], None]


_markings: dict[str, Marking] = {}


def takes_marks(kind: str, marking: Marking) -> None:
    """Let links to records of `kind` (app.model) be marked as `marking` says."""
    _markings[kind] = marking


def marking_of(record: Any) -> Marking | None:
    """How links to `record` are marked; None: they are as open as both their ends."""
    return _markings.get(record.type_name()) if record is not None else None


def unmarked(record: Any) -> str:
    """What it means that a link to `record` has no mark; "" where none has one."""
    marking = marking_of(record)
    return marking.unmarked(record) if marking else ""


def require_mark(record: Any, tlp: str, *, by: Person) -> None:
    """Refuse that `by` marks a link to `record` so, which they could not do to one that is there; "" is no mark."""
    marking = marking_of(record)
    if tlp and marking is None:
        raise Refused(str(NONE_HERE))
    if tlp and marking is not None:
        marking.require(record, tlp, by)


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
