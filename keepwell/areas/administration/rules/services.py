"""Service accounts: machines with an owner, a purpose and narrow tokens; nobody acts as somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.administration.rules.grants import keep_below_ceiling
from keepwell.areas.administration.rules.outside import see_responsible
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import acting
from keepwell.platform.history.noting import note
from keepwell.platform.people import tokens
from keepwell.platform.people.ceiling import require_above
from keepwell.platform.people.leaving import has_left, part
from keepwell.platform.people.models import Grant, Person, Service, Token
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit


@dataclass(frozen=True)
class Wanted:
    """A service account to be: its number, name, purpose, unit, role there, and who answers for it."""

    number: str
    name: str
    purpose: str
    unit: Unit
    owner: Person
    role: str


def employ_machine(wanted: Wanted, *, by: Person) -> Service:
    """Enter a service account with one role at its unit; further roles are grants like others."""
    require(by, "administration", Level.ADMINISTER, wanted.unit)
    see_responsible(wanted.owner)
    if not wanted.purpose.strip():
        raise Refused(gettext("Say what the service account is for."))
    today = moments.today(wanted.unit.time_zone)
    with transaction.atomic(), acting(by, "service.create", purpose=wanted.purpose):
        service = Service(
            number=wanted.number, name=wanted.name, unit=wanted.unit, unit_since=today, employed_from=today,
            kind=Person.Kind.MACHINE, responsible=wanted.owner, purpose=wanted.purpose,
        )  # fmt: skip
        service.save()
        found = Grant(person_id=service.pk, role=wanted.role, unit=wanted.unit, since=today)
        keep_below_ceiling(found, by)
        found.save()
    return service


def issue_token(service: Service, *, by: Person, days: int, label: str, less: tokens.Narrowness,
                may_export: bool = False) -> str:  # fmt: skip
    """A new token of `service`, seen this once; who makes it gains nothing by it.

    Raises PermissionDenied where the service account holds more than `by`.
    """
    require(by, "administration", Level.ADMINISTER, service.unit)
    if by.kind == Person.Kind.MACHINE:
        raise PermissionDenied(gettext("People make tokens of service accounts, machines do not."))
    require_above(by, service)
    if has_left(service):
        raise Refused(gettext("This service account was ended."))
    with transaction.atomic():
        secret = tokens.issue(service, days=days, label=label, may_export=may_export, less=less, made_by=by)
        note(by, "token.issue", kind="event", record=service, label=label, days=days, scopes=less.scopes,
             read_only=less.read_only, sources=less.sources)  # fmt: skip
    return secret


def revoke_token(service: Service, token: Token, *, by: Person) -> None:
    """End a token of `service` at once."""
    require(by, "administration", Level.ADMINISTER, service.unit)
    with transaction.atomic():
        tokens.revoke(token)
        note(by, "token.revoke", kind="event", record=service, label=token.label)


@act(
    Level.ADMINISTER,
    label=_("Hand over"),
    explains=_("That person answers for the service account from now on."),
)
def hand_over(service: Service, *, by: Person, to: Person, reason: str) -> None:
    """Let somebody else answer for a service account."""
    see_responsible(to)
    service.responsible = to
    service.save()


@act(
    Level.ADMINISTER,
    label=_("End"),
    offered=lambda service: not has_left(service),
    explains=_("Its tokens open nothing from this moment on, and its rights end."),
)
def end(service: Service, *, by: Person, reason: str) -> None:
    """End a service account now."""
    today: date = moments.today(service.unit.time_zone)
    service.employed_until = max(today, service.unit_since)
    service.save()
    part([service])
