"""Codes of authenticator apps (RFC 6238: SHA-1, six digits, thirty seconds), each good once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import secrets
import struct
import time
from urllib.parse import quote, urlencode

from django.db import connection, transaction
from django.utils import timezone

from keepwell.platform.identity.models import Factor
from keepwell.platform.keys.sealing import place_of, seal, unseal
from keepwell.platform.people.models import Account

STEP_SECONDS, DIGITS, SEED_BYTES = 30, 6, 20
AROUND = (0, -1, 1)  # a code is good in its own half minute and those beside it
ISSUER = "Keepwell"


def fresh_seed() -> str:
    """A new secret, in base32 as apps take it."""
    return base64.b32encode(secrets.token_bytes(SEED_BYTES)).decode()


def shared_seconds() -> float:
    """Seconds since 1970 by the clock that all machines share, the database's, so that a code is good on each."""
    if connection.vendor == "sqlite":
        return time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float")
        return float(cursor.fetchone()[0])


def code_at(seed: str, step: int) -> str:
    """The code of a half minute, as the app shows it (RFC 4226, 5.3)."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(seed: str, code: str) -> int | None:
    """The half minute whose code this is, now or one beside it; None if it is none of theirs."""
    told, now = "".join(code.split()), int(shared_seconds()) // STEP_SECONDS
    good = [now + beside for beside in AROUND if hmac.compare_digest(code_at(seed, now + beside), told)]
    return good[0] if good and told.isascii() else None


def address(account: Account, seed: str) -> str:
    """What an app reads from the picture."""
    label = quote(f"{ISSUER}:{account.sign_in_name}")
    return f"otpauth://totp/{label}?{urlencode({'secret': seed, 'issuer': ISSUER})}"


def picture(text: str) -> str:
    """`text` as a QR code: an SVG that stands in the page itself, as a data address."""
    import qrcode  # with its library of pictures, which few processes need
    from qrcode.image.svg import SvgPathImage

    written = io.BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, box_size=12).save(written)
    return f"data:image/svg+xml;base64,{base64.b64encode(written.getvalue()).decode()}"


def enrol(account: Account, seed: str, *, step: int) -> Factor:
    """Keep `seed`, sealed for its own row; the code that showed it works is used with that."""
    with transaction.atomic():
        Factor.objects.filter(account=account, kind=Factor.Kind.APP).delete()
        factor = Factor.objects.create(account=account, kind=Factor.Kind.APP, label="", last_step=step)
        factor.seed = seal(seed, place=_place(factor))
        factor.save(update_fields=["seed"])
    return factor


def accepts(account: Account, code: str) -> bool:
    """Whether `code` is a good one of the app of `account` that was not used yet; now it is."""
    factor = Factor.objects.filter(account=account, kind=Factor.Kind.APP).first()
    if factor is None:
        return False
    step = step_of(unseal(factor.seed, place=_place(factor)), code)
    if step is None:
        return False
    unused = Factor.objects.filter(pk=factor.pk, last_step__lt=step)
    return bool(unused.update(last_step=step, used_at=timezone.now()))


def _place(factor: Factor) -> str:
    return place_of("identity_factor", factor.pk, "seed")
