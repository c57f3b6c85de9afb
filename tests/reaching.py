"""What each human could do, reckoned by hand: what was given to them, and to every account, machine and group of
which they hold the key. No query of the product's own rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
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
        for grant in Grant.objects.filter(retired_at=None, standing="given").select_related(
            "unit", "rule", "person__unit", "person__account"
        ):
            self._count(grant)
        self.by_source: dict[str, Rights] = defaultdict(dict)
        for rule in GroupRule.objects.filter(retired_at=None, standing="given"):
            self._add(self.by_source[rule.source], rule.role, rule.unit_id)
        self.numbers = dict(Person.objects.filter(kind="machine").values_list("pk", "number"))
        self.guarded = set(Factor.objects.values_list("account__person", flat=True))

    def _add(self, rights: Rights, role: str, unit: UUID) -> None:
        for area, level in ROLES[role].levels.items():
            for below in self.below[unit]:
                rights[area, below] = max(level, rights.get((area, below), 0))

    def _count(self, grant: Grant) -> None:
        day = moments.today(grant.unit.time_zone)
        if grant.until is not None and grant.until < day or not still_gives(grant):
            return
        self._add(self.given[grant.person_id], grant.role, grant.unit_id)
        if grant.since <= day and is_here(grant.person):
            self._add(self.held[grant.person_id], grant.role, grant.unit_id)

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


def still_gives(grant: Grant) -> bool:
    """Whether the rule that gave it, if one did, gives it still, and to somebody who did not write it."""
    rule = grant.rule
    if rule is None:
        return True
    same = (rule.role, rule.unit_id, rule.retired_at, rule.standing) == (
        grant.role, grant.unit_id, None, "given",
    )  # fmt: skip
    return same and grant.person_id not in (rule.proposed_by_id, rule.approved_by_id)


def is_here(person: Person) -> bool:
    """Whether somebody has not left and may sign in."""
    account = getattr(person, "account", None)
    last, today = person.employed_until, moments.today(person.unit.time_zone)
    return (
        (last is None or last >= today) and (account is None or account.is_active) and not person.retired_at
    )


def administered_until(group: Unit) -> date | None:
    """The last day on which somebody who can sign in administers the whole group; None if nobody does today."""
    days = [
        min(grant.until or date.max, grant.person.employed_until or date.max)
        for grant in Grant.objects.filter(
            retired_at=None, standing="given", role="administrator", unit=group, person__account__isnull=False
        ).select_related("unit", "rule", "person__unit", "person__account")
        if grant.is_on and is_here(grant.person) and still_gives(grant)
    ]
    return max(days, default=None)


def weighs(rights: Rights, group: Unit) -> bool:
    """Whether some of it decides or administers for the whole group."""
    return any(unit == group.pk and level >= Level.DECIDE for (_area, unit), level in rights.items())
