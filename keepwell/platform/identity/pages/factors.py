"""Second factors: enrolled by their owner, on the account page, or on the way in where a role demands one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from keepwell.kernel.refusing import Refused
from keepwell.platform.history.noting import note
from keepwell.platform.identity import passkeys, recovery, sessions, totp
from keepwell.platform.identity.admission import open_session, pending
from keepwell.platform.identity.changed import ADDED, RECOVERY, REMOVED, tell_changed
from keepwell.platform.identity.devices import remember
from keepwell.platform.identity.models import Factor
from keepwell.platform.identity.pages.forms import NewApp, NewPasskey
from keepwell.platform.pages.errors import INSIDE, OUTSIDE
from keepwell.platform.people.models import Account
from keepwell.platform.people.operations import Access, operation, public
from keepwell.platform.people.requests import PersonRequest

SALT = "keepwell.identity.seed"
SEED_LASTS_SECONDS = 900


@public
@never_cache
@sensitive_post_parameters()
def enrol(request: HttpRequest) -> HttpResponse:
    """On the way in: a role demands a second factor, so one is enrolled before anything else."""
    waiting = pending(request, enrols=True)
    if waiting is None:
        return redirect("sign-in")
    factor, context = enrolled(request, waiting.account)
    if factor is None:
        return render(request, "identity/enrol.html", context, status=422 if context["mistake"] else 200)
    codes = keep(waiting.account, factor)
    open_session(request, waiting.account, how=f"{waiting.how} and new {factor.kind}")
    answer = show_codes(request, codes, layout=OUTSIDE, onward=waiting.onward)
    remember(request, answer, waiting.account)
    return answer


@operation(Access.LOGIN, step_up=True)
@never_cache
@sensitive_post_parameters()
def add(request: PersonRequest) -> HttpResponse:
    """A new factor of one's own: an authenticator app, or a passkey."""
    account = own(request)
    factor, context = enrolled(request, account)
    if factor is None:
        return render(request, "identity/add.html", context, status=422 if context["mistake"] else 200)
    codes = keep(account, factor)
    sessions.stay(request, account)
    messages.success(request, _("%(factor)s was added. Your other sessions were ended.") % {"factor": factor})
    return show_codes(request, codes) if codes else redirect("account")


@sensitive_variables()
def enrolled(request: HttpRequest, account: Account) -> tuple[Factor | None, dict[str, Any]]:
    """The factor that the sent form enrols; None with what the page shows where none was, or the form is wrong."""
    mistake = ""
    seed = _seed(request, account)
    try:
        if request.POST.get("credential"):
            return _passkey(request, account), {}
        if "code" in request.POST:
            return _app(account, seed, request.POST["code"]), {}
    except Refused as refusal:
        mistake = str(refusal)
    context = {
        "mistake": mistake, "app": NewApp(initial={"seed": _signed(account, seed)}), "passkey": NewPasskey(),
        "seed": " ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
        "picture": totp.picture(totp.address(account, seed)), "question": passkeys.ask_new(account),
        "has_app": account.factors.filter(kind=Factor.Kind.APP).exists(),
    }  # fmt: skip
    return None, context


def _passkey(request: HttpRequest, account: Account) -> Factor:
    form = NewPasskey(request.POST)
    if not form.is_valid():
        raise Refused(_("The passkey could not be kept; begin again."))
    told = form.cleaned_data
    return passkeys.keep_new(account, told["credential"], told["state"], label=told["label"])


def _app(account: Account, seed: str, code: str) -> Factor:
    step = totp.step_of(seed, code)
    if step is None:
        raise Refused(
            _("That is not the code the app should show. Check the clock of the phone, then try again.")
        )
    return totp.enrol(account, seed, step=step)


def _signed(account: Account, seed: str) -> str:
    """The secret on its way through the form: it is shown beside it, and bound to this account."""
    return signing.dumps([account.pk, seed], salt=SALT)


def _seed(request: HttpRequest, account: Account) -> str:
    """The secret the form carries; a new one if it carries none, or an old one."""
    try:
        owner, seed = signing.loads(request.POST.get("seed", ""), salt=SALT, max_age=SEED_LASTS_SECONDS)
    except (signing.BadSignature, ValueError):
        return totp.fresh_seed()
    return str(seed) if owner == account.pk else totp.fresh_seed()


def keep(account: Account, factor: Factor) -> list[str]:
    """Note a new factor; with the first one come recovery codes, which are returned."""
    note(account.person, "factor.add", kind="event", factor=factor.kind)
    tell_changed(account.person, ADDED)
    return [] if recovery.left(account) else recovery.renew(account)


def show_codes(
    request: HttpRequest, codes: list[str], *, layout: str = INSIDE, onward: str = "/account/"
) -> HttpResponse:
    """Recovery codes on the answer to what made them, this once and nowhere else."""
    width = "kw-doc" if layout == INSIDE else "kw-out-main kw-wrong"
    context = {"codes": codes, "layout": layout, "onward": onward, "width": width}
    return render(request, "identity/recovery.html", context)


@operation(Access.LOGIN, step_up=True)
@never_cache
@require_POST
def renew_recovery(request: PersonRequest) -> HttpResponse:
    """Make ten new recovery codes in place of those before."""
    account = own(request)
    if not account.factors.exists():
        messages.warning(request, _("Recovery codes stand for a second factor; add one first."))
        return redirect("account")
    codes = recovery.renew(account)
    note(request.person, "recovery.renew", kind="event")
    tell_changed(request.person, RECOVERY)
    sessions.stay(request, account)
    return show_codes(request, codes)


@operation(Access.OBJECT, step_up=True)
@require_POST
def remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Take one of one's own factors away; the recovery codes go with the last one."""
    account = own(request)
    factor = get_object_or_404(account.factors, pk=pk)
    factor.delete()
    if not account.factors.exists():
        account.recovery_codes.all().delete()
    note(request.person, "factor.remove", kind="event", factor=factor.kind)
    tell_changed(request.person, REMOVED)
    sessions.stay(request, account)
    messages.success(
        request, _("%(factor)s was removed. Your other sessions were ended.") % {"factor": factor}
    )
    return redirect("account")


def own(request: PersonRequest) -> Account:
    """The account that is signed in."""
    account = request.user
    assert isinstance(account, Account)  # noqa: S101  # nobody else passes the middleware
    return account
