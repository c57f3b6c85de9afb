"""Signing in by password; only failures are counted, by name and source."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils import timezone

from keepwell.platform.people.models import Account, FailedSignIn, canonical

WINDOW = timedelta(minutes=15)
PER_ACCOUNT_AND_SOURCE = 10
PER_SOURCE = 300


class Passwords(BaseBackend):
    """Knows accounts by sign-in name and password; an unknown name costs as much time as a known one."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None,
                     password: str | None = None, **_: Any) -> Account | None:  # fmt: skip
        account = (
            Account.objects.select_related("person").filter(sign_in_name=canonical(username or "")).first()
        )
        if account is None or not account.is_active:
            make_password(password)
            return None
        return account if account.check_password(password or "") else None

    def get_user(self, user_id: int) -> Account | None:
        return Account.objects.select_related("person").filter(pk=user_id, is_active=True).first()


def source_of(request: HttpRequest) -> str:
    """Where a request comes from, as the throttle counts it."""
    return str(request.META.get("REMOTE_ADDR", ""))[:64]


def is_throttled(name: str, source: str) -> bool:
    """Whether 10 tries of `name` from `source`, or 300 of anybody from there, failed in 15 minutes."""
    recent = FailedSignIn.objects.filter(source=source, at__gt=_now() - WINDOW)
    if recent.filter(name=canonical(name)[:80])[:PER_ACCOUNT_AND_SOURCE].count() >= PER_ACCOUNT_AND_SOURCE:
        return True
    return recent[:PER_SOURCE].count() >= PER_SOURCE


def note_failure(name: str, source: str) -> None:
    """Count one failure, and forget those out of the window."""
    FailedSignIn.objects.filter(at__lte=_now() - WINDOW).delete()
    FailedSignIn.objects.create(name=canonical(name)[:80], source=source, at=_now())


def forget_failures(name: str, source: str) -> None:
    """A success ends the count of that name from that source."""
    FailedSignIn.objects.filter(name=canonical(name)[:80], source=source).delete()


def _now() -> datetime:
    return timezone.now()
