"""Tokens for programs: one's own, and those of service accounts."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keepwell.areas.administration.rules import services
from keepwell.platform.history.acting import Refused
from keepwell.platform.people import tokens
from keepwell.platform.people.models import Person, Service
from keepwell.platform.people.narrowing import read_scopes, read_sources
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import require
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import visible_to

ON_A_PAGE = 50


class TokenForm(forms.Form):
    """What a new token is for, and for how long."""

    label = forms.CharField(
        label=_("What it is for"), max_length=80, help_text=_("The program or machine that will use it.")
    )
    days = forms.IntegerField(
        label=_("Days it lasts"),
        min_value=1,
        max_value=tokens.LONGEST_DAYS,
        initial=90,
        help_text=_("From 1 to 365."),
    )
    may_export = forms.BooleanField(
        label=_("It may take whole registers out"),
        required=False,
        help_text=_("What a person does only with a fresh proof of who they are."),
    )


@operation(Access.LOGIN, step_up=True)
@never_cache
def show_tokens(request: PersonRequest) -> HttpResponse:
    """One's own tokens; a new one stands on the answer to its form, this once and nowhere else."""
    person: Person = request.person
    form, secret = TokenForm(request.POST or None), ""
    if form.is_valid():
        try:
            secret = tokens.issue(person, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    own = person.tokens.order_by("-created_at", "-pk")
    context = {"form": TokenForm() if secret else form, "secret": secret, "tokens": own[:ON_A_PAGE]}
    return render(request, "administration/tokens.html", context, status=422 if form.errors else 200)


@operation(Access.OBJECT)
@require_POST
def revoke_token(request: PersonRequest, pk: int) -> HttpResponse:
    """End one of one's own tokens at once."""
    own = request.person.tokens
    tokens.revoke(get_object_or_404(own, pk=pk))
    messages.success(
        request, gettext("The token was revoked; programs that use it are turned away from now on.")
    )
    return redirect("tokens")


class ServiceTokenForm(TokenForm):
    """How narrow a token of a service account is."""

    scopes = forms.CharField(
        label=_("Only these areas"), required=False,
        help_text=_("Area and level, as people:edit, separated by blanks; empty means all that the account may."),
    )  # fmt: skip
    read_only = forms.BooleanField(label=_("Only to read"), required=False)
    sources = forms.CharField(
        label=_("Only from these addresses"), required=False,
        help_text=_("Addresses or networks, as 192.0.2.0/24, separated by blanks; empty means any."),
    )  # fmt: skip

    def less(self) -> tokens.Narrowness:
        """How narrow the token will be; raises Refused."""
        told = self.cleaned_data
        return tokens.Narrowness(
            read_scopes(told["scopes"].split()), told["read_only"], read_sources(told["sources"].split())
        )


def service_of(request: PersonRequest, pk: UUID) -> Service:
    """The service account, for who may view it; absent for everybody else."""
    found: Service = get_object_or_404(
        visible_to(Service.objects.select_related("unit"), request.person), pk=pk
    )
    return found


@operation(Access.OBJECT, "administration", Level.ADMINISTER, step_up=True)
@never_cache
def show_service_tokens(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Tokens of a service account; a new one stands on the answer to its form, this once and nowhere else."""
    service = service_of(request, pk)
    require(request.person, "administration", Level.ADMINISTER, service.unit)
    form, secret = ServiceTokenForm(request.POST or None), ""
    if form.is_valid():
        told = form.cleaned_data
        try:
            less = form.less()
            secret = services.issue_token(
                service, by=request.person, days=told["days"], label=told["label"], less=less,
                may_export=told["may_export"],
            )  # fmt: skip
        except (Refused, PermissionDenied) as refusal:
            form.add_error(None, str(refusal))
    own = service.tokens.select_related("made_by").order_by("-created_at", "-pk")
    context = {
        "service": service,
        "form": ServiceTokenForm() if secret else form,
        "secret": secret,
        "tokens": own[:ON_A_PAGE],
    }
    return render(request, "administration/service_tokens.html", context, status=422 if form.errors else 200)


@operation(Access.OBJECT, "administration", Level.ADMINISTER)
@require_POST
def revoke_service_token(request: PersonRequest, pk: UUID, token: int) -> HttpResponse:
    """End a token of a service account at once."""
    service = service_of(request, pk)
    services.revoke_token(service, get_object_or_404(service.tokens, pk=token), by=request.person)
    messages.success(
        request, gettext("The token was revoked; programs that use it are turned away from now on.")
    )
    return redirect("service-tokens", pk=pk)


urlpatterns = [
    path("account/tokens/", show_tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", revoke_token, name="token-revoke"),
    path("administration/service-accounts/<uuid:pk>/tokens/", show_service_tokens, name="service-tokens"),
    path("administration/service-accounts/<uuid:pk>/tokens/<int:token>/revoke/", revoke_service_token,
         name="service-token-revoke"),
]  # fmt: skip
