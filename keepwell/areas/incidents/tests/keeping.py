"""A model of who may know what of incidents (security.md R9), apart from the code that keeps it: sets and comparisons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from keepwell.platform.people.models import Grant, Person
from keepwell.platform.tree.models import Unit

READ_INCIDENTS = {"group_ciso", "secretariat", "site_officer", "auditor", "administrator"}
READ_TRAIL = {"group_ciso", "auditor", "administrator"}
READ_EVIDENCE = READ_INCIDENTS | {"consultant"}
OF_ITSELF = ("title", "number")
"""Kinds of words that stand in the incident itself."""
ORDER = ("clear", "green", "amber", "strict", "red")


@dataclass(eq=False)
class Matter:
    """An incident: where it lies, what it touches, how it is kept, and who is named for it until when (None: for good)."""

    pk: UUID
    number: str
    unit: UUID
    touched: set[UUID] = field(default_factory=set)
    tlp: str = "amber"
    is_restricted: bool = False
    named: dict[UUID, datetime | None] = field(default_factory=dict)
    is_gone: bool = False
    lay: set[UUID] = field(default_factory=set)
    """Where it lay before: the trail of those units goes on telling of it, but to nobody from whom it is withheld."""
    was_open: bool = False
    """Whether its number was ever anybody's at its unit: what told it then is not taken back."""


@dataclass
class Place:
    """Where a word stands: in which incident, under which mark of its own ("": as the incident)."""

    matter: Matter
    mark: str = ""


@dataclass(eq=False)
class Word:
    """A word that stands nowhere else, and in which kind of field of which incidents it was written."""

    text: str
    kind: str
    record: Any  # Any: a record of whichever kind
    places: list[Place]
    unit: UUID | None = None
    """Where its record lies, if it does not lie where its incident does."""


class Knowing:
    """Who holds what, and so may know which words, at `now`."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.above: dict[UUID, set[UUID]] = {}
        units = dict(Unit.objects.values_list("pk", "parent"))
        for unit in units:
            at: UUID | None = unit
            while at is not None:
                self.above.setdefault(unit, set()).add(at)
                at = units[at]
        self.outside = set(Person.objects.filter(kind="external").values_list("pk", flat=True))
        self.held: dict[UUID, set[tuple[str, UUID]]] = {}
        for who, role, unit in Grant.objects.current().values_list("person", "role", "unit"):
            self.held.setdefault(who, set()).add((role, unit))
        self.matters: list[Matter] = []
        self.words: list[Word] = []

    def holds(self, who: UUID, roles: set[str], units: Iterable[UUID]) -> bool:
        """Whether `who` has one of `roles` at one of `units`, or above it."""
        given = {unit for role, unit in self.held.get(who, ()) if role in roles}
        return any(given & self.above[unit] for unit in units)

    def is_named(self, who: UUID, matter: Matter) -> bool:
        if who not in matter.named:
            return False
        until = matter.named[who]
        return until is None or until > self.now

    def keep_like(self, matter: Matter, other: Matter) -> None:
        """Let a matter that was open be kept from all from whom another is, and known to those who know that one."""
        matter.tlp, matter.is_restricted = max(matter.tlp, other.tlp, key=ORDER.index), True
        for who, until in other.named.items():
            if self.is_named(who, other) and not self.is_named(who, matter):
                matter.named[who] = until

    def is_kept(self, who: UUID, matter: Matter) -> bool:
        """Whether it is kept from `who` whatever they hold."""
        shut = matter.is_restricted or (who in self.outside and matter.tlp == "strict")
        return shut and not self.is_named(who, matter)

    def knows(self, who: UUID, matter: Matter) -> bool:
        reads = self.holds(who, READ_INCIDENTS, {matter.unit, *matter.touched})
        return reads and not self.is_kept(who, matter)

    def reads_mark(self, who: UUID, place: Place) -> bool:
        """Whether the mark of a word lets `who` read it, who knows the incident."""
        kept = {"red", "strict"} if who in self.outside else {"red"}
        return place.mark not in kept or self.is_named(who, place.matter)

    def may_read(self, who: UUID, word: Word) -> bool:
        """Whether `who` may read `word` at all, wherever it is shown."""
        if word.kind in (
            "question",
            "answer",
        ):  # they lie at the site that was asked, and tell nothing of the incident
            at_unit = word.unit is not None and self.holds(who, READ_INCIDENTS, {word.unit})
            return at_unit or any(self.knows(who, one.matter) for one in word.places)
        if word.kind in ("report", "proof"):
            roles = READ_EVIDENCE if word.kind == "proof" else READ_INCIDENTS
            places = [one for one in word.places if not self.is_kept(who, one.matter)]
            at_unit = word.unit is not None and self.holds(who, roles, {word.unit})
            return bool(places) and (at_unit or any(self.knows(who, one.matter) for one in places))
        return any(self.knows(who, one.matter) and self.reads_mark(who, one) for one in word.places)

    def reads_trail(self, who: UUID, word: Word) -> bool:
        """Whether the trail tells `who` of `word`: it is theirs where the incident lies or lay, and not withheld."""
        return any(
            self.holds(who, READ_TRAIL, {one.matter.unit, *one.matter.lay})
            and not self.is_kept(who, one.matter) and self.reads_mark(who, one)
            for one in word.places
        )  # fmt: skip

    def lists(self, who: UUID, word: Word) -> bool:
        """Whether its register must show `word` to `who`: they may read it, and hold the right where it lies."""
        if word.kind in OF_ITSELF:
            return self.may_read(who, word) and not word.places[0].matter.is_gone
        roles = READ_EVIDENCE if word.kind == "proof" else READ_INCIDENTS
        if word.unit is not None:
            return self.may_read(who, word) and self.holds(who, roles, {word.unit})
        return any(
            self.knows(who, one.matter) and self.reads_mark(who, one) and self.holds(who, roles, {one.matter.unit})
            for one in word.places
        )  # fmt: skip

    def withheld(self, who: UUID) -> int:
        """How many incidents are kept from `who` where they may see incidents."""
        there = [one for one in self.matters if not one.is_gone and self.is_kept(who, one)]
        return sum(self.holds(who, READ_INCIDENTS, {one.unit}) for one in there)

    def reads_all(self, who: UUID, matter: Matter) -> bool:
        """Whether no entry of the incident is kept from `who` by its mark."""
        places = [
            one for word in self.words if word.kind in ("entry", "task", "meeting") for one in word.places
        ]
        return all(self.reads_mark(who, one) for one in places if one.matter is matter)
