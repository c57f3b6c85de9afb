"""What every request of somebody signed in passes: is the session still good, and is its proof fresh enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from keepwell.platform.history.noting import note
from keepwell.platform.identity import passkeys, proving
from keepwell.platform.identity.models import Factor
from keepwell.platform.identity.sessions import keep
from keepwell.platform.people.models import Account
from keepwell.platform.people.proofs import ProofNeeded, mark_proved

BEFORE = "proof-"
PROOFS = ("password", "code", "credential", "state")
LONGEST_KEPT = 200_000


class KeepSession:
    """Middleware that ends sessions that are too old or were left alone."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if isinstance(request.user, Account):
            keep(request, request.user)
        return self.answer(request)


class ProveAnew:
    """Middleware that asks for a fresh proof where one is needed, and then goes on with the very act.

    The page that asks carries what was typed; its answer goes to the same address and does it.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Ask, where a rule said that a proof is needed."""
        return ask(request) if isinstance(error, ProofNeeded) else None

    def process_view(self, request: HttpRequest, view: Any, *_arguments: Any) -> HttpResponseBase | None:
        """Look at a proof that comes with what is wanted; None goes on to it."""
        is_page = request.method == "POST" and getattr(view, "login_required", True)
        if not is_page or not isinstance(request.user, Account) or f"{BEFORE}for" not in request.POST:
            return None
        told = {name: request.POST.get(f"{BEFORE}{name}", "")[:20_000] for name in PROOFS}
        try:
            kind = proving.anew(request, request.user, told)
        except proving.Spent:
            return ask(request, _("Too many tries failed. Wait 15 minutes, then try again."))
        if not kind:
            note(request.user.person, "session.prove", kind="refusal")
            return ask(request, _("That did not prove it; try once more."))
        mark_proved(request)
        note(request.user.person, "session.prove", kind="event", how=kind)
        if request.POST[f"{BEFORE}for"] == "GET":
            return redirect(request.get_full_path())
        request.POST = typed(request)
        return None


def ask(request: HttpRequest, mistake: str = "") -> HttpResponse:
    """The page that asks for a proof; 403, for nothing was done yet."""
    account = request.user
    assert isinstance(account, Account)  # noqa: S101  # only a session can be stale
    kinds = set(account.factors.values_list("kind", flat=True))
    kept = [(name, value) for name, values in typed(request).lists() for value in values]
    is_kept = not request.FILES and sum(len(value) for _name, value in kept) <= LONGEST_KEPT
    is_reading = wanted(request) == "GET" or not is_kept
    context = {
        "mistake": mistake, "kept": [] if is_reading else kept, "is_file_lost": bool(request.FILES),
        "wanted": "GET" if is_reading else "POST", "address": request.get_full_path(),
        "has_password": account.has_usable_password(), "has_app": Factor.Kind.APP in kinds,
        "providers": vouching(account) if is_reading else [],
        "question": passkeys.ask(account) if Factor.Kind.PASSKEY in kinds else None,
    }  # fmt: skip
    answer = render(request, "identity/prove.html", context, status=403)
    add_never_cache_headers(answer)
    return answer


def vouching(account: Account) -> list[Any]:
    """The houses that know this person and can be asked to prove it."""
    names = account.person.identities.values_list("provider", flat=True)
    return [settings.KEEPWELL_SSO[name] for name in names if name in settings.KEEPWELL_SSO]


def wanted(request: HttpRequest) -> str:
    """What the person wanted to do before they were asked: to see ("GET") or to send something ("POST")."""
    return request.POST.get(f"{BEFORE}for", request.method or "GET")


def typed(request: HttpRequest) -> Any:
    """What was typed, without the proof and the token of the form."""
    found = request.POST.copy()
    for name in [name for name in found if name.startswith(BEFORE) or name == "csrfmiddlewaretoken"]:
        del found[name]
    return found
