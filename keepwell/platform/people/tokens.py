"""Tokens for programs: shown once, kept as a digest, good for one person's rights until they expire."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.platform.history.acting import Refused
from keepwell.platform.jobs.asking import narrow
from keepwell.platform.people.leaving import has_left
from keepwell.platform.people.models import Person, Token
from keepwell.platform.people.narrowing import comes_from, reach_of

LONGEST_DAYS = 365
PREFIX = "kw_"


@dataclass(frozen=True)
class Narrowness:
    """How much less than its person a token may: some areas up to a level, only reading, only from somewhere."""

    scopes: dict[str, int] = field(default_factory=dict)
    read_only: bool = False
    sources: list[str] = field(default_factory=list)


def issue(person: Person, *, days: int = 90, label: str = "", may_export: bool = False,
          less: Narrowness | None = None, made_by: Person | None = None) -> str:  # fmt: skip
    """A new token of `person` for `days` (1 to 365); this is the only time it is seen.

    `may_export` lets it take whole registers out, for which a person must prove anew who they are.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(_("A token lasts from 1 to %(days)d days.") % {"days": LONGEST_DAYS})
    secret, less = PREFIX + secrets.token_urlsafe(32), less or Narrowness()
    Token.objects.create(
        person=person, digest=_digest(secret), label=label[:80], may_export=may_export, made_by=made_by,
        scopes=less.scopes, read_only=less.read_only, sources=less.sources,
        expires_at=timezone.now() + timedelta(days=days),
    )  # fmt: skip
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


def found(secret: str, source: str = "") -> Token | None:
    """The token `secret` as it comes from the address `source`; None if unknown, expired, revoked, not for
    that address, or the person has left."""
    token = Token.objects.select_related("person__account", "person__unit").filter(
        digest=_digest(secret), expires_at__gt=timezone.now(), revoked_at__isnull=True).first()  # fmt: skip
    if token is None or not comes_from(token.sources, source):
        return None
    account = getattr(token.person, "account", None)
    ended = has_left(token.person) or (account is not None and not account.is_active)
    return None if ended else token


def use(token: Token) -> Person:
    """Let the request that came with `token` have its person's rights, as far as the token reaches."""
    narrow(reach_of(token))
    today = timezone.now().date()
    if token.last_used_on != today:
        Token.objects.filter(pk=token.pk).update(last_used_on=today)
    return token.person


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
