"""What may be decided about a certificate, and who must look after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assurance.models import ENDING_SOON, Certificate
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.todo import Todo, owed

SHORTEST_REASON = 10


def _in_force(certificate: Certificate) -> bool:
    return certificate.status == Certificate.Status.ACTIVE and certificate.retired_at is None


def _not_ahead(certificate: Certificate, on: date) -> None:
    if on > moments.today(certificate.unit.time_zone):
        raise Refused(_t("The day lies ahead; record it when it has come."))
    if certificate.issued_on and on < certificate.issued_on:
        raise Refused(_t("The day lies before the certificate was issued."))


@act(Level.EDIT, label=_("Withdraw"), offered=lambda c: c.status in ("active", "suspended") and c.retired_at is None,
     explains=_("From that day the certificate counts no more."))  # fmt: skip
def withdraw(certificate: Certificate, *, by: Person, on: date, reason: str) -> None:
    """Record that the body withdrew the certificate."""
    _not_ahead(certificate, on)
    certificate.status, certificate.withdrawn_on = Certificate.Status.WITHDRAWN, on
    certificate.save()


@act(Level.EDIT, label=_("Suspend"), offered=_in_force, explains=_("From that day the certificate does not count until it is resumed."))
def suspend(certificate: Certificate, *, by: Person, on: date, reason: str) -> None:
    """Record that the body suspended the certificate."""
    _not_ahead(certificate, on)
    certificate.status, certificate.suspended_on = Certificate.Status.SUSPENDED, on
    certificate.save()


@act(Level.EDIT, label=_("Resume"), offered=lambda c: c.status == Certificate.Status.SUSPENDED,
     explains=_("The certificate counts again, as if it had not been suspended."))  # fmt: skip
def resume(certificate: Certificate, *, by: Person, reason: str) -> None:
    """Record that the body lifted the suspension."""
    certificate.status, certificate.suspended_on = Certificate.Status.ACTIVE, None
    certificate.save()


@act(Level.DECIDE, label=_("Retire"), offered=lambda c: c.retired_at is None,
     explains=_("The record was a mistake: it leaves lists and figures; its history stays."))  # fmt: skip
def retire(certificate: Certificate, *, by: Person, reason: str) -> None:
    """Take a mistaken record out of lists and figures."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused(_t("Write at least one sentence; it stays in the history."))
    certificate.retired_at, certificate.retired_reason = moments.now(), reason.strip()[:300]
    certificate.save()


@owed("assurance.ending")
def ending(person: Person, day: date) -> Iterator[Todo]:
    """Certificates that end within 90 days, for those who may renew them."""
    rows = Certificate.objects.visible_to(person, Level.EDIT).ending(day, ENDING_SOON).select_related("standard", "unit")
    for certificate in rows.order_by("valid_until", "pk")[:20]:
        yield Todo(
            act=_t("Renew %(standard)s, %(number)s") % {"standard": certificate.standard, "number": certificate.number},
            url=reverse("certificates-record", args=[certificate.pk]), due_on=certificate.valid_until,
            context=f"{certificate.unit}, {certificate.scope_here}",
        )  # fmt: skip
