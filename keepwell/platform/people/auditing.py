"""Which rows of the trail a person may read, narrowed as an auditor asks, and samples that can be drawn again."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from django.utils.translation import gettext as _

from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.models import Change, ChangeQuerySet
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import told_elsewhere, withheld
from keepwell.platform.people.permissions import may_anywhere, may_everywhere, units_granted
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Ancestry, Unit

AREA = "administration"
MOST_SAMPLED, MOST_CANDIDATES = 1_000, 1_000_000
LONGEST_SEED = 80
PLAIN_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
VERB = re.compile(r"[^\x00-\x1f\x7f]{1,80}")


@dataclass(frozen=True)
class Asked:
    """What an auditor asks for; empty parts do not narrow."""

    person: str = ""
    record: UUID | None = None
    verb: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything narrows."""
        return self != Asked()


def asked(told: Mapping[str, str]) -> Asked:
    """What the words of an address or form ask for; Refused with one sentence for what cannot be."""
    kind, verb = told.get("kind", ""), told.get("verb", "").strip()
    if kind and kind not in Change.Kind.values:
        raise Refused(
            _("A row is a change, a refusal, a reading or an event (change, refusal, read, event).")
        )
    if verb and not VERB.fullmatch(verb):
        raise Refused(_("An act has a name of up to 80 characters, as person.amend."))
    since, until = _day(told.get("since", "")), _day(told.get("until", ""))
    if since and until and since > until:
        raise Refused(_("The period ends before it begins."))
    return Asked(told.get("person", "").strip()[:80], _uuid(told.get("record", "")), verb, kind, since, until)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        if PLAIN_DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Refused(_("Write a day as 2025-11-14."))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as wrong:
        raise Refused(_("A record is named by its id, which stands in the address of its page.")) from wrong


def trail_seen(person: Person) -> ChangeQuerySet:
    """Sealed rows that `person` may read: all for who may view administration at the group, else those of the
    units where they may; never one about a record that only others may know."""
    if not may_anywhere(person, AREA):
        return Change.objects.none()
    rows = Change.objects.sealed().exclude(withheld(person)).exclude(told_elsewhere(person))
    if may_everywhere(person, AREA, Level.VIEW):
        return rows
    return rows.filter(unit_id__in=units_granted(person, AREA))


def matching(person: Person, wish: Asked, unit: Unit | None = None) -> ChangeQuerySet:
    """The rows that `person` may read and asks for, at `unit` and below; the group stands for all."""
    rows = trail_seen(person)
    if unit is not None and unit.kind != Unit.Kind.GROUP:
        rows = rows.filter(unit_id__in=Ancestry.objects.filter(ancestor=unit).values("descendant"))
    if wish.person:
        rows = rows.filter(by=_known(wish.person))
    if wish.record:
        rows = rows.filter(record_id=wish.record)
    if wish.verb:
        rows = rows.filter(verb=wish.verb)
    if wish.kind:
        rows = rows.filter(kind=wish.kind)
    if wish.since:
        rows = rows.filter(at__gte=moments.begins(wish.since, person.unit.time_zone))
    if wish.until:
        rows = rows.filter(at__lt=moments.ends(wish.until, person.unit.time_zone))
    return rows


def _known(name: str) -> UUID:
    """Who is meant by an employee number or the id that rows carry."""
    try:
        return UUID(name)
    except ValueError:
        found = Person.objects.filter(number=name).values_list("pk", flat=True).first()
    if found is None:
        raise Refused(_("Nobody has the employee number “%(name)s”.") % {"name": name})
    return found


def sample(rows: ChangeQuerySet, count: int, seed: str, size: int) -> ChangeQuerySet:
    """`count` of the rows below number `size`, drawn by `seed`: those with the smallest SHA-256 of "seed:number".

    The same seed, filters and size draw the same rows again, on any database, and from an export as well.
    """
    if not 1 <= count <= MOST_SAMPLED:
        raise Refused(_("A sample has from 1 to %(most)d rows.") % {"most": MOST_SAMPLED})
    if not seed or len(seed) > LONGEST_SEED:
        raise Refused(_("A sample needs a seed of up to %(most)d characters.") % {"most": LONGEST_SEED})
    among = rows.filter(leaf__lt=size).order_by().values_list("leaf", flat=True)
    leaves = list(among[: MOST_CANDIDATES + 1])
    if len(leaves) > MOST_CANDIDATES:
        raise Refused(
            _("A sample is drawn from up to %(most)d rows; narrow the period.") % {"most": MOST_CANDIDATES}
        )
    drawn = heapq.nsmallest(count, leaves, key=lambda leaf: sha256(f"{seed}:{leaf}".encode()).digest())
    return rows.filter(leaf__in=drawn)
