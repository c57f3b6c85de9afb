"""Signing in by password: who it is, and whether the words belong together."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Account, Person, canonical

SIGNED_IN = Ready(
    lambda account: Account.objects.select_related("person__unit").filter(
        pk=account, is_active=True, person__retired_at__isnull=True
    ),
    int,
)


class Passwords(BaseBackend):
    """Knows accounts by sign-in name and password; an unknown name costs as much time as a known one."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None,
                     password: str | None = None, **_: Any) -> Account | None:  # fmt: skip
        account = account_named(username or "")
        if account is None or not account.has_usable_password():
            make_password(password)
            return None
        return account if account.check_password(password or "") else None

    def get_user(self, user_id: int) -> Account | None:
        found: Account | None = SIGNED_IN.record(int(user_id))
        return found


def account_named(name: str) -> Account | None:
    """The account that may sign in as `name`; None where there is none, or where it was closed."""
    open_accounts = Account.objects.filter(is_active=True, person__retired_at__isnull=True)
    people = open_accounts.select_related("person").exclude(person__kind=Person.Kind.MACHINE)
    return people.filter(sign_in_name=canonical(name)).first()
