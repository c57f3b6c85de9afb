"""Signing in and out by password."""

from __future__ import annotations

import logging

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from keepwell.platform.people.operations import public, signed_in
from keepwell.platform.people.signing import forget_failures, is_throttled, note_failure, source_of
from keepwell.platform.tree.models import Unit

log = logging.getLogger("keepwell.sign_in")


class SignIn(forms.Form):
    """Sign-in name and password; wrong, unknown and throttled are told apart only in the log."""

    name = forms.CharField(label=_("Sign-in name"), max_length=80, widget=forms.TextInput(
        attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}))  # fmt: skip
    password = forms.CharField(label=_("Password"), max_length=400, strip=False, widget=forms.PasswordInput(
        attrs={"autocomplete": "current-password"}))  # fmt: skip


@public
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask who it is; a stranger with the right password becomes a person."""
    if request.user.is_authenticated:
        return redirect("start")
    form = SignIn(request.POST or None)
    if form.is_valid() and (answer := admit(request, form)):
        return answer
    group = Unit.objects.filter(kind=Unit.Kind.GROUP).first()
    context = {"form": form, "group": group, "next": onward(request)}
    return render(request, "pages/sign_in.html", context, status=422 if form.errors else 200)


def admit(request: HttpRequest, form: SignIn) -> HttpResponseRedirect | None:
    """Sign in and go on, or say on the form why not; only failures are counted."""
    name, source = form.cleaned_data["name"], source_of(request)
    if is_throttled(name, source):
        log.warning("sign-in throttled", extra={"source": source})
        form.add_error(None, _("Too many tries failed. Wait 15 minutes, then try again."))
        return None
    account = authenticate(request, username=name, password=form.cleaned_data["password"])
    if account is None:
        note_failure(name, source)
        log.warning("sign-in failed", extra={"source": source})
        form.add_error(None, _("Name and password do not belong together."))
        return None
    forget_failures(name, source)
    login(request, account)
    log.info("signed in", extra={"account": account.pk, "source": source})
    return redirect(onward(request))


def onward(request: HttpRequest) -> str:
    """Where to go after signing in: a page of this site, else the start page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours and wanted.startswith("/") else reverse("start")


@signed_in
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("sign-in")
