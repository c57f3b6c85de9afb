"""Who is meant, and who acts, where a command names somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keepwell.config import env

if TYPE_CHECKING:
    from keepwell.platform.people.models import Person


def person(name: str) -> Person:
    """Who is meant by a sign-in name, an employee number or a mail address."""
    from django.db.models import Q

    from keepwell.platform.people.models import Person, canonical

    current = Person.objects.current()
    found = current.filter(account__sign_in_name=canonical(name)) or current.filter(
        Q(number=name) | Q(mail__iexact=name)
    )
    if len(found[:2]) != 1:
        many = "More than one person is" if found else "Nobody is"
        env.stop(f'{many} known by the sign-in name, number or mail "{name}".')
    return found[0]


def doer(name: str | None) -> Person:
    """Who acts: the person named, else the sole administrator."""
    from django.db.models import Q

    from keepwell.kernel import moments
    from keepwell.platform.people.models import Grant, Person

    if name:
        return person(name)
    day = moments.today()
    grants = Grant.objects.current().filter(
        Q(until=None) | Q(until__gte=day), role="administrator", since__lte=day
    )
    found = list(Person.objects.current().filter(pk__in=grants.values("person"))[:2])
    if len(found) != 1:
        env.stop("There is not exactly one administrator; say who does it with --as PERSON.")
    return found[0]
