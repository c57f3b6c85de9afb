"""OpenID Connect: the code flow with PKCE, state and nonce; the token's every claim is looked at."""

from __future__ import annotations

import base64
import json
import secrets
import time
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from django.utils.crypto import constant_time_compare

from keepwell.platform.egress.client import Forbidden, Unreachable, fetch
from keepwell.platform.identity.sso.providers import Provider, Silent, Untrusted, Vouched

LEEWAY_SECONDS, LONGEST_SUBJECT, KEPT_SECONDS, PATIENCE_SECONDS = 120, 255, 600, 10
KINDS = ("JWT", "")
"""What the header of an id token may call it: RFC 9068 and others give their tokens names of their own."""
CLAIMS = ("iss", "sub", "aud", "exp", "iat", "nonce")


def flow(onward: str, purpose: str) -> dict[str, Any]:
    """What the browser's session keeps of one sign-in on its way."""
    return {"verifier": secrets.token_urlsafe(64), "nonce": secrets.token_urlsafe(24), "onward": onward,
            "purpose": purpose, "at": time.time()}  # fmt: skip


def way_there(provider: Provider, state: str, kept: dict[str, Any], back: str) -> str:
    """The address at which the house asks who it is; for a fresh proof it must ask anew."""
    digest = sha256(kept["verifier"].encode()).digest()
    told = {
        "response_type": "code", "client_id": provider.client_id, "redirect_uri": back,
        "scope": " ".join(provider.scopes), "state": state, "nonce": kept["nonce"],
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="), "code_challenge_method": "S256",
    }  # fmt: skip
    if kept["purpose"] == "proof":
        told |= {"prompt": "login", "max_age": "0"}
    address = _endpoint(provider, "authorization_endpoint")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(told)}"


def vouched(provider: Provider, told: dict[str, str], kept: dict[str, Any], back: str) -> Vouched:
    """Whom the house vouches for, by what came back (`told`); raises Untrusted."""
    named = told.get("iss", "")
    must_name = _discovered(provider).get("authorization_response_iss_parameter_supported") is True
    if (named or must_name) and named != provider.issuer:
        raise Untrusted("The answer comes from another issuer (RFC 9207).")
    if not told.get("code"):
        raise Untrusted(f"There is no code in the answer; it says {told.get('error', '')[:60]!r}.")
    claims = _claims(provider, _token(provider, told["code"], kept["verifier"], back), kept["nonce"])
    return Vouched(
        provider, claims["sub"], name=_text(claims, provider.name_claim), mail=_text(claims, provider.mail_claim),
        number=_text(claims, provider.number_claim), groups=_groups(claims, provider.groups_claim),
        proved_at=_proved_at(claims), proved_by=_proved_by(claims),
    )  # fmt: skip


def _token(provider: Provider, code: str, verifier: str, back: str) -> str:
    """The id token for `code`, over a connection of ours to the house."""
    told = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    methods = _discovered(provider).get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if "client_secret_basic" in methods:
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        told |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    answer = _asked(provider, _endpoint(provider, "token_endpoint"), told=told, headers=headers)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise Untrusted("There is no id token in the answer.")
    return token


