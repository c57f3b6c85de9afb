"""Links of one piece to one record under several marks: whoever made a later one could not know of the earlier.

To whoever may know of several they are one, shown once with all marks and reasons; whoever ends or marks it ends or marks
all that they know of.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q

from keepwell.platform.evidence.marks import Mark, kept_by_mark
from keepwell.platform.evidence.models import Link
from keepwell.platform.people.models import Person

NARROW = (Mark.RED, Mark.STRICT)


def known(person: Person, **which: Any) -> Any:  # Any: a QuerySet of links with the words of records
    """The links of which `person` may know, if they see both ends."""
    return Link.objects.current().filter(**which).exclude(kept_by_mark(person))


def alike(link: Link, person: Person) -> list[Link]:
    """The others of the same piece to the same record of which `person` may know, the earliest first."""
    rows = known(person, piece=link.piece_id, kind=link.kind, record_id=link.record_id)
    return list(rows.exclude(pk=link.pk).order_by("at", "pk"))


def once(rows: Any, person: Person) -> Any:  # Any: QuerySets of links with the words of records
    """Of several links of one piece to one record the earliest of which `person` may know; `rows` are links that they see."""
    same = known(person, piece=OuterRef("piece"), kind=OuterRef("kind"), record_id=OuterRef("record_id"))
    return rows.exclude(
        Exists(same.filter(Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))))
    )


def narrowest_first(links: Iterable[Link]) -> list[Link]:
    """Links of one piece to one record, that which fewest may know first."""
    return sorted(links, key=lambda one: NARROW.index(Mark(one.tlp)) if one.tlp in NARROW else len(NARROW))
