"""Rules by which belonging to a group of an identity provider gives a role."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.areas.administration.rules.proposing import approve_as_second, propose_if_weighty, turn_down
from keepwell.platform.acts.act import act
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.people.ceiling import require_below
from keepwell.platform.people.groups import follow_rules, members_of
from keepwell.platform.people.models import GroupRule, Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards

GIVING = ("source", "group", "role", "unit_id")


@guards(GroupRule)
def keep_rule_below_ceiling(rule: GroupRule, by: Person) -> None:
    """Nobody lets a group have more than they hold at that unit themselves; what decides or administers for
    the whole group waits for a second person. Members get their grants in a moment, by a job."""
    require_below(by, rule.role, rule.unit)
    if rule._state.adding or any(rule._loaded[name] != getattr(rule, name) for name in GIVING):
        rule.proposed_by = by
        propose_if_weighty(rule, by)
    enqueue("administration.follow_rules")


@act(
    Level.ADMINISTER,
    label=_("Approve"),
    offered=lambda rule: rule.is_waiting,
    explains=_("Whoever belongs to the group holds the role from now on, by the word of two persons."),
)
def approve(rule: GroupRule, *, by: Person, reason: str) -> None:
    """Be the second person of a rule that weighs on the whole group."""
    approve_as_second(rule, by)
    follow_rules(members_of(rule))


@act(
    Level.ADMINISTER,
    label=_("Reject"),
    offered=lambda rule: rule.is_proposed and rule.retired_at is None,
    explains=_("The rule never gives a right; it can be proposed anew."),
)
def reject(rule: GroupRule, *, by: Person, reason: str) -> None:
    """Turn a proposed rule down, or take one's own proposal back."""
    turn_down(rule, reason)


@act(
    Level.ADMINISTER,
    label=_("End"),
    offered=lambda rule: not rule.is_proposed and rule.retired_at is None,
    explains=_("Whoever holds the role by this rule loses it at once."),
)
def end(rule: GroupRule, *, by: Person, reason: str) -> None:
    """Let a group give the role no more."""
    rule.retire(reason)
    rule.save()
    follow_rules(members_of(rule))
