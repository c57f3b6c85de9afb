"""The break-glass account: whoever uses it is heard everywhere."""

from __future__ import annotations

import logging

from django.http import HttpRequest

from keepwell.platform.history.noting import note
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.people.models import Account
from keepwell.platform.people.throttle import source_of

USED = "break_glass.use"
TELLING = "identity.tell"
log = logging.getLogger("keepwell.sign_in")


def ring(account: Account, request: HttpRequest) -> None:
    """Tell the log, the trail and whoever administers the group that the break-glass account was used."""
    source = source_of(request)
    log.critical("break-glass account used", extra={"account": account.pk, "source": source})
    note(account.person, USED, kind="event", source=source)
    enqueue(TELLING, verb=USED, person=str(account.person_id))
