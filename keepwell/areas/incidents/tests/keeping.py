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
    out: set[UUID] = field(default_factory=set)
    """Whom it concerns by itself; whom its reports concern is kept out besides."""
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
    out: set[UUID] = field(default_factory=set)
    """Whom it concerns, if it is a report."""
    meant: set[UUID | str] = field(default_factory=set)
    """Whom its words name besides, who can read nothing or are not here yet."""
    past: list[Matter] = field(default_factory=list)
    """To which incidents a report belonged before."""


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
        return self.is_shut(who, matter) or who in self.out_of(matter)

    def is_shut(self, who: UUID, matter: Matter) -> bool:
        """Whether it is for named people alone, or for those of the group, and `who` is none of them."""
        shut = matter.is_restricted or (who in self.outside and matter.tlp == "strict")
        return shut and not self.is_named(who, matter)

    def out_of(self, matter: Matter) -> set[UUID]:
        """Whom it concerns, by itself or by a report that belongs to it."""
        reports = [
            one.out for one in self.words if one.out and matter in [place.matter for place in one.places]
        ]
        return matter.out.union(*reports)

    def turn_up(self, who: UUID, name: str = "") -> None:
        """Let who now holds a right be kept out of every report that means them, and of where it was."""
        for word in self.words:
            if meant := word.meant & {who, name}:
                word.meant -= meant
                word.out.add(who)
                for matter in word.past:
                    matter.out.add(who)

    def reads_somewhere(self, who: UUID) -> bool:
        """Whether `who` holds a right to read incidents anywhere."""
        return any(role in READ_INCIDENTS for role, _unit in self.held.get(who, ()))

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
            concerned = any(who in self.out_of(one.matter) for one in word.places)
            at_unit = word.unit is not None and self.holds(who, READ_INCIDENTS, {word.unit})
            return (at_unit and not concerned) or any(self.knows(who, one.matter) for one in word.places)
        if word.kind in ("report", "proof"):
            roles = READ_EVIDENCE if word.kind == "proof" else READ_INCIDENTS
            places = self.open_to(who, word)
            at_unit = word.unit is not None and self.holds(who, roles, {word.unit})
            return bool(places) and (at_unit or any(self.knows(who, one.matter) for one in places))
        return any(self.knows(who, one.matter) and self.reads_mark(who, one) for one in word.places)

    def open_to(self, who: UUID, word: Word) -> list[Place]:
        """Where it stands that is kept from `who` neither with the incident nor by its mark, nor for it concerns them."""
        if who in word.out:
            return []
        return [one for one in word.places if not self.is_kept(who, one.matter) and self.reads_mark(who, one)]

    def reads_trail(self, who: UUID, word: Word) -> bool:
        """Whether the trail tells `who` of `word`: it is theirs where the incident lies or lay, and not withheld."""
        return any(
            self.holds(who, READ_TRAIL, {one.matter.unit, *one.matter.lay}) for one in self.open_to(who, word)
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
        there = [one for one in self.matters
                 if not one.is_gone and self.is_shut(who, one) and who not in self.out_of(one)]  # fmt: skip
        return sum(self.holds(who, READ_INCIDENTS, {one.unit}) for one in there)

    def reads_all(self, who: UUID, matter: Matter) -> bool:
        """Whether no entry of the incident is kept from `who` by its mark."""
        places = [
            one for word in self.words if word.kind in ("entry", "task", "meeting") for one in word.places
        ]
        return all(self.reads_mark(who, one) for one in places if one.matter is matter)
