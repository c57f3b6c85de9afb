"""The numbers of people who were erased, as keyed digests: enough to refuse them, too little to tell whose they were."""

from __future__ import annotations

import hmac
from hashlib import sha256

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.platform.keys.ring import Key, ring

RING = "sealing"


class ErasedNumber(models.Model):
    """One employee number that may not come back; `key` names the key of this installation that made the digest."""

    digest = models.CharField(max_length=64, primary_key=True)
    key = models.CharField(max_length=16)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.digest

    @classmethod
    def keep(cls, number: str) -> None:
        """Let `number` be refused from now on."""
        key = ring(RING)[0]
        cls.objects.get_or_create(digest=_digest(number, key), defaults={"key": key.id})


class Barred:
    """The erased numbers, asked of the database once: `number in Barred()`."""

    def __init__(self) -> None:
        rows = list(ErasedNumber.objects.values_list("digest", "key"))
        used = {key for _digest, key in rows}
        self.digests = {digest for digest, _key in rows}
        self.keys = [key for key in ring(RING) if key.id in used] if rows else []

    def __contains__(self, number: object) -> bool:
        return any(_digest(str(number), key) in self.digests for key in self.keys)


def barred_sentence() -> str:
    """Why an erased number is refused."""
    return _("This number belonged to somebody who was erased and cannot come back; take the row out.")


def _digest(number: str, key: Key) -> str:
    said = f"keepwell.erased|{number.strip().casefold()}"
    return hmac.new(key.secret, said.encode(), sha256).hexdigest()
