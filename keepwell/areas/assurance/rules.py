"""What may be decided about a certificate, and who must look after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assurance.models import ENDING_SOON, Certificate, Suspension
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.duties import Duty, Matter, owed
from keepwell.platform.todos.owing import owe, settled

AUDIT = gettext_noop("Hold the surveillance audit of %(record)s and record its day")
AUDIT_AHEAD, AUDIT_NEAR = timedelta(days=60), timedelta(days=120)
AUDITED_BY = "secretariat"
CALENDAR = Machine(gettext_noop("the calendar of audits"))


def is_in_force(certificate: Certificate) -> bool:
    """Whether the body stands by it: active, and no mistake."""
    return certificate.status == Certificate.Status.ACTIVE and certificate.retired_at is None


def is_suspended(certificate: Certificate) -> bool:
    """Whether a suspension is open."""
    return certificate.status == Certificate.Status.SUSPENDED and certificate.retired_at is None


def was_issued(certificate: Certificate) -> bool:
    """Whether there is something to withdraw."""
    return is_in_force(certificate) or is_suspended(certificate)


@act(
    Level.EDIT,
    for_many=True,
    label=_("Withdraw"),
    offered=was_issued,
    explains=_("From that day on the certificate counts no more; figures of earlier days stay."),
)
def withdraw(certificate: Certificate, *, by: Person, on: date, reason: str) -> None:
    """Record that the body withdrew the certificate; `on` is the first day on which it does not count."""
    _has_come(certificate, on)
    certificate.status, certificate.withdrawn_on = Certificate.Status.WITHDRAWN, on
    certificate.save()
    settled(certificate)


@act(
    Level.EDIT,
    for_many=True,
    label=_("Suspend"),
    offered=is_in_force,
    explains=_("From that day on the certificate does not count until it is resumed."),
)
def suspend(certificate: Certificate, *, by: Person, on: date, reason: str) -> None:
    """Record that the body suspended the certificate; `on` is the first day on which it does not count."""
    _has_come(certificate, on)
    if certificate.is_suspended_on(on):
        raise Refused(gettext("The certificate was suspended on that day already."))
    Suspension(certificate=certificate, since=on).save()
    certificate.status = Certificate.Status.SUSPENDED
    certificate.save()


@act(
    Level.EDIT,
    for_many=True,
    label=_("Resume"),
    offered=is_suspended,
    explains=_(
        "From that day on the certificate counts again; the days of its suspension stay as they were."
    ),
)
def resume(certificate: Certificate, *, by: Person, on: date, reason: str) -> None:
    """Record that the body lifted the suspension; `on` is the first day on which it counts again."""
    _has_come(certificate, on)
    suspension = certificate.suspensions.get(until__isnull=True)
    if on <= suspension.since:
        raise Refused(
            gettext("The suspension began on %(day)s; it can be lifted from the day after.")
            % {"day": suspension.since.isoformat()}
        )
    suspension.until = on - timedelta(days=1)
    suspension.save()
    certificate.status = Certificate.Status.ACTIVE
    certificate.save()


@act(
    Level.DECIDE,
    for_many=True,
    label=pgettext_lazy("certificates", "Retire"),
    offered=lambda certificate: certificate.retired_at is None,
    explains=_("The record was a mistake: it leaves every list and every figure; its history stays."),
)
def retire(certificate: Certificate, *, by: Person, reason: str) -> None:
    """Take a record that was a mistake out of lists and figures."""
    certificate.retire(reason)
    certificate.save()
    settled(certificate)


def is_audited(certificate: Certificate) -> bool:
    """Whether audits are held while it is in force."""
    return is_in_force(certificate) and bool(certificate.surveillance_on)


@act(
    Level.EDIT,
    label=_("Record audit"),
    offered=is_audited,
    explains=_("The planned day nearest to it becomes the day on which the surveillance audit was held."),
)
def record_audit(certificate: Certificate, *, by: Person, on: date) -> None:
    """Record that the body held a surveillance audit."""
    _has_come(certificate, on)
    planned = [date.fromisoformat(day) for day in certificate.surveillance_on]
    nearest = min(planned, key=lambda day: abs(day - on))
    if abs(nearest - on) > AUDIT_NEAR:
        raise Refused(gettext("No surveillance audit was planned within 120 days of that day."))
    certificate.surveillance_on = sorted({*(d.isoformat() for d in planned if d != nearest), on.isoformat()})
    certificate.save()
    settled(certificate, AUDIT)


def plan_audits(day: date) -> int:
    """Let the secretariat owe each surveillance audit from 60 days before its day; returns how many are owed."""
    found = Certificate.objects.current().filter(status=Certificate.Status.ACTIVE).exclude(surveillance_on=[])
    count = 0
    for certificate in found.select_related("standard", "unit").order_by("pk").iterator(500):
        ahead = [
            d for d in map(date.fromisoformat, certificate.surveillance_on) if day < d <= day + AUDIT_AHEAD
        ]
        if ahead:
            with acting(CALENDAR, "certificate.plan_audit"):
                owe((AUDITED_BY, certificate.unit), AUDIT, record=certificate, by_day=min(ahead))
            count += 1
    return count


@owed
class Ending(Duty):
    """Certificates in force that end within 90 days, for those who may edit them."""

    name, area = "assurance.ending", "assurance"

    def rows(self, day: date) -> QuerySet[Any]:
        """Such certificates, the first to end first."""
        rows = Certificate.objects.ending(day, ENDING_SOON)
        return rows.select_related("standard", "unit").order_by("valid_until", "pk")

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        yield Matter(
            "assurance.renew",
            gettext("Renew %(certificate)s") % {"certificate": record},
            reverse("certificates-record", args=[record.pk]),
            record.valid_until,
            gettext("%(unit)s: %(scope)s") % {"unit": record.unit, "scope": record.scope_here},
        )


def _has_come(certificate: Certificate, day: date) -> None:
    """Refuse what the body has not done yet, or cannot have done."""
    if day > moments.today(certificate.unit.time_zone):
        raise Refused(gettext("The day lies ahead; record it when it has come."))
    if certificate.issued_on and day < certificate.issued_on:
        raise Refused(gettext("The day lies before the certificate was issued."))
