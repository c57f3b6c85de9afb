"""What groups of an identity provider say of a person, and the grants that follow by rule."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.kernel import moments
from keepwell.platform.history import bulk
from keepwell.platform.history.acting import Machine, Refused, acting
from keepwell.platform.people.models import Grant, Group, GroupRule, Membership, Person
from keepwell.platform.tree.models import Unit

MOST_GROUPS = 500


def groups_said(person: Person, groups: Iterable[str], source: str) -> None:
    """Let `person` belong, at the identity provider `source`, to `groups` and to no other group of it.

    Grants that rules give to members begin and end with it, at once. For providers that tell a person's
    groups at each sign-in; the act is the provider's, not the person's.
    """
    names = {name.strip()[:200] for name in groups if name.strip()}
    if len(names) > MOST_GROUPS:
        raise Refused(_("A person belongs to %(most)d groups at most.") % {"most": MOST_GROUPS})
    with transaction.atomic(), acting(Machine(source), "groups.say"):
        held = (
            Membership.objects.current().filter(person=person, group__source=source).select_related("group")
        )
        ended = [m for m in held if m.group.name not in names]
        fresh = _groups(source, names - {m.group.name for m in held})
        end_memberships(ended)
        begin_memberships([(group, person) for group in fresh])
        follow_rules([person.pk])


def _groups(source: str, names: set[str]) -> list[Group]:
    """The groups of `source` with these names; those not known yet are entered."""
    known = list(Group.objects.current().filter(source=source, name__in=names))
    missing = sorted(names - {group.name for group in known})
    home = Unit.objects.get(kind=Unit.Kind.GROUP) if missing else None
    entered = [Group(source=source, name=name, unit=home) for name in missing]
    for group in entered:
        group.save()
    return known + entered


def begin_memberships(pairs: Iterable[tuple[Group, Person]]) -> None:
    """Let each person belong to the group beside them; none of them does yet."""
    bulk.create_all([Membership(group=group, person=person) for group, person in pairs])


def end_memberships(memberships: list[Membership]) -> None:
    """Let these end now."""
    for membership in memberships:
        membership.retired_at = moments.now()
    bulk.update_all(memberships)


def follow_rules(people: Iterable[UUID]) -> int:
    """Give to `people` (by id) what rules give to the groups they belong to, and end what none gives any more.

    Whoever wrote or approved a rule gets nothing by it. Returns how many grants began or ended.
    """
    named = list(people)
    wanted = {(person, rule.pk): rule for person, rule in _following(named)}
    held = Grant.objects.current().filter(person__in=named, rule__isnull=False).select_related("rule", "unit")
    kept, ended = set(), []
    for grant in held:
        rule = wanted.get((grant.person_id, grant.rule_id))
        if rule and (rule.role, rule.unit_id) == (grant.role, grant.unit_id):
            kept.add((grant.person_id, rule.pk))
        else:
            grant.retire(_("The group no longer gives it."))
            ended.append(grant)
    fresh = [
        Grant(
            person_id=person,
            role=rule.role,
            unit=rule.unit,
            rule=rule,
            since=moments.today(rule.unit.time_zone),
        )
        for (person, _rule), rule in wanted.items()
        if (person, rule.pk) not in kept
    ]
    bulk.update_all(ended)
    bulk.create_all(_with_people(fresh))
    Grant.settle(fresh, ended)
    return len(ended) + len(fresh)


def _with_people(grants: list[Grant]) -> list[Grant]:
    """`grants` with their persons fetched in one query."""
    people = Person.objects.in_bulk({grant.person_id for grant in grants})
    for grant in grants:
        grant.person = people[grant.person_id]
    return grants


def _following(people: list[UUID]) -> Iterable[tuple[UUID, GroupRule]]:
    """Each of `people` with each rule that gives them something now."""
    members = Membership.objects.current().filter(person__in=people, group__retired_at__isnull=True)
    belongs = list(members.values_list("person_id", "group__source", "group__name"))
    rules = GroupRule.objects.current().filter(
        standing=GroupRule.Standing.GIVEN,
        source__in={source for _person, source, _name in belongs},
        group__in={name for _person, _source, name in belongs},
    )
    for rule in rules.select_related("unit"):
        for person, source, name in belongs:
            is_author = person in (rule.proposed_by_id, rule.approved_by_id)
            if (rule.source, rule.group) == (source, name) and not is_author:
                yield person, rule


def members_of(rule: GroupRule) -> list[UUID]:
    """Whom a rule concerns: members of its group, and those who hold something by it."""
    members = Membership.objects.current().filter(group__source=rule.source, group__name=rule.group)
    holding = Grant.objects.current().filter(rule=rule)
    return list(
        members.values_list("person_id", flat=True).union(holding.values_list("person_id", flat=True))
    )
