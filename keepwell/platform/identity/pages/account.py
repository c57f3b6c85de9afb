"""One's own account: who one is, what one may do, how one signs in, and where one is signed in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from keepwell.platform.history.noting import note
from keepwell.platform.identity import proving, recovery, sessions
from keepwell.platform.identity.changed import PASSWORD, tell_changed
from keepwell.platform.identity.demands import must_enrol
from keepwell.platform.identity.models import Session
from keepwell.platform.identity.pages.factors import own
from keepwell.platform.identity.pages.forms import ChangePassword
from keepwell.platform.identity.pages.signing_in import TOO_MANY, told
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Account
from keepwell.platform.people.operations import signed_in
from keepwell.platform.people.permissions import grants_in_force
from keepwell.platform.people.requests import PersonRequest

LONGEST_LIST = 50


@signed_in
@never_cache
def show_account(request: PlacedRequest) -> HttpResponse:
    """The reader's own page."""
    person, account = request.person, own(request)
    context = {
        "account": account, "has_password": account.has_usable_password(),
        "grants": grants_in_force(person).select_related("unit").order_by("unit__code", "role", "pk"),
        "factors": account.factors.order_by("kind", "pk"), "is_demanded": must_enrol(account),
        "identities": person.identities.order_by("provider", "pk"), "codes_left": recovery.left(account),
        "token_count": person.tokens.filter(Q(revoked_at=None), expires_at__gt=timezone.now()).count(),
        "seats": sessions.seats(account, request)[:LONGEST_LIST],
    }  # fmt: skip
    return render(request, "identity/account.html", context)


@signed_in
@require_POST
def end_session(request: PersonRequest) -> HttpResponse:
    """End one session of one's own, or all but the one in use."""
    account, wanted = own(request), request.POST.get("session", "")
    if wanted == "others":
        count = sessions.end_others(account, request)
    else:
        named = [
            seat.key for seat in sessions.seats(account, request) if seat.name == wanted and not seat.is_this
        ]
        count = Session.objects.filter(account=account, pk__in=named).delete()[0]
    note(request.person, "session.end", kind="event", count=count)
    ended = ngettext("%(n)d session was ended.", "%(n)d sessions were ended.", count) % {"n": count}
    messages.success(request, ended)
    return redirect("account")


@signed_in
@never_cache
@sensitive_post_parameters()
def change_password(request: PersonRequest) -> HttpResponse:
    """A new password for who knows the old one; every other session ends."""
    account = own(request)
    form, status = ChangePassword(request.POST or None), 422
    if form.is_valid():
        try:
            is_known = bool(proving.anew(request, account, {"password": form.cleaned_data["old"]}))
            if is_known and _taken(form, account):
                _set(request, account, form.cleaned_data["new"])
                messages.success(request, _("Your password was changed. Your other sessions were ended."))
                return redirect("account")
            if not is_known:
                form.add_error("old", _("That is not your password."))
        except proving.Spent:
            form.add_error(None, _("Too many tries failed. Wait 15 minutes, then try again."))
            status = TOO_MANY
    return told(request, "identity/password.html", {"form": form}, status if form.errors else 200)


def _set(request: PersonRequest, account: Account, password: str) -> None:
    """Keep the new password, end the other sessions, and tell its owner."""
    with transaction.atomic():
        account.set_password(password)
        account.save(update_fields=["password"])
        sessions.stay(request, account)
        note(request.person, "password.change", kind="event")
        tell_changed(request.person, PASSWORD)


def _taken(form: ChangePassword, account: object) -> bool:
    """Whether the new password will do; if not, the form says why."""
    try:
        validate_password(form.cleaned_data["new"], account)  # type: ignore[arg-type]  # an account of ours
    except ValidationError as reasons:
        form.add_error("new", reasons)
        return False
    return True
