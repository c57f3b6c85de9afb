"""The first day of an installation: the group, its first administrator, and ways to sign in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_noop

from keepwell.areas.frameworks.rules import library
from keepwell.areas.incidents.rules.duties import enter_rules
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.history.noting import note
from keepwell.platform.identity import links
from keepwell.platform.identity.changed import OPENED, tell_changed
from keepwell.platform.people.models import Account, Grant, Person, canonical
from keepwell.platform.people.roles import ROLES
from keepwell.platform.tree.models import Unit

OPERATOR = Machine(gettext_noop("the operator"))


@dataclass(frozen=True)
class Founding:
    """What must be known before anything can be entered; `since` is the first day of group and person."""

    code: str
    name: str
    country: str
    time_zone: str
    number: str
    administrator: str
    mail: str
    since: date


def found(answers: Founding) -> Person:
    """Enter the group, its first administrator, and the frameworks and rules of notification that are shipped;
    refused where there is a group already."""
    if Unit.objects.exists():
        raise Refused("There is a group here already; an administrator enters people and grants.")
    with acting(OPERATOR, "group.found"), transaction.atomic():
        group = Unit(
            code=answers.code,
            name=answers.name,
            kind=Unit.Kind.GROUP,
            country=answers.country,
            time_zone=answers.time_zone,
            active_from=answers.since,
        )
        keep(group)
        first = Person(
            number=answers.number,
            name=answers.administrator,
            mail=answers.mail,
            unit=group,
            unit_since=answers.since,
            employed_from=answers.since,
        )
        keep(first)
        keep(Grant(person=first, role="administrator", unit=group, since=min(answers.since, moments.today())))
        library.load()
        enter_rules()
    return first


def give(person: Person, role: str, unit: Unit, *, until: date | None, reason: str) -> Grant:
    """Let `person` hold `role` at `unit` from today by the operator's word, which stands for the second person.

    What somebody proposed of the same is approved by it. For the founding, and where only one administers.
    """
    if role not in ROLES:
        raise Refused(f'No role is called "{role}"; there are {", ".join(ROLES)}.')
    with acting(OPERATOR, "grant.give", reason=reason), transaction.atomic():
        same = Grant.objects.current().filter(person=person, role=role, unit=unit, only_id=None, rule=None)
        proposed = same.filter(standing=Grant.Standing.PROPOSED).order_by("-proposed_on", "pk").first()
        found = proposed or Grant(person=person, role=role, unit=unit, since=moments.today(unit.time_zone))
        found.standing, found.until = Grant.Standing.GIVEN, until or found.until
        keep(found)
    return found


def keep(record: models.Model) -> None:
    """Save what fits; what does not is refused with every reason."""
    try:
        record.full_clean()
    except ValidationError as error:
        reasons = [f"{name}: {' '.join(told)}" for name, told in error.message_dict.items()]
        raise Refused("; ".join(reasons)) from error
    record.save()


def open_account(person: Person, sign_in_name: str, *, is_break_glass: bool = False) -> str:
    """Let `person` sign in as `sign_in_name`; returns a link by which they set their password, once within 24 hours.

    Somebody who has an account loses the old password and name; their sessions end. For a break-glass account it
    returns a password, which is kept nowhere and does not lapse: it lies in a safe until the day on which nothing
    else opens, and each use of it is an alarm.
    """
    if person.kind == Person.Kind.MACHINE:
        raise Refused("A service account acts by tokens; nobody signs in as it.")
    if not canonical(sign_in_name):
        raise Refused("A sign-in name has at least one letter.")
    if Account.objects.filter(sign_in_name=canonical(sign_in_name)).exclude(person=person).exists():
        raise Refused(f'Somebody else signs in as "{canonical(sign_in_name)}".')
    account = Account.objects.filter(person=person).first() or Account(person=person)
    account.sign_in_name, account.is_active = canonical(sign_in_name), True
    account.is_break_glass = is_break_glass
    password = secrets.token_urlsafe(18) if is_break_glass else None
    account.set_password(password)
    with transaction.atomic():
        account.save()
        note(OPERATOR, "account.open", kind="event", record=person, is_break_glass=is_break_glass)
        tell_changed(person, OPENED, name=account.sign_in_name)
        return password or links.make(account, lasts=links.GIVEN, by=None)
