"""Browsers and addresses that are known: whoever signed in from there keeps tries of their own."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from keepwell.platform.identity.models import Device
from keepwell.platform.people.models import Account, canonical
from keepwell.platform.people.throttle import source_of

COOKIE = "__Host-keepwell-device" if settings.PRODUCTION else "keepwell-device"
KNOWN_FOR = timedelta(days=90)


def known_as(request: HttpRequest, name: str) -> str:
    """How the one who asks is known to the account `name`: by the browser, else by the address; "" if not."""
    digest, source = _digest(request.COOKIES.get(COOKIE, "")), source_of(request)
    known = Device.objects.filter(
        Q(digest=digest) | Q(source=source),
        account__sign_in_name=canonical(name), seen_at__gt=timezone.now() - KNOWN_FOR,
    ).values_list("digest", flat=True)  # fmt: skip
    digests = list(known)
    return f"device {digest}" if digest in digests else f"address {source}" if digests else ""


def remember(request: HttpRequest, answer: HttpResponse, account: Account) -> None:
    """Know this browser and its address as ones from which `account` signed in."""
    secret = request.COOKIES.get(COOKIE, "")
    if not 20 <= len(secret) <= 100:
        secret = secrets.token_urlsafe(24)
    facts = {"source": source_of(request), "seen_at": timezone.now()}
    Device.objects.update_or_create(account=account, digest=_digest(secret), defaults=facts)
    answer.set_cookie(
        COOKIE, secret, max_age=int(KNOWN_FOR.total_seconds()), httponly=True, samesite="Lax",
        secure=settings.PRODUCTION,
    )  # fmt: skip


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
