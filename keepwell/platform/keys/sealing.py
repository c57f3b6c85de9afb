"""Secrets at rest: AES-256-GCM, each bound to the table, row and column it stands in."""

from __future__ import annotations

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keepwell.platform.keys.ring import Key, ring

MARK = "kw1"
NONCE_BYTES = 12  # NIST SP 800-38D, 5.2.1.1: 96 bits


class Unopenable(ValueError):
    """A sealed value that no key of ours opens in this place: damaged, moved, or sealed elsewhere."""


def place_of(table: str, row: object, column: str) -> str:
    """Where a value stands; sealed for one place, it opens in no other."""
    return f"{table}|{row}|{column}"


def seal(value: str, *, place: str) -> str:
    """`value`, readable only with the key in use and only in `place`: kw1.key.base64."""
    key, nonce = ring("sealing")[0], secrets.token_bytes(NONCE_BYTES)
    body = AESGCM(key.secret).encrypt(nonce, value.encode(), _bound(key.id, place))
    return f"{MARK}.{key.id}.{base64.urlsafe_b64encode(nonce + body).decode()}"


def unseal(sealed: str, *, place: str) -> str:
    """What was sealed for `place`; raises Unopenable."""
    key, body = _parts(sealed)
    try:
        plain = AESGCM(key.secret).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], _bound(key.id, place))
    except (InvalidTag, ValueError) as wrong:
        raise Unopenable(f"The sealed value in {place} is damaged or stands in the wrong place.") from wrong
    return plain.decode()


def is_stale(sealed: str) -> bool:
    """Whether `sealed` was made with an older key, so that it should be sealed anew."""
    return sealed.split(".")[1:2] != [ring("sealing")[0].id]


def _parts(sealed: str) -> tuple[Key, bytes]:
    mark, _, rest = sealed.partition(".")
    name, _, told = rest.partition(".")
    key = next((key for key in ring("sealing") if key.id == name), None)
    if mark != MARK or key is None:
        raise Unopenable(f"No key of this installation is called {name or 'so'}; bring back the key file.")
    try:
        return key, base64.urlsafe_b64decode(told)
    except binascii.Error as wrong:
        raise Unopenable("The sealed value is damaged.") from wrong


def _bound(key: str, place: str) -> bytes:
    return f"{MARK}|{key}|{place}".encode()
