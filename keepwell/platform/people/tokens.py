"""Tokens for programs: shown once, kept as a digest, good for one person's rights until they expire."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.platform.history.acting import Refused
from keepwell.platform.people.models import Person, Token

LONGEST_DAYS = 365
PREFIX = "kw_"


def issue(person: Person, *, days: int = 90, label: str = "", may_export: bool = False) -> str:
    """A new token of `person` for `days` (1 to 365); this is the only time it is seen.

    `may_export` lets it take whole registers out, for which a person must prove anew who they are.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(_("A token lasts from 1 to %(days)d days.") % {"days": LONGEST_DAYS})
    secret = PREFIX + secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(days=days)
    Token.objects.create(
        person=person, digest=_digest(secret), label=label[:80], may_export=may_export, expires_at=expires_at
    )
    return secret


def revoke(token: Token) -> None:
    """End a token at once; one that has ended stays as it is."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])


def person_of(secret: str) -> Person | None:
    """Whose token `secret` is; None if it opens nothing."""
    token = found(secret)
    return token.person if token else None


def found(secret: str) -> Token | None:
    """The token `secret`; None if unknown, expired, revoked, or the account was ended."""
    token = Token.objects.select_related("person__account", "person__unit").filter(
        digest=_digest(secret), expires_at__gt=timezone.now(), revoked_at__isnull=True).first()  # fmt: skip
    if token is None:
        return None
    account = getattr(token.person, "account", None)
    ended = token.person.retired_at is not None or (account is not None and not account.is_active)
    return None if ended else token


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
