"""Passkeys (WebAuthn): enrolled, used beside a password, or alone where the device asks who holds it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from keepwell.kernel.refusing import Refused
from keepwell.platform.identity.models import Factor
from keepwell.platform.identity.once import use
from keepwell.platform.people.models import Account

SALT = "keepwell.identity.passkeys"
LASTS = timedelta(minutes=5)
LONGEST_ANSWER = 20_000
ALONE, BESIDE = UserVerificationRequirement.REQUIRED, UserVerificationRequirement.PREFERRED


@dataclass(frozen=True)
class Question:
    """What the browser is asked: `options` for it, and `state`, which comes back with its answer."""

    options: str
    state: str


def server() -> Fido2Server:
    """The party that passkeys are made for: the host of KEEPWELL_URL, and no other origin than that address."""
    parts = urlsplit(settings.KEEPWELL_URL)
    origin = f"{parts.scheme}://{parts.netloc}"
    party = PublicKeyCredentialRpEntity(id=parts.hostname or "localhost", name="Keepwell")
    return Fido2Server(party, verify_origin=lambda told: told == origin)


def ask_new(account: Account) -> Question:
    """Ask for a new passkey of `account`; those it has are named, so that none is made twice on one device."""
    options, state = server().register_begin(
        PublicKeyCredentialUserEntity(
            id=handle(account), name=account.sign_in_name, display_name=str(account.person)
        ),
        credentials=[_data(factor) for factor in _passkeys(account)],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=BESIDE,
    )
    return _question(options, state, account)


def keep_new(account: Account, answer: str, state: str, *, label: str) -> Factor:
    """Keep the passkey that the browser made; refused where the answer does not fit the question."""
    asked = _asked(state, account)
    try:
        made = server().register_complete(asked, _told(answer)).credential_data
        if made is None:
            raise ValueError("There is no key in the answer.")
        with transaction.atomic():
            return Factor.objects.create(
                account=account, kind=Factor.Kind.PASSKEY, label=label[:80] or _("Passkey"),
                credential_id=websafe_encode(made.credential_id), credential=websafe_encode(bytes(made)),
            )  # fmt: skip
    except (ValueError, TypeError, KeyError, IntegrityError) as wrong:
        raise Refused(_("The passkey could not be kept; begin again.")) from wrong


def ask(account: Account | None) -> Question:
    """Ask for a passkey of `account`; for None, for whichever the device offers, and that it asks who holds it."""
    credentials = [_data(factor) for factor in _passkeys(account)] if account else None
    options, state = server().authenticate_begin(credentials, user_verification=BESIDE if account else ALONE)
    return _question(options, state, account)


def answered(answer: str, state: str, account: Account | None = None) -> Account | None:
    """Whose passkey gave `answer` to the question of `state`; None if nobody's, or not that of `account`."""
    try:
        asked, told = _asked(state, account), AuthenticationResponse.from_dict(_told(answer))
        factor = _factor(told, account)
        if factor is None:
            return None
        server().authenticate_complete(asked, [_data(factor)], told)
    except (ValueError, TypeError, KeyError, Refused):
        return None
    count = told.response.authenticator_data.counter
    # A count that does not grow is the mark of a copied key (WebAuthn level 2, 7.2 step 21).
    fresh = Factor.objects.filter(pk=factor.pk)
    fresh = fresh.filter(sign_count__lt=count) if count or factor.sign_count else fresh
    return factor.account if fresh.update(sign_count=count, used_at=timezone.now()) else None


def _factor(told: AuthenticationResponse, account: Account | None) -> Factor | None:
    found = Factor.objects.select_related("account__person").filter(
        kind=Factor.Kind.PASSKEY, credential_id=told.id,
        account__is_active=True, account__person__retired_at__isnull=True,
    ).first()  # fmt: skip
    if found is None or (account and found.account_id != account.pk):
        return None
    named = told.response.user_handle
    return found if named is None or named == handle(found.account) else None


def handle(account: Account) -> bytes:
    """What devices call the account; nobody is known by it (WebAuthn level 2, 14.6.1)."""
    return salted_hmac(SALT, str(account.pk), algorithm="sha256").digest()


def _passkeys(account: Account) -> list[Factor]:
    return list(account.factors.filter(kind=Factor.Kind.PASSKEY).order_by("pk"))


def _data(factor: Factor) -> AttestedCredentialData:
    return AttestedCredentialData(websafe_decode(factor.credential))


def _question(options: Any, state: Any, account: Account | None) -> Question:
    told = {"asked": state, "of": account.pk if account else None}
    return Question(json.dumps(dict(options)), signing.dumps(told, salt=SALT))


def _asked(state: str, account: Account | None) -> Any:
    """What was asked, once and of `account` only."""
    try:
        told = signing.loads(state, salt=SALT, max_age=LASTS)
    except signing.BadSignature as wrong:
        raise Refused(_("That took too long; begin again.")) from wrong
    if told["of"] != (account.pk if account else None) or not use(told["asked"]["challenge"], lasts=LASTS):
        raise Refused(_("That took too long; begin again."))
    return told["asked"]


def _told(answer: str) -> dict[str, Any]:
    found = json.loads(answer) if len(answer) <= LONGEST_ANSWER else None
    if not isinstance(found, dict):
        raise ValueError("The answer is no object.")
    return found
