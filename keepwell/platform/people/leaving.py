"""What ends when somebody leaves: the account, tokens, grants and memberships, by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.kernel import moments
from keepwell.platform.history import bulk
from keepwell.platform.people.groups import end_memberships
from keepwell.platform.people.models import Account, Grant, Membership, Person, Token
from keepwell.platform.tree.days import day_at

AT_ONCE = 500


def has_left(person: Person) -> bool:
    """Whether the last day is over where the person's unit is, or the record was retired."""
    last = person.employed_until
    gone = last is not None and last < moments.today(person.unit.time_zone)
    return gone or person.retired_at is not None


def leavers() -> QuerySet[Person]:
    """People whose last day is over and who still hold something."""
    mine = {"person": OuterRef("pk")}
    holding = (
        Exists(
            Grant.objects.current().filter(
                Q(until__isnull=True) | Q(until__gt=OuterRef("employed_until")), **mine
            )
        )
        | Exists(Membership.objects.current().filter(**mine))
        | Exists(Account.objects.filter(is_active=True, **mine))
        | Exists(Token.objects.filter(revoked_at__isnull=True, expires_at__gt=timezone.now(), **mine))
    )
    return Person.objects.filter(holding, employed_until__lt=day_at("unit")).order_by("pk")


def part(people: Iterable[Person]) -> int:
    """End everything that `people`, who have left, may still do; within an act. Returns how many grants ended.

    A grant ends with the last day that is over; whoever leaves today loses theirs at once.
    """
    gone = {person.pk: person for person in people}
    with transaction.atomic():
        Account.objects.filter(person__in=gone).update(is_active=False)
        Token.objects.filter(person__in=gone, revoked_at__isnull=True).update(revoked_at=timezone.now())
        end_memberships(list(Membership.objects.current().filter(person__in=gone).select_related("group")))
        ended = []
        for grant in Grant.objects.current().filter(person__in=gone).select_related("unit"):
            last = gone[grant.person_id].employed_until or date.min
            if grant.until is not None and grant.until <= last < moments.today(grant.unit.time_zone):
                continue
            at_once = last >= moments.today(grant.unit.time_zone)
            if at_once or grant.since > last or grant.is_proposed or grant.rule_id:
                grant.retire(_("The person has left."))
            else:
                grant.until = last
            ended.append(grant)
        Account.end_sessions(gone)
        return bulk.update_all(ended)
