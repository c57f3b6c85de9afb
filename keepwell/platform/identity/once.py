"""What may be used once only."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.utils import timezone

from keepwell.platform.identity.models import Used


def use(what: str, *, lasts: timedelta) -> bool:
    """Whether `what` is used for the first time; it is remembered for `lasts`, after which it is void anyway."""
    digest = digest_of(what)
    try:
        with transaction.atomic():
            Used.objects.create(digest=digest, until=timezone.now() + lasts)
    except IntegrityError:
        return False
    return True


def digest_of(what: str) -> str:
    """The name under which a secret that is used once is kept."""
    return sha256(what.encode()).hexdigest()
