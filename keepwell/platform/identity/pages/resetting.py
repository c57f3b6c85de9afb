"""A forgotten password: asking for a link by mail, and setting a new one by it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keepwell.platform.identity import links
from keepwell.platform.identity.devices import vouch
from keepwell.platform.identity.jobs import SENDING
from keepwell.platform.identity.pages.forms import Forgotten, NewPassword
from keepwell.platform.identity.pages.signing_in import TOO_MANY, told
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.people.models import canonical
from keepwell.platform.people.operations import public
from keepwell.platform.people.signing import account_named
from keepwell.platform.people.throttle import Purse, attempt, purses, source_of

LINKS = 2
"""How many links one name is sent within the life of a link: while none more is sent, the last one sent is good. So
nobody who asks for the links of others keeps them from having one."""


@public
@never_cache
def ask_link(request: HttpRequest) -> HttpResponse:
    """Mail a link to who forgot their password; what is answered says nothing of whether the name is known."""
    if not settings.MAIL.is_on:
        raise Http404
    form = Forgotten(request.POST or None)
    if not form.is_valid():
        return told(request, "identity/forgotten.html", {"form": form}, 422 if form.errors else 200)
    name, source = form.cleaned_data["name"], source_of(request)
    if not attempt(*purses("link", "", source)).is_allowed:
        form.add_error(None, _("Too many tries failed. Wait 15 minutes, then try again."))
        return told(request, "identity/forgotten.html", {"form": form}, TOO_MANY)
    # Paid for by every name alike; beyond these nothing is sent, and nothing says so.
    purse = Purse(f"mail|{canonical(name)[:80]}", LINKS, int(links.ASKED_FOR.total_seconds()))
    is_paid = attempt(purse).is_allowed
    account = account_named(name)
    if is_paid:
        enqueue(SENDING, account=account.pk if account else 0)
    return render(request, "identity/forgotten.html", {"is_asked": True})


@public
@never_cache
@sensitive_post_parameters("new")
def set_password(request: HttpRequest, secret: str) -> HttpResponse:
    """Set a password by a link, once; signing in is a step of its own."""
    tried = attempt(*purses("by link", "", source_of(request)))
    if not tried.is_allowed:
        return told(request, "identity/set_password.html", {"is_spent": True}, TOO_MANY)
    link = links.found(secret)
    if link is None:
        return told(request, "identity/set_password.html", {"is_void": True}, 404)
    tried.succeeded()
    form = NewPassword(request.POST or None)
    if form.is_valid():
        try:
            validate_password(form.cleaned_data["new"], link.account)
        except ValidationError as reasons:
            form.add_error("new", reasons)
        else:
            if not links.use(link, form.cleaned_data["new"]):
                return told(request, "identity/set_password.html", {"is_void": True}, 404)
            vouch(request, link)
            messages.success(request, _("Your password is set. Sign in with it."))
            return redirect("sign-in")
    context: dict[str, Any] = {"form": form, "account": link.account}
    return told(request, "identity/set_password.html", context, 422 if form.errors else 200)
