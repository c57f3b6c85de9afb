"""Places: the words that say where a record lies, and where a person may look.

They narrow what is looked at; what is shown was asked of `visible_to` besides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import held
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.records.models import area_of
from keepwell.platform.search.subjects import Subject
from keepwell.platform.tree.models import Ancestry, Unit

LEFT = Ready(
    lambda unit, day: Ancestry.objects.filter(ancestor=unit, until__gte=day).values_list("descendant"),
    UUID,
    date,
)


def lies_in(unit: UUID) -> str:
    """The word of a record that lies in `unit` itself."""
    return f"i{unit.hex[-10:]}"


def lies_under(unit: UUID) -> str:
    """The word of a record that lies in `unit` or below it."""
    return f"u{unit.hex[-10:]}"


def standing_under(unit: UUID, day: date) -> tuple[str, ...]:
    """The words of which every record has one that lies in `unit` or below it in the structure of `day`.

    Entries tell of the present structure; what lay there on that day and does no more, or will not, is named besides.
    """
    gone = sorted({descendant for (descendant,) in LEFT.rows(unit, day)})
    return tuple(map(lies_under, (unit, *gone)))


def above(units: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """For each of `units` itself and all above it, in the present structure."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    rows = Ancestry.objects.filter(descendant__in=set(units), until__isnull=True)
    for below, one in rows.values_list("descendant_id", "ancestor_id"):
        found[below].append(one)
    return found


class Rights:
    """The grants of a person in force today, asked for once."""

    def __init__(self, person: Person) -> None:
        self.person, self.held = person, held(person)
        self._above: set[UUID] | None = None

    def sight(self, subject: Subject) -> Sight:
        """Where the person may find records of `subject`."""
        area, model = area_of(subject.model), subject.model
        allowing = [r for r in self.held if ROLES[r.role].allows(area, Level.VIEW)]
        wide = [r for r in allowing if not r.only_register]
        if any(r.unit_kind == Unit.Kind.GROUP for r in wide):
            return Sight(everything=True)
        words = [lies_under(r.unit_id) for r in wide]
        if wide and getattr(model, "holds_below", False):
            words += [lies_in(unit) for unit in sorted(self.above())]
        ways = [Q(pk=r.only_id) for r in allowing if r.only_register == subject.kind]
        ways += [model.own(self.person)] if hasattr(model, "own") else []
        others = model._default_manager.filter(reduce(or_, ways)) if ways else None
        return Sight(words=tuple(dict.fromkeys(words)), others=others)

    def above(self) -> set[UUID]:
        """All units above those where the person holds anything."""
        if self._above is None:
            known = above(r.unit_id for r in self.held)
            self._above = {unit for units in known.values() for unit in units}
        return self._above


@dataclass(frozen=True)
class Sight:
    """Where somebody may find records of one kind: everywhere, at places by their words, or these `others`."""

    everything: bool = False
    words: tuple[str, ...] = ()
    others: QuerySet[Any] | None = None

    @property
    def is_blind(self) -> bool:
        """Whether nothing of this kind can be found."""
        return not self.everything and not self.words and self.others is None


def places_of(subject: Subject, records: list[Any]) -> dict[UUID, set[str]]:
    """The words for the places of `records`: where each lies, all above, and where else it is seen."""
    own: dict[UUID, set[UUID]] = {r.pk: {unit} if (unit := subject.place_of(r)) else set() for r in records}
    homes = {pk: next(iter(units), None) for pk, units in own.items()}
    for name in getattr(subject.model, "also_at", ()):
        field = subject.model._meta.get_field(name)
        rows = field.remote_field.through._default_manager.filter(
            **{f"{field.m2m_field_name()}__in": [r.pk for r in records]}
        )
        for pk, unit in rows.values_list(
            f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
        ):
            own[pk].add(unit)
    # A unit that is being made has no place in the tree yet; it lies under its parent.
    parents = {r.pk: r.parent_id for r in records if isinstance(r, Unit) and r.parent_id}
    known = above({*(unit for units in own.values() for unit in units), *parents.values()})
    found: dict[UUID, set[str]] = {}
    for pk, units in own.items():
        reached = {one for unit in units for one in known.get(unit, [unit])}
        reached |= {pk, *known.get(parents[pk], [])} if pk in parents else set()
        home = homes[pk]
        found[pk] = {lies_under(one) for one in reached} | ({lies_in(home)} if home else set())
    return found
