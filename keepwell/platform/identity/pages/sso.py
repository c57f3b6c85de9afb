"""Going to another house and coming back."""

from __future__ import annotations

import logging
import secrets
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from keepwell.platform.history.noting import note
from keepwell.platform.identity.admission import admit, go_on, refuse
from keepwell.platform.identity.demands import must_show_more
from keepwell.platform.identity.models import Arrival
from keepwell.platform.identity.once import digest_of
from keepwell.platform.identity.pages.signing_in import TOO_MANY, show
from keepwell.platform.identity.sso import oidc, saml
from keepwell.platform.identity.sso.linking import account_of
from keepwell.platform.identity.sso.providers import Provider, Silent, Untrusted, Vouched
from keepwell.platform.pages.switching import ours
from keepwell.platform.people.models import Account
from keepwell.platform.people.operations import public
from keepwell.platform.people.proofs import FRESH, PROVED, mark_proved
from keepwell.platform.people.throttle import attempt, purses, source_of

FLOWS, MOST_FLOWS, LASTS_SECONDS = "flows", 5, 600
ARRIVAL_SECONDS, SILENT_SECONDS = 120, 60
SALT = "keepwell.identity.arrival"
log = logging.getLogger("keepwell.sign_in")


def provider_named(name: str) -> Provider:
    """The house of that name; absent if the settings name none."""
    if name not in settings.KEEPWELL_SSO:
        raise Http404
    found: Provider = settings.KEEPWELL_SSO[name]
    return found


@public
@never_cache
@require_GET
def leave(request: HttpRequest, name: str) -> HttpResponse:
    """Go to the house that vouches; the session keeps what its answer must fit."""
    provider = provider_named(name)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        # Nobody is signed in because another site leads them here: they choose the button themselves.
        return redirect("sign-in")
    purpose = "proof" if request.GET.get("for") == "proof" and request.user.is_authenticated else "sign-in"
    onward = ours(request, request.GET.get("next", ""))
    try:
        if provider.kind == "oidc":
            state, kept = secrets.token_urlsafe(24), oidc.flow(onward, purpose)
            target = oidc.way_there(provider, state, kept, saml.address("sso-back", provider))
        else:
            target, state = saml.way_there(provider, is_proof=purpose == "proof")
            kept = {"onward": onward, "purpose": purpose, "at": time.time()}
    except Silent as wrong:
        return _silent(request, provider, wrong)
    except Untrusted as wrong:
        return _untrusted(request, provider, wrong)
    flows = {key: one for key, one in request.session.get(FLOWS, {}).items() if _is_fresh(one)}
    latest = dict(sorted(flows.items(), key=lambda pair: pair[1]["at"])[-MOST_FLOWS + 1 :])
    request.session[FLOWS] = latest | {state: kept | {"provider": provider.name}}
    return redirect(target)


@public
@never_cache
@require_GET
def come_back(request: HttpRequest, name: str) -> HttpResponse:
    """The answer of an OpenID Connect house."""
    provider = provider_named(name)
    tried = attempt(*purses("sso", "", source_of(request)))
    if not tried.is_allowed:
        return _spent(request)
    try:
        kept = _flow(request, provider, request.GET.get("state", ""))
        told = {key: request.GET.get(key, "") for key in ("code", "iss", "error")}
        vouched = oidc.vouched(provider, told, kept, saml.address("sso-back", provider))
    except Silent as wrong:
        tried.succeeded()  # nothing was looked at, so nothing failed
        return _silent(request, provider, wrong)
    except Untrusted as wrong:
        return _untrusted(request, provider, wrong)
    tried.succeeded()
    return arrive(request, vouched, kept)


@public
@csrf_exempt  # the house sends this form; what it proves is looked at, and the browser again at the next step
@never_cache
@require_POST
def take_assertion(request: HttpRequest, name: str) -> HttpResponse:
    """The answer of a SAML house: looked at, and kept for the browser that asked, which comes for it at once."""
    provider = provider_named(name)
    tried = attempt(*purses("sso", "", source_of(request)))
    if provider.kind != "saml":
        raise Http404
    if not tried.is_allowed:
        return _spent(request)
    try:
        vouched, question = saml.vouched(provider, request.POST.get("SAMLResponse", ""))
    except Untrusted as wrong:
        return _untrusted(request, provider, wrong)
    tried.succeeded()
    ticket = secrets.token_urlsafe(32)
    told = {"question": question, **{field: getattr(vouched, field) for field in ("subject", "name", "mail", "number")},
            "groups": vouched.groups, "proved_by": vouched.proved_by,
            "proved_at": vouched.proved_at.isoformat() if vouched.proved_at else ""}  # fmt: skip
    Arrival.objects.create(digest=digest_of(ticket), told=signing.dumps(told, salt=SALT), at=timezone.now())
    return redirect(f"{saml.address('sso-arrived', provider)}?ticket={ticket}")


