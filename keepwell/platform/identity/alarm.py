"""The break-glass account: whoever uses it is heard everywhere."""

from __future__ import annotations

import logging

from django.http import HttpRequest

from keepwell.platform.history.noting import note
from keepwell.platform.people.models import Account
from keepwell.platform.people.throttle import source_of

log = logging.getLogger("keepwell.sign_in")


def ring(account: Account, request: HttpRequest) -> None:
    """Tell the log and the trail that the break-glass account was used."""
    source = source_of(request)
    log.critical("break-glass account used", extra={"account": account.pk, "source": source})
    note(account.person, "break_glass.use", kind="event", source=source)
