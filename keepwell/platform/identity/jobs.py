"""Work of signing in that nobody waits for: letters with links, and forgetting what is void."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from keepwell.platform.identity import links
from keepwell.platform.identity.models import Arrival, Device, PasswordLink, Session, Stranger, Used
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.people.models import Account, Budget

SENDING = "identity.send_link"
KEPT = timedelta(days=90)


@job(SENDING)
def send_link(_task: Task, *, account: int) -> dict[str, Any]:
    """Mail a link to who asked for one; for a name that nobody has, nothing."""
    found = Account.objects.select_related("person").filter(pk=account, is_active=True).first()
    if found is None or not found.person.mail or not settings.MAIL.is_on:
        return {"sent": 0}
    with transaction.atomic():
        links.send(found, links.make(found, lasts=links.ASKED_FOR, by=None))
    return {"sent": 1}


@job("identity.forget", every=timedelta(hours=6))
def forget(_task: Task) -> dict[str, Any]:
    """Delete what is void: sessions, answers, links, and devices and strangers not seen for 90 days."""
    now = timezone.now()
    rows = (
        Session.objects.filter(expire_date__lt=now), Used.objects.filter(until__lt=now),
        Arrival.objects.filter(at__lt=now - timedelta(hours=1)), PasswordLink.objects.filter(expires_at__lt=now - KEPT),
        Device.objects.filter(seen_at__lt=now - KEPT), Stranger.objects.filter(last_at__lt=now - KEPT),
        Budget.objects.filter(touched_at__lt=now - timedelta(days=1)),
    )  # fmt: skip
    return {"deleted": sum(found.delete()[0] for found in rows)}
