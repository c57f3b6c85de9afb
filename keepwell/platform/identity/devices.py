"""Browsers and addresses that are known: whoever signed in from there, or set the password there by a link, keeps tries
of their own; a new browser is told of."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from keepwell.platform.identity.models import Device, PasswordLink
from keepwell.platform.identity.sessions import device_of
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Account, canonical
from keepwell.platform.people.throttle import source_of

BY_LINK = "password_link"
COOKIE = "__Host-keepwell-device" if settings.PRODUCTION else "keepwell-device"
KNOWN_FOR = timedelta(days=90)
NEW_BROWSER = gettext_noop(
    "Somebody signed in with your name from a browser that is new here: %(browser)s at %(source)s. Was it not you? End "
    "it there, and change your password."
)


def known_as(request: HttpRequest, name: str) -> str:
    """How the one who asks is known to the account `name`: by the browser, else by the address; "" if not."""
    digest, source = _digest(request.COOKIES.get(COOKIE, "")), source_of(request)
    known = Device.objects.filter(
        Q(digest=digest) | Q(source=source),
        account__sign_in_name=canonical(name), seen_at__gt=timezone.now() - KNOWN_FOR,
    ).values_list("digest", flat=True)  # fmt: skip
    digests = list(known)
    return f"device {digest}" if digest in digests else f"address {source}" if digests else ""


def vouch(request: HttpRequest, link: PasswordLink) -> None:
    """Know this browser as the one in which `link` set the password: strangers who spend their tries of that name do not
    keep its owner out. The way in is the mailbox, which strangers do not have."""
    account = Account.objects.get(pk=link.account_id)
    mark = account.get_session_auth_hash()
    request.session[BY_LINK] = {"name": account.sign_in_name, "link": link.pk, "mark": mark}


def vouched_by_link(request: HttpRequest, name: str) -> str:
    """By which link this browser set the password that the account `name` still has; "" if by none."""
    told = request.session.get(BY_LINK)
    if not told or told["name"] != canonical(name):
        return ""
    account = Account.objects.filter(sign_in_name=told["name"]).first()
    return f"link {told['link']}" if account and account.get_session_auth_hash() == told["mark"] else ""


def remember(request: HttpRequest, answer: HttpResponse, account: Account) -> None:
    """Know this browser and its address as ones from which `account` signed in."""
    secret = request.COOKIES.get(COOKIE, "")
    if not 20 <= len(secret) <= 100:
        secret = secrets.token_urlsafe(24)
    _tell_if_new(request, account, _digest(secret))
    facts = {"source": source_of(request), "seen_at": timezone.now()}
    Device.objects.update_or_create(account=account, digest=_digest(secret), defaults=facts)
    answer.set_cookie(
        COOKIE, secret, max_age=int(KNOWN_FOR.total_seconds()), httponly=True, samesite="Lax",
        secure=settings.PRODUCTION,
    )  # fmt: skip


def _tell_if_new(request: HttpRequest, account: Account, digest: str) -> None:
    """Tell whose account it is that another browser than those known was used; of the very first one nobody wonders."""
    known, now = Device.objects.filter(account=account), timezone.now()
    if not known.exists() or known.filter(digest=digest, seen_at__gt=now - KNOWN_FOR).exists():
        return
    browser = device_of(request.headers.get("User-Agent", "")) or "–"
    tell([account.person], Message(
        kind="access.used", key=f"browser:{digest[:32]}:{now.isoformat()}", what=NEW_BROWSER,
        facts={"browser": browser, "source": source_of(request)}, url=reverse("account"),
    ))  # fmt: skip


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