@public
@never_cache
@require_GET
def arrived(request: HttpRequest, name: str) -> HttpResponse:
    """The browser comes for what a SAML house said; it must be the one that asked."""
    provider = provider_named(name)
    row = Arrival.objects.filter(digest=digest_of(request.GET.get("ticket", ""))).first()
    try:
        if row is None or not Arrival.objects.filter(pk=row.pk).delete()[0]:
            raise Untrusted("No answer waits under that ticket.")
        told = signing.loads(row.told, salt=SALT, max_age=ARRIVAL_SECONDS)
        kept = _flow(request, provider, told["question"])
    except (Untrusted, signing.BadSignature) as wrong:
        return _untrusted(request, provider, wrong)
    proved_at = datetime.fromisoformat(told["proved_at"]) if told["proved_at"] else None
    vouched = Vouched(
        provider, told["subject"], told["name"], told["mail"], told["number"],
        tuple(told["groups"]) if told["groups"] is not None else None, proved_at,
        tuple(told["proved_by"]),
    )  # fmt: skip
    return arrive(request, vouched, kept)


@public
@require_GET
def metadata(request: HttpRequest, name: str) -> HttpResponse:
    """What a SAML house must know of us."""
    provider = provider_named(name)
    if provider.kind != "saml":
        raise Http404
    return HttpResponse(saml.own_metadata(provider), content_type="application/samlmetadata+xml")


def arrive(request: HttpRequest, vouched: Vouched, kept: dict[str, Any]) -> HttpResponse:
    """Sign in whom the house vouches for, or take its word as a fresh proof; strangers are told whom to ask."""
    account = account_of(vouched)
    if account is None:
        return render(request, "identity/stranger.html", {"provider": vouched.provider}, status=403)
    is_fresh = vouched.proved_at is not None and timezone.now() - vouched.proved_at <= FRESH
    if kept["purpose"] == "proof":
        return _proved(request, account, kept["onward"], is_fresh=is_fresh)
    if not account.is_active or account.person.retired_at is not None:
        refuse(request, account, vouched.provider.name)
        return show(request, mistake=_("Your account is closed. An administrator can open it again."))
    account.refresh_from_db(fields=["epoch"])
    if must_show_more(account, vouched):
        return go_on(request, account, how=vouched.provider.name, onward=kept["onward"])
    answer = admit(request, account, how=vouched.provider.name, onward=kept["onward"])
    request.session[PROVED] = vouched.proved_at.timestamp() if vouched.proved_at else 0
    return answer


def _proved(request: HttpRequest, account: Account, onward: str, *, is_fresh: bool) -> HttpResponse:
    """Take the house's word that it asked just now, if it speaks of the one who is signed in."""
    if request.user != account or not is_fresh:
        note(getattr(request, "person", None), "session.prove", kind="refusal")
        return show(request, mistake=_("That did not prove it; try once more."))
    mark_proved(request)
    note(account.person, "session.prove", kind="event", how="sso")
    return redirect(onward)


def _flow(request: HttpRequest, provider: Provider, key: str) -> dict[str, Any]:
    """What this browser's session kept of the sign-in called `key`; it is used now."""
    flows = request.session.get(FLOWS, {})
    kept: dict[str, Any] | None = flows.pop(key, None) if key else None
    request.session[FLOWS] = flows
    if kept is None or not _is_fresh(kept) or kept["provider"] != provider.name:
        raise Untrusted("This browser asked no such question.")
    return kept


def _is_fresh(kept: dict[str, Any]) -> bool:
    return bool(time.time() - kept["at"] < LASTS_SECONDS)


def _untrusted(request: HttpRequest, provider: Provider, wrong: Exception) -> HttpResponse:
    log.warning(
        "vouching refused", extra={"provider": provider.name, "why": str(wrong), "source": source_of(request)}
    )
    note(None, "session.refuse", kind="refusal", how=provider.name, source=source_of(request))
    sentence = _(
        "Signing in through %(provider)s did not succeed. Try once more; if it fails again, tell an administrator."
    )
    return show(request, mistake=sentence % {"provider": provider.title}, status=403)


def _silent(request: HttpRequest, provider: Provider, wrong: Exception) -> HttpResponse:
    log.error("provider away", extra={"provider": provider.name, "why": str(wrong)})
    sentence = _(
        "%(provider)s does not answer at the moment. Try again in a few minutes, or sign in another way."
    )
    answer = show(request, mistake=sentence % {"provider": provider.title}, status=503)
    answer["Retry-After"] = str(SILENT_SECONDS)
    return answer


def _spent(request: HttpRequest) -> HttpResponse:
    return show(
        request, mistake=_("Too many tries failed. Wait 15 minutes, then try again."), status=TOO_MANY
    )
