"""Links by which a password is set once: for a new account, for a forgotten one."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.platform.history.noting import note
from keepwell.platform.identity.changed import PASSWORD, tell_changed
from keepwell.platform.identity.models import LinkMail, PasswordLink, Session
from keepwell.platform.keys.sealing import place_of, seal, unseal
from keepwell.platform.notices.posting import mails, post
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


def send(account: Account, url: str) -> None:
    """Put the mail with the newest link of `account`, which `url` is, into the outbox."""
    link = account.password_links.get(digest=_digest(url.rstrip("/").rpartition("/")[2]))
    mail = LinkMail(link=link, address=account.person.mail)
    mail.sealed_url = seal(url, place=_place(mail))
    post(mail)


def _place(mail: LinkMail) -> str:
    return place_of(mail._meta.db_table, mail.pk, "sealed_url")


@mails(LinkMail, gettext_lazy("Links to set a password"))
def composed(mail: LinkMail) -> EmailMultiAlternatives | None:
    """The link, in the language of its owner; None once it opens nothing, or its owner has another address."""
    link = PasswordLink.objects.select_related("account__person").get(pk=mail.link_id)
    person = link.account.person
    is_open = link.is_good and link.account.is_active and person.retired_at is None
    if not is_open or person.mail != mail.address:
        return None
    with translation.override(person.language):
        minutes = int((link.expires_at - timezone.now()).total_seconds() // 60)
        words = _(
            "Hello %(name)s,\n\nset your password for Keepwell here, once and within %(minutes)d minutes:\n\n"
            "%(address)s\n\nIf you did not ask for it, leave it alone: your password stays as it is."
        ) % {"name": person, "minutes": max(1, minutes), "address": unseal(mail.sealed_url, place=_place(mail))}  # fmt: skip
        headers = {
            "Message-ID": mail.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        }
        return EmailMultiAlternatives(
            _("Your password for Keepwell"), words, to=[mail.address], headers=headers
        )


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
