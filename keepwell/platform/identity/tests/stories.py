"""What the stories of signing in share."""

from __future__ import annotations

import time
from unittest import mock

from django.http import HttpResponse
from django.test import Client, override_settings

from keepwell.platform.identity import recovery, totp
from keepwell.platform.people.models import Account, Person
from tests.cast import Cast

PASSWORD = "four plain words together"
FAST = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])


class Signing(Cast):
    """Mix into a TestCase: Ada, Ben and Sam have a password."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        for who in (cls.ada, cls.ben, cls.sam):
            who.account.set_password(PASSWORD)
            who.account.save(update_fields=["password"])

    def enter(
        self, name: str = "ben", password: str = PASSWORD, client: Client | None = None, **more: str
    ) -> HttpResponse:
        """Send the form of the sign-in page."""
        return (client or self.client).post("/sign-in/", {"name": name, "password": password, **more})

    def is_in(self, client: Client | None = None) -> bool:
        """Whether the browser is signed in."""
        return (client or self.client).get("/account/").status_code == 200

    def enrol(self, who: Person) -> str:
        """An authenticator app for `who`; its secret."""
        seed = totp.fresh_seed()
        totp.enrol(who.account, seed, step=0)
        return seed

    def codes(self, who: Person) -> list[str]:
        """Recovery codes of `who`."""
        return recovery.renew(who.account)

    def fresh(self, who: Person) -> Account:
        """The account of `who` as the database has it now."""
        return Account.objects.get(pk=who.account.pk)


def code_of(seed: str, *, steps: int = 0) -> str:
    """What the app shows now, or some half minutes from now."""
    return totp.code_at(seed, int(time.time()) // totp.STEP_SECONDS + steps)


def at(seconds: float) -> mock._patch[object]:
    """Let the clock of codes stand at `seconds`."""
    return mock.patch.object(totp, "shared_seconds", return_value=seconds)
