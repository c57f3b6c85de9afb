"""From the first proof to a session: the second factor in between, or its enrolment where a role demands one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from keepwell.platform.history.noting import note
from keepwell.platform.identity import sessions
from keepwell.platform.identity.alarm import ring
from keepwell.platform.identity.demands import must_enrol
from keepwell.platform.identity.devices import remember
from keepwell.platform.people.models import Account
from keepwell.platform.people.throttle import source_of

PENDING = "pending"
LASTS = timedelta(minutes=10)
BACKEND = settings.AUTHENTICATION_BACKENDS[0]
log = logging.getLogger("keepwell.sign_in")


@dataclass(frozen=True)
class Pending:
    """Somebody who gave a first proof, by `how`, and wants to go to `onward`; `enrols` if a factor is missing."""

    account: Account
    how: str
    onward: str
    enrols: bool


def go_on(request: HttpRequest, account: Account, *, how: str, onward: str) -> HttpResponse:
    """After a first proof: ask for the second factor, or for one to be enrolled, or sign in."""
    if account.factors.exists():
        return _wait(request, account, how, onward, enrols=False)
    if must_enrol(account):
        return _wait(request, account, how, onward, enrols=True)
    return admit(request, account, how=how, onward=onward)


def _wait(request: HttpRequest, account: Account, how: str, onward: str, *, enrols: bool) -> HttpResponse:
    request.session.cycle_key()
    request.session[PENDING] = {
        "account": account.pk, "mark": account.get_session_auth_hash(), "how": how, "onward": onward,
        "enrols": enrols, "at": timezone.now().timestamp(),
    }  # fmt: skip
    return redirect("sign-in-enrol" if enrols else "sign-in-second")


def pending(request: HttpRequest, *, enrols: bool) -> Pending | None:
    """Who gave a first proof in this browser within ten minutes, and must enrol (or has enrolled)."""
    told = request.session.get(PENDING)
    if (
        not told
        or timezone.now().timestamp() - told["at"] > LASTS.total_seconds()
        or told["enrols"] != enrols
    ):
        return None
    open_accounts = Account.objects.filter(is_active=True, person__retired_at__isnull=True)
    account = open_accounts.select_related("person").filter(pk=told["account"]).first()
    if account is None or account.get_session_auth_hash() != told["mark"]:
        return None
    return Pending(account, told["how"], told["onward"], told["enrols"])


def admit(request: HttpRequest, account: Account, *, how: str, onward: str) -> HttpResponse:
    """Sign `account` in, know its browser from now on, and go on."""
    open_session(request, account, how=how)
    answer = redirect(onward)
    remember(request, answer, account)
    return answer


def open_session(request: HttpRequest, account: Account, *, how: str) -> None:
    """Open a session of `account`, under a key that nobody had before, and note it in the trail."""
    if not account.is_active or account.person.retired_at is not None:
        raise PermissionDenied
    request.session.pop(PENDING, None)
    login(request, account, backend=BACKEND)
    sessions.begin(request, account)
    note(account.person, "session.begin", kind="event", how=how, source=source_of(request))
    log.info("signed in", extra={"account": account.pk, "how": how, "source": source_of(request)})
    if account.is_break_glass:
        ring(account, request)


def refuse(request: HttpRequest, account: Account | None, how: str) -> None:
    """Note a try that failed; whose it was only where there is such an account, for what was typed may be a secret."""
    name = account.sign_in_name if account else ""
    note(None, "session.refuse", kind="refusal", how=how, source=source_of(request), account=name)
    log.warning("sign-in failed", extra={"how": how, "source": source_of(request)})
