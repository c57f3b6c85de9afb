"""What each human could do, reckoned by hand: what was given to them, and to every account, machine and group of
which they hold the key. No query of the product's own rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from keepwell.kernel import moments
from keepwell.platform.identity.models import Factor
from keepwell.platform.people.models import Grant, GroupRule, Person
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.tree.models import Unit

Rights = dict[tuple[str, UUID], int]
"""The highest level by area and unit."""


def more(rights: Rights, than: Rights) -> Rights:
    """What of `rights` goes beyond the other."""
    return {key: level for key, level in rights.items() if level > than.get(key, 0)}


def together(*several: Rights) -> Rights:
    """The highest level that any of them holds."""
    found: Rights = {}
    for rights in several:
        for key, level in rights.items():
            found[key] = max(level, found.get(key, 0))
    return found


@dataclass(frozen=True)
class Key:
    """A token of a service account, and how far it reaches; scopes {} for all that the account may."""

    secret: str
    machine: UUID
    scopes: tuple[tuple[str, int], ...] = ()
    read_only: bool = False

    def narrowed(self, rights: Rights) -> Rights:
        """As much of `rights` as the token reaches."""
        most = dict(self.scopes)
        return {
            (area, unit): capped
            for (area, unit), level in rights.items()
            if (capped := min(level, most.get(area, 0) if most else level, 1 if self.read_only else level))
        }


@dataclass
class Keyring:
    """What one human got to know: passwords of accounts (by person), and tokens of machines."""

    passwords: set[UUID] = field(default_factory=set)
    tokens: list[Key] = field(default_factory=list)


@dataclass(frozen=True)
class Given:
    """A grant that was given and not taken back, as its rows say it."""

    person: UUID
    role: str
    unit: UUID
    since: date
    until: date | None
    is_over: bool
    is_begun: bool
    is_here: bool
    last_day: date | None
    has_account: bool


FIELDS = (
    "person_id", "role", "unit_id", "since", "until", "unit__time_zone", "rule_id", "rule__role", "rule__unit_id",
    "rule__retired_at", "rule__standing", "rule__proposed_by_id", "rule__approved_by_id", "person__employed_until",
    "person__unit__time_zone", "person__retired_at", "person__account__pk", "person__account__is_active",
)  # fmt: skip


def all_given() -> list[Given]:
    """The grants of today, in one query; without those whose rule gives them no more."""
    rows = Grant.objects.filter(retired_at=None, standing="given").values(*FIELDS)
    return [_given(row) for row in rows if _still_gives(row)]


def _still_gives(row: dict[str, Any]) -> bool:
    """Whether the rule that gave it, if one did, gives it still, and to somebody who did not write it."""
    if row["rule_id"] is None:
        return True
    said = tuple(row[f"rule__{name}"] for name in ("role", "unit_id", "retired_at", "standing"))
    authors = (row["rule__proposed_by_id"], row["rule__approved_by_id"])
    return said == (row["role"], row["unit_id"], None, "given") and row["person_id"] not in authors


def _given(row: dict[str, Any]) -> Given:
    day, account = moments.today(row["unit__time_zone"]), row["person__account__pk"]
    last = row["person__employed_until"]
    is_here = (
        (last is None or last >= moments.today(row["person__unit__time_zone"]))
        and (account is None or row["person__account__is_active"])
        and not row["person__retired_at"]
    )
    until = row["until"]
    return Given(
        row["person_id"], row["role"], row["unit_id"], row["since"], until, until is not None and until < day,
        row["since"] <= day, is_here, last, account is not None,
    )  # fmt: skip


class Reach:
    """The rights of everybody as rows say it, read once: those that hold today, and all that were given and
    not taken back, which may come to hold by waiting, by an account opened again or by a return."""

    def __init__(self) -> None:
        parents = dict(Unit.objects.values_list("pk", "parent_id"))
        self.below: dict[UUID, set[UUID]] = defaultdict(set)
        for unit in parents:
            above: UUID | None = unit
            while above:
                self.below[above].add(unit)
                above = parents[above]
        self.given: dict[UUID, Rights] = defaultdict(dict)
        self.held: dict[UUID, Rights] = defaultdict(dict)
        for one in all_given():
            if not one.is_over:
                self._add(self.given[one.person], one.role, one.unit)
                if one.is_begun and one.is_here:
                    self._add(self.held[one.person], one.role, one.unit)
        self.by_source: dict[str, Rights] = defaultdict(dict)
        rules = GroupRule.objects.filter(retired_at=None, standing="given")
        for source, role, unit in rules.values_list("source", "role", "unit_id"):
            self._add(self.by_source[source], role, unit)
        self.numbers = dict(Person.objects.filter(kind="machine").values_list("pk", "number"))
        self.guarded = set(Factor.objects.values_list("account__person", flat=True))

    def _add(self, rights: Rights, role: str, unit: UUID) -> None:
        for area, level in ROLES[role].levels.items():
            for below in self.below[unit]:
                rights[area, below] = max(level, rights.get((area, below), 0))

    def through(self, key: Key, rights: dict[UUID, Rights]) -> Rights:
        """What a token reaches: the machine's own, and what rules give to whomever it calls a member."""
        own = key.narrowed(rights.get(key.machine, {}))
        return together(own, self.by_source.get(self.numbers.get(key.machine, ""), {}))

    def accounts(self, human: UUID, ring: Keyring) -> set[UUID]:
        """The persons as whom `human` can sign in: themselves, and whose password they set with no second
        factor in the way."""
        return {human} | (ring.passwords - self.guarded)

    def of(self, human: UUID, ring: Keyring) -> Rights:
        """All that `human` could come to use without anybody's help."""
        accounts = [self.given.get(person, {}) for person in self.accounts(human, ring)]
        return together(*accounts, *(self.through(key, self.given) for key in ring.tokens))


def administered_until(group: Unit) -> date | None:
    """The last day on which somebody who can sign in administers the whole group; None if nobody does today."""
    days = [
        min(one.until or date.max, one.last_day or date.max)
        for one in all_given()
        if one.unit == group.pk and ROLES[one.role].allows("administration", Level.ADMINISTER)
        and one.has_account and one.is_begun and not one.is_over and one.is_here
    ]  # fmt: skip
    return max(days, default=None)


def weighs(rights: Rights, group: Unit) -> bool:
    """Whether some of it decides or administers for the whole group."""
    return any(unit == group.pk and level >= Level.DECIDE for (_area, unit), level in rights.items())
