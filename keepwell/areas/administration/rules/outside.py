"""External people: invited for a time by somebody who answers for them, and gone by themselves."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.administration.rules.grants import keep_administered, keep_below_ceiling
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import acting
from keepwell.platform.people.ceiling import needs_second
from keepwell.platform.people.leaving import has_left, part
from keepwell.platform.people.models import Account, Grant, Outsider, Person, canonical
from keepwell.platform.people.permissions import grants_in_force, may, require
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Invitation:
    """Who is invited, from where, as what, at which units, until which day, and who answers for them.

    `number` is the one by which the house knows them already; "" makes a new one.
    """

    name: str
    mail: str
    organization: str
    units: tuple[Unit, ...]
    role: str
    until: date
    sponsor: Person
    language: str = "en"
    number: str = ""


def invite(told: Invitation, *, by: Person, reason: str) -> Outsider:
    """Enter an external person with a way to sign in, and what they may do until the last day, no longer."""
    if not told.units:
        raise Refused(gettext("Say at which unit the person will work."))
    home = told.units[0]
    for unit in told.units:
        require(by, "administration", Level.ADMINISTER, unit)
    today = moments.today(home.time_zone)
    _see_until(told.until, today)
    see_responsible(told.sponsor)
    if Account.objects.filter(sign_in_name=canonical(told.mail)).exists():
        raise Refused(gettext("Somebody signs in as %(mail)s already.") % {"mail": told.mail})
    with transaction.atomic(), acting(by, "person.invite", reason=reason, until=told.until, role=told.role):
        person = Outsider(
            number=told.number or f"X-{secrets.token_hex(5)}", name=told.name, mail=told.mail, unit=home, unit_since=today,
            employed_from=today, employed_until=told.until, kind=Person.Kind.EXTERNAL, language=told.language,
            organization=told.organization, responsible=told.sponsor,
        )  # fmt: skip
        person.save()
        account = Account(sign_in_name=canonical(told.mail), person_id=person.pk)
        account.set_unusable_password()
        account.save()
        for unit in told.units:
            _give(person, told.role, unit, told.until, by)
    return person


def _give(person: Person, role: str, unit: Unit, until: date, by: Person) -> None:
    found = Grant(person_id=person.pk, role=role, unit=unit, since=moments.today(unit.time_zone), until=until)
    keep_below_ceiling(found, by)
    found.save()


def call_in(
    person: Outsider, units: tuple[Unit, ...], *, by: Person, role: str, until: date, reason: str
) -> int:
    """Let an external person who is here work in `role` at more units until a day of the stay, all of them or none;
    returns at how many. Where they hold that role already, nothing changes."""
    for unit in units:
        require(by, "administration", Level.ADMINISTER, unit)
    if has_left(person):
        raise Refused(gettext("The stay is over; invite the person anew."))
    _see_until(until, moments.today(person.unit.time_zone))
    if person.employed_until is not None and until > person.employed_until:
        raise Refused(
            gettext("The stay lasts until %(day)s; extend it first.")
            % {"day": person.employed_until.isoformat()}
        )
    held = set(grants_in_force(person).filter(role=role, only_id__isnull=True).values_list("unit", flat=True))
    wanted = [unit for unit in units if unit.pk not in held]
    if not wanted:
        raise Refused(gettext("The person works there in that role already."))
    with transaction.atomic(), acting(by, "person.call_in", reason=reason, until=until, role=role):
        for unit in wanted:
            _give(person, role, unit, until, by)
    return len(wanted)


def _see_until(until: date, today: date) -> None:
    if not today <= until <= today + LONGEST:
        raise Refused(
            gettext("An external person stays until a day from today to %(last)s.")
            % {"last": (today + LONGEST).isoformat()}
        )


def see_responsible(sponsor: Person) -> None:
    if sponsor.kind != Person.Kind.EMPLOYEE or has_left(sponsor):
        raise Refused(gettext("An employee who is still here answers for external people and machines."))


def may_extend(by: Person, person: Person) -> bool:
    """Whether `by` answers for `person`, or runs the platform where they work."""
    return (person.responsible_id == by.pk and not has_left(by)) or may(
        by, "administration", Level.ADMINISTER, person.unit
    )


def extend(person: Outsider, *, by: Person, until: date, reason: str) -> None:
    """Let an external person stay longer, by the word of who answers for them or who runs the platform there;
    grants that ended with the stay end with it again, but for those that need two persons."""
    if by.pk == person.pk or not may_extend(by, person):
        raise PermissionDenied(
            gettext("Who answers for the person extends the stay, or who runs the platform there.")
        )
    if has_left(person):
        raise Refused(gettext("The stay is over; invite the person anew."))
    _see_until(until, moments.today(person.unit.time_zone))
    former = person.employed_until
    if former is not None and until <= former:
        raise Refused(gettext("The stay lasts until %(day)s already.") % {"day": former.isoformat()})
    with transaction.atomic(), acting(by, "person.extend", reason=reason, until=until):
        person.employed_until = until
        person.save()
        _prolong(person, former)


def _prolong(person: Outsider, former: date | None) -> None:
    """Let grants that ended on the `former` last day end on the present one."""
    for grant in Grant.objects.current().filter(
        person_id=person.pk, until=former, standing="given", rule=None
    ):
        if not needs_second(grant.role, grant.unit):
            grant.until = person.employed_until
            grant.save()


@act(
    Level.ADMINISTER,
    label=_("Hand over"),
    explains=_("That person answers for it from now on, and is told before it ends."),
)
def hand_over(person: Outsider, *, by: Person, to: Person, reason: str) -> None:
    """Let somebody else answer for an external person."""
    see_responsible(to)
    person.responsible = to
    person.save()


@act(
    Level.ADMINISTER,
    label=_("End"),
    offered=lambda person: not has_left(person),
    explains=_("The person may do nothing from this moment on: rights, sessions and tokens end at once."),
)
def dismiss(person: Outsider, *, by: Person, reason: str) -> None:
    """End the stay of an external person now."""
    keep_what_they_administer(person)
    today = moments.today(person.unit.time_zone)
    person.employed_until = max(min(person.employed_until or today, today), person.unit_since)
    person.save()
    part([person])


def keep_what_they_administer(person: Person) -> None:
    """Refuse to let somebody go who is the last to administer a unit."""
    for grant in grants_in_force(person).select_related("unit"):
        keep_administered(grant)
