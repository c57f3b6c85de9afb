"""Signing in and out."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from keepwell.platform.history.noting import note
from keepwell.platform.identity import passkeys, proving
from keepwell.platform.identity.admission import admit, go_on, pending, refuse
from keepwell.platform.identity.models import Factor
from keepwell.platform.identity.pages.forms import Second, SignIn
from keepwell.platform.pages.switching import ours
from keepwell.platform.people.models import Account
from keepwell.platform.people.operations import public, signed_in
from keepwell.platform.people.signing import account_named
from keepwell.platform.people.throttle import WINDOW_SECONDS, source_of
from keepwell.platform.tree.models import Unit

TOO_MANY = 429
log = logging.getLogger("keepwell.sign_in")


@public
@never_cache
@sensitive_post_parameters("password", "code")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask who it is; a stranger with the right password becomes a person, or is asked for the second factor."""
    if request.user.is_authenticated:
        return redirect("start")
    form = SignIn(request.POST or None)
    if not form.is_valid():
        return show(request, form)
    try:
        return _admitted(request, form) or show(request, form, _("Name and password do not belong together."))
    except proving.Spent:
        return _spent(request, form)


def _admitted(request: HttpRequest, form: SignIn) -> HttpResponse | None:
    """The way on for who gave name and password, with a code before them or without; None for who did not."""
    name, password, code = (form.cleaned_data[field] for field in ("name", "password", "code"))
    if code:
        account, how = proving.by_code_and_password(request, name, password, code), "app and password"
    else:
        account, how = proving.by_password(request, name, password), "password"
    if account is None:
        refuse(request, account_named(name), how)
        return None
    onward = ours(request, request.POST.get("next", ""))
    return (admit if code else go_on)(request, account, how=how, onward=onward)


def _spent(request: HttpRequest, form: SignIn) -> HttpResponse:
    """Say that the tries are spent, and offer the way that stands open to who has a second factor."""
    log.warning("sign-in throttled", extra={"source": source_of(request)})
    form.fields["code"].widget = SignIn.base_fields["code"].widget
    told = [_(
        "Too many tries failed. Wait 15 minutes, then try again. If you have a passkey or an authenticator app, you "
        "need not wait: use the passkey, or give the code as well."
    )]  # fmt: skip
    if settings.MAIL.is_on:
        told.append(_("Nor need you if you set a new password by a link that is mailed to you."))
    return show(request, form, " ".join(told), status=TOO_MANY)


def show(
    request: HttpRequest, form: SignIn | None = None, mistake: str = "", status: int = 422
) -> HttpResponse:
    """The page that asks who it is, with what went wrong."""
    form = form or SignIn()
    context = {
        "form": form, "mistake": mistake, "group": Unit.objects.filter(kind=Unit.Kind.GROUP).first(),
        "next": ours(request, request.POST.get("next") or request.GET.get("next") or ""),
        "question": passkeys.ask(None), "providers": settings.KEEPWELL_SSO.values(),
        "mail_is_on": settings.MAIL.is_on,
    }  # fmt: skip
    went_wrong = bool(mistake or form.errors)
    return told(request, "identity/sign_in.html", context, status if went_wrong else 200)


def told(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    """A page; where tries are spent it says when to come again."""
    answer = render(request, template, context, status=status)
    if status == TOO_MANY:
        answer["Retry-After"] = str(WINDOW_SECONDS)
    return answer


@public
@never_cache
@require_POST
def by_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey alone; the device asked who holds it."""
    if request.user.is_authenticated:
        return redirect("start")
    credential, state = (request.POST.get(name, "") for name in ("credential", "state"))
    try:
        account = proving.by_passkey(request, credential, state)
    except proving.Spent:
        return show(
            request, mistake=_("Too many tries failed. Wait 15 minutes, then try again."), status=TOO_MANY
        )
    if account is None:
        refuse(request, None, "passkey")
        return show(request, mistake=_("That passkey is not known here. Sign in by name and password."))
    return admit(request, account, how="passkey", onward=ours(request, request.POST.get("next", "")))


@public
@never_cache
@sensitive_post_parameters("code")
def second(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor of who gave the right password."""
    waiting = pending(request, enrols=False)
    if waiting is None:
        return redirect("sign-in")
    account, form = waiting.account, Second(None if request.POST.get("credential") else request.POST or None)
    mistake, status = "", 422
    if request.POST.get("credential") or form.is_valid():
        try:
            kind = _second(request, account, form)
        except proving.Spent:
            log.warning("second factor throttled", extra={"source": source_of(request)})
            kind, mistake, status = "", _("Too many tries failed. Wait 15 minutes, then try again."), TOO_MANY
        if kind:
            return admit(request, account, how=f"{waiting.how} and {kind}", onward=waiting.onward)
        mistake = mistake or _("That is not right, or was used already. Wait for the next code.")
    return _ask_second(request, account, form, mistake, status)


def _second(request: HttpRequest, account: Account, form: Second) -> str:
    """Which factor of `account` was given; "" if none holds."""
    if form.is_bound:
        kind = proving.by_second_factor(request, account, form.cleaned_data["code"])
    else:
        credential, state = (request.POST.get(name, "") for name in ("credential", "state"))
        kind = "passkey" if proving.by_passkey(request, credential, state, account) else ""
    if not kind:
        refuse(request, account, "code" if form.is_bound else "passkey")
    return kind


def _ask_second(
    request: HttpRequest, account: Account, form: Second, mistake: str, status: int
) -> HttpResponse:
    kinds = set(account.factors.values_list("kind", flat=True))
    question = passkeys.ask(account) if Factor.Kind.PASSKEY in kinds else None
    context = {"form": form, "mistake": mistake, "question": question, "has_app": Factor.Kind.APP in kinds}
    return told(request, "identity/second.html", context, status if mistake or form.errors else 200)


@signed_in
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if isinstance(request.user, Account):
        note(request.user.person, "session.end", kind="event")
    logout(request)
    answer = redirect(settings.LOGIN_URL)
    answer["Clear-Site-Data"] = '"cache"'
    return answer
