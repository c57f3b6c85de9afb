"""How often anybody may guess at receipt codes: ten wrong ones by one form, thirty from one place in an hour (R12).

Counted in the database, so over all processes. Nothing there leads back to who tried: a form's name is chance and lives
an hour; a place's is a keyed hash whose key lies in the memory of the server and goes with it; no moment is kept but the
day; and who knows a code leaves no row.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.core.signing import BadSignature, TimestampSigner
from django.db.models import F

from keepwell.areas.incidents.models import CodeTries
from keepwell.kernel import moments
from keepwell.platform.keys.passing import passing_secret

MOST_BY_FORM, MOST_FROM_PLACE, SECONDS = 10, 30, 3_600
SIGNER = TimestampSigner(salt="incidents.code-form")


def new_form() -> str:
    """A mark for a form in which a code is typed; good for an hour."""
    return SIGNER.sign(secrets.token_urlsafe(16))


@dataclass(frozen=True)
class Try:
    """One try: by which form, from which place; both as they are kept."""

    keys: tuple[str, str]

    def is_allowed(self) -> bool:
        """Pay for it; whether the code may be looked at."""
        day = moments.today()
        CodeTries.objects.bulk_create(
            [CodeTries(key=key, day=day) for key in self.keys], ignore_conflicts=True
        )
        most = zip(self.keys, (MOST_BY_FORM, MOST_FROM_PLACE), strict=True)
        return all(
            CodeTries.objects.filter(key=key, count__lt=m).update(count=F("count") + 1) for key, m in most
        )

    def succeeded(self) -> None:
        """Pay it back: only what failed counts, and nothing of it stays."""
        rows = CodeTries.objects.filter(key__in=self.keys)
        rows.filter(count__gt=0).update(count=F("count") - 1)
        rows.filter(count=0).delete()


def attempt(form: str, place: str) -> Try:
    """A try by `form`, as the page gave it out; without one that is good, all of a place share one."""
    hour = int(time.time() // SECONDS)
    source = hmac.digest(passing_secret(), f"{hour}|{place}".encode(), sha256).hex()
    return Try((_named(f"form|{_sound(form) or source}"), _named(f"place|{source}")))


def forget_old(day: date) -> int:
    """Delete what was counted before `day`; returns how many rows."""
    return CodeTries.objects.filter(day__lt=day).delete()[0]


def _sound(form: str) -> str:
    try:
        return str(SIGNER.unsign(form[:200], max_age=SECONDS))
    except BadSignature:
        return ""


def _named(text: str) -> str:
    return sha256(text.encode()).hexdigest()
