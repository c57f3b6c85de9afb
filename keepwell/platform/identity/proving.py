"""One proof of who somebody is: a password, a code, or a passkey, each behind its own throttle."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from keepwell.platform.identity import passkeys, recovery, totp
from keepwell.platform.identity.devices import known_as, vouched_by_link
from keepwell.platform.identity.sessions import digest_of
from keepwell.platform.people.models import Account, canonical
from keepwell.platform.people.signing import account_named
from keepwell.platform.people.throttle import TRIES_OF_A_SOURCE, Purse, Try, attempt, purses, source_of


class Spent(Exception):
    """No try is left; whether this one was right is not looked at."""


def paid(request: HttpRequest, entry: str, name: str) -> Try:
    """One try of `name` at `entry`, paid for; raises Spent."""
    return paid_by(request, entry, name, known_as(request, name))


def paid_by(request: HttpRequest, entry: str, name: str, known: str) -> Try:
    """One try of `name`, who is `known` so, at `entry`, paid for; raises Spent."""
    tried = attempt(*purses(entry, name, source_of(request), known_as=known))
    if not tried.is_allowed:
        raise Spent
    return tried


def by_password(request: HttpRequest, name: str, password: str) -> Account | None:
    """Whose sign-in name and password these are; None if they do not belong together; raises Spent."""
    known = vouched_by_link(request, name) or known_as(request, name)
    tried = paid_by(request, "password", name, known)
    account = _matching(account_named(name), password)
    if account:
        tried.succeeded()
    return account


def by_code_and_password(request: HttpRequest, name: str, password: str, code: str) -> Account | None:
    """The same, the code of the app first: a way in for who is under attack and has a second factor.

    The password is looked at only where the code is right, and each address has tries of its own: strangers
    can spend theirs, not those of the person. Raises Spent.
    """
    source = source_of(request)
    own = Purse(f"code first|{canonical(name)[:80]}|{source}")
    tried = attempt(own, Purse(f"code first|*|{source}", TRIES_OF_A_SOURCE))
    if not tried.is_allowed:
        raise Spent
    account = account_named(name)
    if account is None or not totp.accepts(account, code):
        return None
    found = _matching(account, password)
    if found:
        tried.succeeded()
    return found


def by_second_factor(request: HttpRequest, account: Account, code: str) -> str:
    """Which kind of code of `account` this is ("app", "recovery"), "" if none; it is used now; raises Spent."""
    name = account.sign_in_name
    if len("".join(code.split())) > totp.DIGITS:
        tried = paid(request, "recovery", name)
        kind = "recovery" if recovery.accepts(account, code) else ""
    else:
        tried = paid(request, "code", name)
        kind = "app" if totp.accepts(account, code) else ""
    if kind:
        tried.succeeded()
    return kind


def by_passkey(
    request: HttpRequest, answer: str, state: str, account: Account | None = None
) -> Account | None:
    """Whose passkey answered; None if nobody's; raises Spent, by address: a passkey cannot be guessed."""
    tried = attempt(*purses("passkey", "", source_of(request)))
    if not tried.is_allowed:
        raise Spent
    found = passkeys.answered(answer, state, account)
    if found:
        tried.succeeded()
    return found


def anew(request: HttpRequest, account: Account, told: dict[str, str]) -> str:
    """Which proof that somebody signed in gave once more ("password", "app", "passkey"), "" if none holds.

    Each session has its own tries, so that nobody outside it can spend them; raises Spent.
    """
    session = f"session {digest_of(request.session.session_key)}"
    tried = attempt(*purses("step-up", account.sign_in_name, source_of(request), known_as=session))
    if not tried.is_allowed:
        raise Spent
    kind = _anew(account, told)
    if kind:
        tried.succeeded()
    return kind


def _anew(account: Account, told: dict[str, str]) -> str:
    if told.get("credential"):
        return "passkey" if passkeys.answered(told["credential"], told.get("state", ""), account) else ""
    if told.get("code"):
        return "app" if totp.accepts(account, told["code"]) else ""
    return "password" if _matching(account, told.get("password", "")) else ""


def _matching(account: Account | None, password: str) -> Account | None:
    """`account` if `password` is its own; an account without one costs as much time as any other."""
    barred = account is None or (settings.KEEPWELL_PASSWORDS == "break-glass" and not account.is_break_glass)
    if account is None or barred or not account.has_usable_password():
        make_password(password)
        return None
    return account if account.check_password(password) else None
