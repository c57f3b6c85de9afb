"""What weighs on the whole group holds only by the word of two persons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.identity.tending import let_in
from keepwell.platform.people.ceiling import needs_second, require_below
from keepwell.platform.people.models import Grant, GroupRule, Person
from keepwell.platform.people.models.proposals import WAITS
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.duties import Duty, Matter, owed

Proposal = Grant | GroupRule


def propose_if_weighty(found: Proposal, by: Person) -> None:
    """Let what `by` is about to write wait for a second person, where its weight needs two."""
    if not needs_second(found.role, found.unit):
        found.standing = found.Standing.GIVEN
        return
    require_person(by)
    found.proposed_by, found.proposed_on, found.approved_by = by, moments.today(), None
    found.standing = found.Standing.PROPOSED


def require_person(by: Person) -> None:
    """Refuse a machine, behind which the same person may stand twice."""
    if by.kind == Person.Kind.MACHINE:
        raise PermissionDenied(gettext("What weighs on the whole group is proposed and approved by people."))


def approve_as_second(found: Proposal, by: Person) -> None:
    """Let a proposal hold, if `by` is a second person who could give the same."""
    require_person(by)
    if by.pk == found.proposed_by_id:
        raise PermissionDenied(gettext("You proposed this; a second person must approve it."))
    if isinstance(found, Grant) and found.person_id == by.pk:
        raise PermissionDenied(gettext("This would give rights to yourself; somebody else must approve it."))
    _require_apart(found.proposed_by, by)
    require_below(by, found.role, found.unit)
    found.standing, found.approved_by = found.Standing.GIVEN, by
    found.save()


def _require_apart(one: Person | None, other: Person) -> None:
    """Refuse two persons behind whom one may stand: who let the other in anew while a proposal waits."""
    since = moments.now() - WAITS
    if one and (let_in(one, other, since=since) or let_in(other, one, since=since)):
        raise PermissionDenied(
            gettext("One of you let the other in anew within %(days)d days; a third person must approve it.")
            % {"days": WAITS.days}
        )


def turn_down(found: Proposal, reason: str) -> None:
    """End a proposal that nobody will approve."""
    if not found.is_proposed:
        raise Refused(gettext("Only what waits for a second person is turned down."))
    found.retire(reason)
    found.save()


def may_approve(person: Person, found: Proposal) -> bool:
    """Whether `person` could be the second person of a proposal."""
    if person.kind == Person.Kind.MACHINE or person.pk in (
        found.proposed_by_id,
        getattr(found, "person_id", None),
    ):
        return False
    try:
        require_below(person, found.role, found.unit)
    except PermissionDenied:
        return False
    return True


class Proposed(Duty):
    """What waits for a second person, for those who could be the one."""

    area, level = "administration", Level.ADMINISTER
    model: Any  # Grant or GroupRule
    page = ""

    def rows(self, day: date) -> QuerySet[Any]:
        """Proposals that wait, the oldest first."""
        rows = self.model._default_manager.filter(retired_at__isnull=True, standing="proposed")
        return rows.select_related("unit", "proposed_by").order_by("proposed_on", "pk")

    def fits(self, matter: Matter, record: Any, person: Person) -> bool:
        return may_approve(person, record)

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        if record.is_waiting:
            context = gettext("Proposed by %(person)s; it holds only by the word of a second person.")
            yield Matter(
                "administration.proposal",
                gettext("Approve or reject: %(what)s") % {"what": spoken(record)},
                reverse(self.page, args=[record.pk]),
                record.waits_until,
                context % {"person": record.proposed_by},
            )


@owed
class ProposedGrant(Proposed):
    """Rights."""

    name, model, page = "administration.proposed_grants", Grant, "grants-record"

    def rows(self, day: date) -> QuerySet[Any]:
        """Proposed rights that wait, the oldest first."""
        return super().rows(day).select_related("person")


@owed
class ProposedRule(Proposed):
    """Rules of groups."""

    name, model, page = "administration.proposed_rules", GroupRule, "group-rules-record"


def spoken(found: Proposal) -> str:
    """A proposal in one line: who would get which role where."""
    whom = found.person if isinstance(found, Grant) else found.group
    return gettext("%(role)s of %(unit)s for %(whom)s") % {
        "role": found.get_role_display(), "unit": found.unit, "whom": whom}  # fmt: skip
