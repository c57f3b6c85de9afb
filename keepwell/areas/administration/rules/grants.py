"""Who may give and end rights."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.administration.rules.proposing import approve_as_second, propose_if_weighty, turn_down
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.ceiling import require_below
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import grants_giving, grants_in_force
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.records.guards import guards
from keepwell.platform.tree.models import Unit

LONGEST = timedelta(days=366)


@guards(Grant)
def keep_below_ceiling(grant: Grant, by: Person) -> None:
    """Nobody gives more than they hold at that unit, and nobody gives to themselves; only who administers it
    alone may prolong what they hold there, so that nobody is locked out. What decides or administers for the
    whole group waits for a second person."""
    if grant.rule_id:
        raise Refused(gettext("This grant follows from a group rule; change the rule."))
    if grant.only_id:
        _see_one(grant)
    keeps = grant.person_id == by.pk and not grant.only_id and _keeps(grant, by)
    if grant.person_id == by.pk and not keeps:
        raise PermissionDenied(
            gettext("Nobody grants a role to themselves; ask somebody else who administers %(unit)s.")
            % {"unit": grant.unit}
        )
    require_below(by, grant.role, grant.unit)
    if not grant._state.adding:
        _see_no_end(grant)
    if not keeps and not _only_shortens(grant):
        propose_if_weighty(grant, by)


def _see_one(grant: Grant) -> None:
    """Refuse a right on one record that has no end, or would be moved to another unit than the record's."""
    today = moments.today(grant.unit.time_zone)
    if grant.until is None or not today <= grant.until <= today + LONGEST:
        raise Refused(
            gettext("A right on one record ends on a day from today to %(last)s.")
            % {"last": (today + LONGEST).isoformat()}
        )
    if not grant._state.adding and grant._loaded["unit_id"] != grant.unit_id:
        raise Refused(gettext("A right on one record stays where the record lies."))


def _keeps(grant: Grant, by: Person) -> bool:
    """Whether `by`, the only one who administers the unit, holds just this role there already."""
    same = grants_in_force(by).filter(role=grant.role, unit=grant.unit, only_id__isnull=True)
    return same.exists() and not _administering(grant.unit).exclude(person=by).exists()


def _only_shortens(grant: Grant) -> bool:
    """Whether what is about to be written takes days from a grant and changes nothing else."""
    if grant._state.adding or grant.is_proposed:
        return False
    loaded, now = grant._loaded, grant.values()
    until = loaded["until"]
    others = {name for name in now if now[name] != loaded[name]} - {"until"}
    return not others and grant.until is not None and (until is None or grant.until <= until)


def _administering(unit: Unit) -> QuerySet[Grant]:
    return grants_giving("administration", Level.ADMINISTER, unit)


def _see_no_end(grant: Grant) -> None:
    """Refuse what is about to be written of `grant` if nobody else administers its unit as long as it did."""
    before = Grant.objects.select_related("unit").get(pk=grant.pk)
    same = (before.person_id, before.role, before.unit_id) == (grant.person_id, grant.role, grant.unit_id)
    starts_later = grant.since > max(before.since, moments.today(before.unit.time_zone))
    is_kept = same and not starts_later and (grant.until is None or before.until == grant.until)
    if not is_kept:
        keep_administered(before)


def keep_administered(grant: Grant) -> None:
    """Refuse to end or shorten `grant` if by it somebody administers a unit that nobody else does as long."""
    administers = ROLES[grant.role].allows("administration", Level.ADMINISTER) and not grant.only_id
    if grant.is_proposed or not administers:
        return
    others = _administering(grant.unit).exclude(person=grant.person_id)
    if grant.until is None:
        lasting = others.filter(until__isnull=True, person__employed_until__isnull=True)
    else:
        stays = Q(person__employed_until__isnull=True) | Q(person__employed_until__gte=grant.until)
        lasting = others.filter(stays, Q(until__isnull=True) | Q(until__gte=grant.until))
    if not lasting.exists():
        raise Refused(
            gettext("Nobody else administers %(unit)s as long; grant the role to somebody first.")
            % {"unit": grant.unit}
        )


@act(
    Level.ADMINISTER,
    label=_("End"),
    offered=lambda grant: grant.is_in_force and not grant.rule_id,
    explains=_("The right holds up to and with that day; it cannot be prolonged, only granted anew."),
)
def end(grant: Grant, *, by: Person, on: date, reason: str) -> None:
    """Let a grant end on a day."""
    if on < grant.since:
        raise Refused(gettext("A grant cannot end before it begins."))
    if grant.until and on > grant.until:
        raise Refused(gettext("The grant ends on %(day)s already.") % {"day": grant.until.isoformat()})
    keep_administered(grant)
    grant.until = on
    grant.save()


@act(
    Level.ADMINISTER,
    label=_("Take back"),
    offered=lambda grant: grant.is_in_force and not grant.rule_id,
    explains=_("The right is gone at once, also for what waits in the background."),
)
def take_back(grant: Grant, *, by: Person, reason: str) -> None:
    """Take a right back now."""
    keep_administered(grant)
    grant.retire(reason)
    grant.save()


@act(
    Level.ADMINISTER,
    label=_("Approve"),
    offered=lambda grant: grant.is_waiting,
    explains=_("The grant gives its rights from now on, by the word of two persons."),
)
def approve(grant: Grant, *, by: Person, reason: str) -> None:
    """Be the second person of a grant that weighs on the whole group."""
    approve_as_second(grant, by)


@act(
    Level.ADMINISTER,
    label=_("Reject"),
    offered=lambda grant: grant.is_proposed and grant.retired_at is None,
    explains=_("The grant never gives a right; it can be proposed anew."),
)
def reject(grant: Grant, *, by: Person, reason: str) -> None:
    """Turn a proposed grant down, or take one's own proposal back."""
    turn_down(grant, reason)
