"""Who approves a notice: whoever its rule names at the unit or the group; where nobody is it now, all who may decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.duty import DutyShift
from keepwell.areas.incidents.models.incidents import Incident
from keepwell.kernel import moments
from keepwell.kernel.clocks.approval import CISO, GROUP, Approval
from keepwell.kernel.clocks.rules import Rule
from keepwell.platform.history.labels import labelled
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.roles import Level, roles_with
from keepwell.platform.records.models import may_on
from keepwell.platform.tree.models import Ancestry, Unit

AREA, ROLE_OF_CISO = "incidents", "group_ciso"
TITLES = {
    CISO: _("CISO"), "legal": _("whoever is on duty for legal"), "management": _("whoever is on duty for management"),
    "security": _("whoever is on duty for security"),
}  # fmt: skip


def said_approval(named: Approval) -> str:
    """Whom a rule names to approve, in the reader's language; "" if it names nobody."""
    if not named.role:
        return ""
    at_group = gettext("%(who)s, of the group")
    return at_group % {"who": TITLES[named.role]} if named.at == GROUP else str(TITLES[named.role])


class Approved(Protocol):
    """A clock, as far as it says who approves."""

    @property
    def incident(self) -> Incident: ...
    @property
    def wording(self) -> Rule | None: ...


class Approvers:
    """Who approves the notices of several clocks at `now`, asked once for all of them: three queries."""

    def __init__(self, clocks: Iterable[Approved], now: datetime) -> None:
        units = {clock.incident.unit_id for clock in clocks}
        rows = Ancestry.objects.filter(descendant__in=units, until__isnull=True)
        self.above: dict[UUID, set[UUID]] = defaultdict(set)
        for unit, ancestor in rows.values_list("descendant", "ancestor"):
            self.above[unit].add(ancestor)
        above = rows.order_by().values("ancestor")
        self.deciders = _deciders(above)
        self.on_duty: list[tuple[UUID, str, UUID, str]] = list(
            DutyShift.objects.on_duty(now).filter(unit__in=above)
            .values_list("person", "duty", "unit", "unit__kind")
        )  # fmt: skip

    def able(self, clock: Approved) -> set[UUID]:
        """All who may decide there."""
        above = self.above[clock.incident.unit_id]
        return {person for person, _role, unit, _kind in self.deciders if unit in above}

    def named(self, clock: Approved) -> set[UUID]:
        """Those of them whom its rule names; empty if it names nobody, or nobody is it now."""
        asked = clock.wording.approval if clock.wording else Approval()
        if not asked.role:
            return set()
        held = self.deciders if asked.role == CISO else self.on_duty
        role, above = ROLE_OF_CISO if asked.role == CISO else asked.role, self.above[clock.incident.unit_id]
        found = {
            person
            for person, what, unit, kind in held
            if what == role and unit in above and (asked.at != GROUP or kind == Unit.Kind.GROUP)
        }
        return found & self.able(clock)

    def of(self, clock: Approved) -> Collection[UUID]:
        """Whoever approves its notice."""
        return self.named(clock) or self.able(clock)


def _deciders(above: Any) -> list[tuple[UUID, str, UUID, str]]:  # Any: a query of units
    """Who may decide on incidents at one of the units `above`, by which role and where."""
    rows = Grant.objects.in_force().filter(
        role__in=roles_with(AREA, Level.DECIDE), unit__in=above, only_id__isnull=True, person__account__isnull=False,
        person__retired_at__isnull=True,
    )  # fmt: skip
    return list(rows.values_list("person", "role", "unit", "unit__kind"))


class ApprovedByRule:
    """What a clock says of who approves a notice under it."""

    incident: Any  # Any: its columns are declared by the record that takes this
    wording: Any

    @property
    @labelled(_("who approves"))
    def approved_by_role(self) -> str:
        """Whom its rule names to approve a notice, in the reader's language; "" if it names nobody."""
        return said_approval(self.wording.approval) if self.wording else ""

    @cached_property
    def named_approvers(self) -> list[Person]:
        """Whom its rule names to approve, as far as they may; empty if it names nobody, or nobody is it now."""
        return self._deciding(self._approvers.named(self)) if self.approved_by_role else []

    @property
    def approvers(self) -> list[Person]:
        """Who approves a notice under it, by name: whom its rule names, else all who may; whoever drafts it may not."""
        return self.named_approvers or self._deciding(self._approvers.able(self))

    @cached_property
    def _approvers(self) -> Approvers:
        return Approvers([self], moments.now())

    def _deciding(self, people: Collection[UUID]) -> list[Person]:
        found = Person.objects.current().filter(pk__in=people).order_by("name", "pk")
        return [one for one in found if may_on(one, "incidents", Level.DECIDE, self.incident)]
