"""How people sign in, for those who look after it."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from keepwell.kernel.refusing import Refused
from keepwell.platform.identity import links, tending
from keepwell.platform.identity.models import Stranger
from keepwell.platform.people.models import Account, Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level

ON_A_PAGE = 50


class Opening(forms.Form):
    """Under which name somebody will sign in."""

    name = forms.CharField(label=gettext_lazy("Sign-in name"), max_length=80)


class Resetting(forms.Form):
    """How it was made sure who asks to have lost factors taken away."""

    identified = forms.CharField(
        label=gettext_lazy("How did you make sure who asks?"), widget=forms.Textarea(attrs={"rows": 2}),
        min_length=tending.SHORTEST_ACCOUNT, max_length=tending.LONGEST_ACCOUNT,
        help_text=gettext_lazy("As: seen with staff card and passport; called back on the number in the staff list. "
                               "The trail keeps it."),
    )  # fmt: skip


@operation(Access.PERMISSION, tending.AREA, Level.ADMINISTER)
def show_people(request: PersonRequest) -> HttpResponse:
    """Who signs in how, and who knocked and is nobody here yet."""
    words = request.GET.get("q", "")[:60].strip()
    found = tending.people_tended(request.person, words)
    found = found if words else found.filter(account__isnull=False)
    people = found.select_related("account", "unit").prefetch_related("account__factors", "identities")
    knocking = Stranger.objects.order_by("-last_at", "-pk") if tending.sees_strangers(request.person) else ()
    context = {
        "people": people.order_by("name", "pk")[: ON_A_PAGE + 1], "most": ON_A_PAGE, "words": words,
        "strangers": knocking[:ON_A_PAGE],
    }  # fmt: skip
    return render(request, "identity/people.html", context)


@operation(Access.OBJECT, tending.AREA, Level.ADMINISTER)
@never_cache
def show_person(request: PersonRequest, pk: UUID) -> HttpResponse:
    """How one person signs in, and what may be done about it."""
    return _page(request, _person(request, pk))


def _person(request: PersonRequest, pk: UUID) -> Person:
    return get_object_or_404(tending.people_tended(request.person).select_related("account", "unit"), pk=pk)


def _page(
    request: PersonRequest, person: Person, address: str = "", form: forms.Form | None = None,
    resetting: forms.Form | None = None,
) -> HttpResponse:  # fmt: skip
    account = Account.objects.filter(person=person).first()
    context = {
        "whose": person, "account": account, "factors": account.factors.order_by("pk") if account else (),
        "identities": person.identities.order_by("pk"), "address": address,
        "why_not": tending.why_not(request.person, person), "has_password": account and account.has_usable_password(),
        "form": form or Opening(initial={"name": person.number}), "mail_is_on": settings.MAIL.is_on,
        "resetting": resetting or Resetting(),
    }  # fmt: skip
    wrong = any(one.errors for one in (form, resetting) if one)
    return render(request, "identity/person.html", context, status=422 if wrong else 200)


@operation(Access.OBJECT, tending.AREA, Level.ADMINISTER, step_up=True)
@never_cache
def change(request: PersonRequest, pk: UUID, act: str) -> HttpResponse:
    """One act on how somebody signs in."""
    person, by = _person(request, pk), request.person
    if request.method != "POST" or act not in ACTS:
        raise Http404
    if act != "open" and not Account.objects.filter(person=person).exists():
        raise Http404
    try:
        return ACTS[act](request, person, by)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("tend-person", pk=pk)


def _open(request: PersonRequest, person: Person, by: Person) -> HttpResponse:
    form = Opening(request.POST)
    if not form.is_valid():
        return _page(request, person, form=form)
    account = tending.open_account(person, form.cleaned_data["name"], by=by)
    return _linked(request, person, account)


def _link(request: PersonRequest, person: Person, by: Person) -> HttpResponse:
    tending.require_tending(by, person)
    return _linked(request, person, person.account)


def _linked(request: PersonRequest, person: Person, account: Account) -> HttpResponse:
    """Mail the link to its owner; only where no mail leaves, show it this once to be handed over."""
    address = links.make(account, lasts=links.GIVEN, by=request.person)
    if links.is_mailed(account):
        links.send(account, address)
        messages.success(request, _("A link to set the password goes to %(mail)s.") % {"mail": person.mail})
        return redirect("tend-person", pk=person.pk)
    return _page(request, person, address=address)


def _reset(request: PersonRequest, person: Person, by: Person) -> HttpResponse:
    form = Resetting(request.POST)
    if not form.is_valid():
        return _page(request, person, resetting=form)
    tending.reset_factors(person, by=by, identified=form.cleaned_data["identified"])
    messages.success(request, _("The second factors of %(person)s were taken away.") % {"person": person})
    return redirect("tend-person", pk=person.pk)


def _close(request: PersonRequest, person: Person, by: Person) -> HttpResponse:
    tending.close_account(person, by=by)
    messages.success(request, _("%(person)s signs in no more.") % {"person": person})
    return redirect("tend-person", pk=person.pk)


def _unlink(request: PersonRequest, person: Person, by: Person) -> HttpResponse:
    named = request.POST.get("identity", "")
    identity = get_object_or_404(person.identities, pk=int(named) if named.isdecimal() else 0)
    tending.unlink(identity, by=by)
    facts = {"provider": identity.provider_title, "person": person}
    messages.success(request, _("%(provider)s vouches for %(person)s no more.") % facts)
    return redirect("tend-person", pk=person.pk)


ACTS = {"open": _open, "link": _link, "reset": _reset, "close": _close, "unlink": _unlink}


@operation(Access.PERMISSION, tending.AREA, Level.ADMINISTER, step_up=True)
def link_stranger(request: PersonRequest, pk: int) -> HttpResponse:
    """Say who a stranger is, for whom another house vouches."""
    if request.method != "POST" or not tending.sees_strangers(request.person):
        raise Http404
    stranger = get_object_or_404(Stranger, pk=pk)
    number = request.POST.get("number", "").strip()[:20]
    person = tending.people_tended(request.person).filter(number=number).first()
    if person is None:
        messages.warning(
            request, _("Nobody whom you look after has the number “%(number)s”.") % {"number": number}
        )
        return redirect("tend")
    try:
        tending.link_stranger(stranger, person, by=request.person)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("tend")
    messages.success(
        request, _("%(stranger)s is %(person)s from now on.") % {"stranger": stranger, "person": person}
    )
    return redirect("tend-person", pk=person.pk)
