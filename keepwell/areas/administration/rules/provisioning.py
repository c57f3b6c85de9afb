"""People as an identity provider or an HR system tells them: they come, move, leave and return, each on its day."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.people.ceiling import require_above
from keepwell.platform.people.leaving import has_left, part
from keepwell.platform.people.models import Account, Person, Provision, canonical
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Ancestry, Unit


class Taken(Refused):
    """A name or number that somebody else has."""


@dataclass(frozen=True)
class Told:
    """What a client tells of one person; `number` "" and `unit` None say that it told none."""

    user_name: str
    name: str
    mail: str
    language: str
    number: str
    unit: Unit | None
    is_active: bool
    external_id: str = ""
    given_name: str = ""
    family_name: str = ""
    mail_type: str = "work"
    rest: dict[str, Any] = field(default_factory=dict)


def within_reach(client: Person) -> QuerySet[Unit]:
    """Units whose people `client` may write: at or below its own unit, and where it may edit people."""
    own = Ancestry.objects.filter(ancestor=client.unit_id, until__isnull=True)
    granted = units_granted(client, "people", Level.EDIT)
    return Unit.objects.filter(pk__in=own.values("descendant")).filter(pk__in=granted)


def provisioned(client: Person) -> QuerySet[Person]:
    """The people whom `client` sees and may write: employees and external people within its reach, without
    those it deleted."""
    known = Provision.objects.filter(client=client)
    deleted = known.filter(retired_at__isnull=False).exclude(person__in=known.current().values("person"))
    people = Person.objects.current().filter(unit__in=within_reach(client), erased_at__isnull=True)
    return people.exclude(kind=Person.Kind.MACHINE).exclude(pk__in=deleted.values("person"))


def employ(told: Told, *, client: Person) -> tuple[Person, Provision]:
    """Enter somebody new, or take back whom `client` deleted before; within an act."""
    unit = told.unit or client.unit
    day = moments.today(unit.time_zone)
    person = _deleted(told, client)
    if person is None:
        _see_free(told, None)
        person = Person(number=told.number or f"I-{secrets.token_hex(5)}", employed_from=day, unit_since=day)
        person.unit = unit
    provision = Provision(client=client, person=person)
    _write(person, provision, told, client)
    return person, provision


def _deleted(told: Told, client: Person) -> Person | None:
    """Whom `client` means that it deleted before, by number, else by sign-in name."""
    gone = Person.objects.current().filter(provisioned__client=client, unit__in=within_reach(client))
    gone = gone.exclude(pk__in=provisioned(client).values("pk")).filter(erased_at__isnull=True)
    same = (
        gone.filter(number=told.number)
        if told.number
        else gone.filter(account__sign_in_name=canonical(told.user_name))
    )
    return same.select_related("unit").distinct().first()


def alter(person: Person, provision: Provision | None, told: Told, *, client: Person) -> Provision:
    """Let `person` be as `client` tells; within an act."""
    found = provision or Provision(client=client, person=person)
    _see_free(told, person)
    _write(person, found, told, client)
    return found


def delete(person: Person, provision: Provision | None, *, client: Person) -> None:
    """End access and employment of `person`, who is not seen by `client` from now on; nothing is deleted."""
    found = provision or Provision(client=client, person=person, user_name=person.number)
    _leave(person)
    person.save()
    part([person])
    found.retired_at = moments.now()
    found.save()


def _see_free(told: Told, person: Person | None) -> None:
    """Refuse a sign-in name or number that somebody else has, whether or not the client may see them."""
    others = Account.objects.filter(sign_in_name=canonical(told.user_name))
    if others.exclude(person=person).exists():
        raise Taken(_("Somebody else has the user name “%(name)s”.") % {"name": told.user_name})
    if (
        told.number
        and Person.objects.filter(number=told.number).exclude(pk=person.pk if person else None).exists()
    ):
        raise Taken(_("Somebody else has the employee number “%(number)s”.") % {"number": told.number})


def _write(person: Person, provision: Provision, told: Told, client: Person) -> None:
    """Write person, account and what was told."""
    _keep_ways_in(person, told, client)
    person.name, person.mail, person.language = told.name, told.mail, told.language
    _number(person, provision, told)
    was_here = person._state.adding or is_here(person)
    leaves = was_here and not told.is_active
    if told.unit is not None:
        _place(person, told.unit)
    if told.is_active and not was_here:
        _return(person)
    if leaves:
        _leave(person)
    person.save()
    _account(person, told)
    if leaves:
        part([person])
    provision.person = person
    provision.external_id, provision.user_name = told.external_id, told.user_name
    provision.given_name, provision.family_name = told.given_name, told.family_name
    provision.mail_type, provision.told = told.mail_type, told.rest
    provision.save()


def _number(person: Person, provision: Provision, told: Told) -> None:
    """The number told; one that was told and is told no more gives way to one of ours."""
    if told.number:
        person.number = told.number
    elif provision.told.get("employeeNumber"):
        person.number = f"I-{secrets.token_hex(5)}"


def is_here(person: Person) -> bool:
    """Whether somebody is employed and may sign in: what a client calls active."""
    account = getattr(person, "account", None)
    return not has_left(person) and (account is None or account.is_active)


def _place(person: Person, unit: Unit) -> None:
    """Let `person` be in `unit`, from today where it is if that is a move."""
    if person.unit_id != unit.pk:
        person.unit, person.unit_since = unit, max(moments.today(unit.time_zone), person.employed_from)


def _leave(person: Person) -> None:
    """The last day is today where the person's unit is; whoever left before keeps theirs."""
    today = moments.today(person.unit.time_zone)
    if person.employed_until is None or person.employed_until > today:
        person.employed_until = max(today, person.unit_since)


def _return(person: Person) -> None:
    """Whoever left before today begins anew today; whoever left today simply stays."""
    today: date = moments.today(person.unit.time_zone)
    if person.employed_until is not None and person.employed_until < today:
        person.employed_from = person.unit_since = today
    person.employed_until = None


def _keep_ways_in(person: Person, told: Told, client: Person) -> None:
    """Of whoever may more than the client, it changes no way in: sign-in name, mail address, number."""
    if person._state.adding:
        return
    account = getattr(person, "account", None)
    is_renamed = account is not None and account.sign_in_name != canonical(told.user_name)
    if not is_renamed and person.mail == told.mail and told.number in ("", person.number):
        return
    try:
        require_above(client, person)
    except PermissionDenied as beyond:
        raise PermissionDenied(
            _(
                "%(person)s holds more than this service account; an administrator changes user name, mail and number."
            )
            % {"person": person}
        ) from beyond


def _account(person: Person, told: Told) -> None:
    """The way to sign in by the identity provider: no usable password."""
    account = getattr(person, "account", None) or Account(person=person)
    if account._state.adding:
        account.set_unusable_password()
    account.sign_in_name, account.is_active = canonical(told.user_name), told.is_active
    account.save()
