"""Links by which a password is set once: for a new account, for a forgotten one."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from keepwell.platform.history.noting import note
from keepwell.platform.identity.changed import PASSWORD, tell_changed
from keepwell.platform.identity.models import PasswordLink, Session
from keepwell.platform.people.models import Account, Person

LINKED = "password.link"
ASKED_FOR, GIVEN = timedelta(minutes=30), timedelta(hours=24)


def make(account: Account, *, lasts: timedelta, by: Person | None) -> str:
    """A new link for `account`, the address from the settings; the links before it are void.

    Who hands it over by hand sees it, and the trail says so.
    """
    secret, now = secrets.token_urlsafe(32), timezone.now()
    with transaction.atomic():
        account.password_links.filter(used_at__isnull=True).update(used_at=now)
        PasswordLink.objects.create(
            account=account, digest=_digest(secret), made_at=now, expires_at=now + lasts
        )
        note(by, LINKED, kind="event", record=account.person, shown=by is not None and not is_mailed(account))
    return settings.KEEPWELL_URL.rstrip("/") + reverse("set-password", args=[secret])


def is_mailed(account: Account) -> bool:
    """Whether a link goes to its owner by mail; else it is shown to who made it."""
    return bool(settings.MAIL.is_on and account.person.mail)


def found(secret: str) -> PasswordLink | None:
    """The link with this secret, if it may still be used and its account is open."""
    link = PasswordLink.objects.select_related("account__person").filter(digest=_digest(secret)).first()
    is_open = link is not None and link.account.is_active and link.account.person.retired_at is None
    return link if link is not None and link.is_good and is_open else None


def use(link: PasswordLink, password: str) -> bool:
    """Set the password; whether this was the first use. Every session of the account ends."""
    with transaction.atomic():
        unused = PasswordLink.objects.filter(pk=link.pk, used_at__isnull=True)
        if not unused.update(used_at=timezone.now()):
            return False
        account = link.account
        account.set_password(password)
        account.save(update_fields=["password"])
        Account.end_sessions([account.person_id])
        Session.objects.filter(account=account).delete()
        note(account.person, "password.change", kind="event", how="link")
        tell_changed(account.person, PASSWORD)
    return True


def send(account: Account, address: str, *, lasts: timedelta) -> None:
    """Mail the link to its owner, in their language."""
    with translation.override(account.person.language):
        minutes = int(lasts.total_seconds() // 60)
        words = _(
            "Hello %(name)s,\n\nset your password for Keepwell here, once and within %(minutes)d minutes:\n\n"
            "%(address)s\n\nIf you did not ask for it, leave it alone: your password stays as it is."
        ) % {"name": account.person, "minutes": minutes, "address": address}  # fmt: skip
        EmailMessage(_("Your password for Keepwell"), words, to=[account.person.mail]).send()


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
