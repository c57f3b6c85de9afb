"""The keys that seal backups: the one configured, else those that seal secrets; none of them lies inside."""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256

from django.conf import settings
from django.utils.translation import gettext_noop

from keepwell.platform.keeping.failing import Failed
from keepwell.platform.keys.ring import BYTES, Key, is_there, retired, ring

NO_KEY = gettext_noop(
    "KEEPWELL_BACKUP_KEY is no key; make one of %(bytes)d random bytes by `openssl rand -base64 %(bytes)d`."
)


def sealing_key() -> Key:
    """The key that a new backup is sealed with."""
    return configured() or ring("sealing")[0]


def opening_keys() -> list[Key]:
    """Every key that may open a backup here."""
    own = configured()
    gone = ring(retired("sealing")) if is_there(retired("sealing")) else ()
    return [*([own] if own else []), *ring("sealing"), *gone]


def configured() -> Key | None:
    """The key of KEEPWELL_BACKUP_KEY, named after its digest; None if there is none."""
    told = settings.KEEPWELL_BACKUP_KEY
    if not told:
        return None
    try:
        secret = base64.b64decode(told, validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != BYTES or len(set(secret)) < BYTES // 4:
        raise Failed(NO_KEY, {"bytes": BYTES})
    return Key(sha256(b"keepwell backup key " + secret).hexdigest()[:8], secret)
