"""Recovery codes: ten, each good once, for somebody whose second factor is lost."""

from __future__ import annotations

import secrets
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from keepwell.platform.identity.models import RecoveryCode
from keepwell.platform.people.models import Account

CODES, PARTS, LETTERS = 10, 6, 4
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # nothing that is read as something else


def renew(account: Account) -> list[str]:
    """Ten new codes in place of those before; this is the only time they are seen."""
    codes = [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(PARTS))
        for _ in range(CODES)
    ]
    with transaction.atomic():
        account.recovery_codes.all().delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(account=account, digest=_digest(account, code)) for code in codes
        )
    return codes


def accepts(account: Account, code: str) -> bool:
    """Whether `code` is one of `account` that was not used yet; now it is."""
    unused = account.recovery_codes.filter(digest=_digest(account, code), used_at__isnull=True)
    return bool(unused.update(used_at=timezone.now()))


def left(account: Account) -> int:
    """How many codes were not used yet."""
    return account.recovery_codes.filter(used_at__isnull=True).count()


def _digest(account: Account, code: str) -> str:
    """What is kept of a code: with 117 random bits in it, a digest cannot be turned round."""
    told = "".join(letter for letter in code.upper() if letter.isalnum())
    return sha256(f"{account.pk}|{told}".encode()).hexdigest()