def _claims(provider: Provider, token: str, nonce: str) -> dict[str, Any]:
    """What the token says, if it is from this house, for us, for this very sign-in, and still good."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in provider.algorithms:
            raise Untrusted("The token is signed in a way that was not agreed.")
        if str(header.get("typ", "JWT")).upper() not in KINDS:
            raise Untrusted("The token is of another kind: it was made to open something else.")
        key = _key(provider, header.get("kid"), algorithm)
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[algorithm], audience=provider.client_id, issuer=provider.issuer,
            leeway=LEEWAY_SECONDS, options={"require": list(CLAIMS)},
        )  # fmt: skip
    except jwt.PyJWTError as wrong:
        raise Untrusted(f"The token does not hold: {type(wrong).__name__}.") from wrong
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if audience != [provider.client_id] or claims.get("azp", provider.client_id) != provider.client_id:
        raise Untrusted("The token is for others as well.")
    if not isinstance(claims["nonce"], str) or not constant_time_compare(claims["nonce"], nonce):
        raise Untrusted("The token belongs to another sign-in.")
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject.strip() or len(subject) > LONGEST_SUBJECT:
        raise Untrusted("The token names nobody.")
    return claims


def _key(provider: Provider, name: Any, algorithm: str) -> jwt.PyJWK:
    """The key of the house called `name`, or its only one where the token names none (OpenID Connect Core, 10.1).

    Asked anew once, for houses change their keys.
    """
    for kept_for in (int(time.time() // KEPT_SECONDS), -1):
        fitting = [told for told in _keys(provider, kept_for) if _fits(told, algorithm)]
        found = [told for told in fitting if told.get("kid") == name] if name is not None else fitting
        if len(found) == 1:
            return jwt.PyJWK(found[0], algorithm)
        _keys.cache_clear()
    raise Untrusted("The token is signed by a key that the house does not publish.")


def _fits(told: dict[str, Any], algorithm: str) -> bool:
    """Whether a published key may sign tokens in this way; a shared secret never does."""
    is_for_signing = told.get("use", "sig") == "sig" and told.get("kty") != "oct"
    return is_for_signing and told.get("alg", algorithm) == algorithm


@lru_cache(maxsize=32)
def _keys(provider: Provider, _kept_for: int) -> list[dict[str, Any]]:
    found = _asked(provider, _endpoint(provider, "jwks_uri")).get("keys")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _endpoint(provider: Provider, name: str) -> str:
    """An address of the house, at a host that the settings name."""
    address = _discovered(provider).get(name)
    if not isinstance(address, str) or not provider.may_ask(address):
        raise Untrusted(f"Its {name} lies at a host that the settings do not name.")
    return address


def _discovered(provider: Provider) -> dict[str, Any]:
    return _discovery(provider, int(time.time() // KEPT_SECONDS))


@lru_cache(maxsize=32)
def _discovery(provider: Provider, _kept_for: int) -> dict[str, Any]:
    """What the house says of itself; it must call itself what the settings call it, to the letter."""
    found = _asked(provider, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != provider.issuer:
        raise Untrusted("The house calls itself by another name.")
    return found


def _asked(
    provider: Provider, url: str, *, told: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object that the house answers; it sends us nowhere else."""
    body = urlencode(told).encode() if told else b""
    try:
        answer = fetch(
            url, method="POST" if told else "GET", headers=headers or {"Accept": "application/json"}, body=body,
            seconds=PATIENCE_SECONDS, redirects=0,
        )  # fmt: skip
    except Unreachable as wrong:
        raise Silent(f"The house {provider.name} does not answer: {wrong}") from wrong
    except Forbidden as wrong:
        raise Untrusted(f"The house {provider.name} could not be asked: {wrong}") from wrong
    if answer.status >= 500 or answer.status == 429:
        raise Silent(f"The house {provider.name} is broken: it answered {answer.status}.")
    try:
        found = json.loads(answer.body) if answer.status == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Untrusted(f"The house answered {answer.status} and no object.")
    return found


def _text(claims: dict[str, Any], name: str) -> str:
    found = claims.get(name, "") if name else ""
    return found.strip()[:160] if isinstance(found, str) else ""


def _groups(claims: dict[str, Any], name: str) -> tuple[str, ...] | None:
    """The groups that the house says, none for an empty claim; None where it says nothing of groups (no claim, null, or
    a pointer to another place instead): then it takes nothing away."""
    found = claims.get(name) if name else None
    return tuple(str(one) for one in found) if isinstance(found, list) else None


def _proved_at(claims: dict[str, Any]) -> datetime | None:
    """When the house last asked for a proof; None if it does not say."""
    moment = claims.get("auth_time")
    return datetime.fromtimestamp(moment, UTC) if isinstance(moment, int | float) else None


def _proved_by(claims: dict[str, Any]) -> tuple[str, ...]:
    """How the house asked for a proof (OpenID Connect Core 2: acr, amr); empty if it does not say."""
    amr = claims.get("amr")
    said = [claims.get("acr"), *(amr if isinstance(amr, list) else [])]
    return tuple(one for one in said if isinstance(one, str) and one)


def forget() -> None:
    """Ask every house anew what it is."""
    _discovery.cache_clear()
    _keys.cache_clear()
