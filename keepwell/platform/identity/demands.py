"""What the roles of a person demand of how they sign in."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from keepwell.platform.identity.sso.providers import Vouched
from keepwell.platform.people.models import Account, Person
from keepwell.platform.people.permissions import grants_in_force

IDLE, IDLE_OF_PRIVILEGED = timedelta(minutes=30), timedelta(minutes=15)


def is_privileged(person: Person) -> bool:
    """Whether `person` holds, anywhere, one of the roles of KEEPWELL_MFA_ROLES."""
    return grants_in_force(person).filter(role__in=settings.KEEPWELL_MFA_ROLES).exists()


def must_enrol(account: Account) -> bool:
    """Whether `account` must have a second factor: by its roles; not in the demo, and not the break-glass one."""
    if settings.KEEPWELL_DEMO or account.is_break_glass:
        return False
    return is_privileged(account.person)


def must_show_more(account: Account, vouched: Vouched) -> bool:
    """Whether the word of another house is too little: it is to be asked for more always, or a role of the person
    demands a second factor and the house does not say that it asked for one."""
    return vouched.provider.asks_second_factor or (must_enrol(account) and not vouched.shows_second_factor)


def idle_seconds(person: Person) -> float:
    """How long a session of `person` may be left alone."""
    return (IDLE_OF_PRIVILEGED if is_privileged(person) else IDLE).total_seconds()
