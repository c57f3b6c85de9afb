"""A file that nobody else can read or change: AES-256-GCM in chunks under a key of its own.

After one line of JSON that names the key come chunks of equal size; each carries its number and whether it
is the last, so that none can be changed, moved, left out or added, nor the file cut off.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keepwell.kernel.refusing import Refused
from keepwell.platform.keys.ring import BYTES, Key

KIND = b"keepwell-backup "
MAGIC = KIND + b"1\n"
CHUNK = 2**18
TAG = 16
SALT_BYTES = 32
LONGEST_HEADER = 4096
DAMAGED = "The backup is damaged or was cut off, and nothing was restored; take another copy of it."


class SealedWriter:
    """Writes bytes to `file`, sealed under `key`; `told` stands readable at its head."""

    def __init__(self, file: BinaryIO, key: Key, told: dict[str, str]) -> None:
        salt = secrets.token_bytes(SALT_BYTES)
        header = _header({**told, "key": key.id, "salt": base64.b64encode(salt).decode()})
        file.write(header)
        self.file, self.bound = file, sha256(header).digest()
        self.cipher, self.number, self.kept = _cipher(key, salt), 0, bytearray()

    def write(self, content: bytes) -> None:
        """Add `content`."""
        self.kept += content
        while len(self.kept) > CHUNK:
            self._seal(bytes(self.kept[:CHUNK]), last=False)
            del self.kept[:CHUNK]

    def finish(self) -> None:
        """Write what is left, marked as the last."""
        self._seal(bytes(self.kept), last=True)

    def _seal(self, content: bytes, *, last: bool) -> None:
        self.file.write(self.cipher.encrypt(_nonce(self.number, last=last), content, self.bound))
        self.number += 1


class SealedReader:
    """Reads what a SealedWriter wrote, each byte checked before it is given; raises Refused."""

    def __init__(self, file: BinaryIO, keys: Sequence[Key]) -> None:
        header, self.told = _read_header(file)
        key = next((key for key in keys if key.id == self.told["key"]), None)
        if key is None:
            raise Refused(
                f"The backup was sealed with the key {self.told['key']}, which is not here; "
                "bring back the keys folder, or set KEEPWELL_BACKUP_KEY to that key."
            )
        self.file, self.bound = file, sha256(header).digest()
        self.cipher, self.number, self.kept = _cipher(key, _salt(self.told["salt"])), 0, b""
        self.ahead = file.read(CHUNK + TAG)
        self.done_bytes = len(header) + len(self.ahead)

    def read(self, size: int) -> bytes:
        """The next `size` bytes; that there are none left is a damage."""
        parts, missing = [], size
        while missing > 0:
            if not self.kept:
                self._open()
            part, self.kept = self.kept[:missing], self.kept[missing:]
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def finish(self) -> None:
        """Make sure that nothing follows."""
        if self.kept or self.ahead:
            raise Refused(DAMAGED)

    def _open(self) -> None:
        if not self.ahead:
            raise Refused(DAMAGED)
        following = self.file.read(CHUNK + TAG)
        try:
            self.kept = self.cipher.decrypt(_nonce(self.number, last=not following), self.ahead, self.bound)
        except InvalidTag as wrong:
            raise Refused(DAMAGED) from wrong
        self.ahead, self.number = following, self.number + 1
        self.done_bytes += len(following)
        if not self.kept and following:
            raise Refused(DAMAGED)


def _cipher(key: Key, salt: bytes) -> AESGCM:
    """A cipher for one file alone, so that counted nonces never meet under one key."""
    return AESGCM(HKDF(SHA256(), BYTES, salt, b"keepwell backup 1").derive(key.secret))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _header(told: dict[str, str]) -> bytes:
    line = MAGIC + json.dumps(told, sort_keys=True).encode() + b"\n"
    return line + sha256(line).hexdigest().encode() + b"\n"


def _read_header(file: BinaryIO) -> tuple[bytes, dict[str, Any]]:
    """The head of a file, its sum checked, and what it tells."""
    begins = file.read(len(MAGIC))
    if begins != MAGIC and begins.startswith(KIND):
        raise Refused(
            "The backup is damaged, or has the form of a newer version of Keepwell; install that one."
        )
    if begins != MAGIC:
        raise Refused("The file is no backup; name one that `keepwell backup` wrote.")
    line = MAGIC + file.readline(LONGEST_HEADER)
    end = file.read(2 * sha256().digest_size + 1)
    if end != sha256(line).hexdigest().encode() + b"\n":
        raise Refused(DAMAGED)
    return line + end, json.loads(line[len(MAGIC) :])


def _salt(told: str) -> bytes:
    try:
        return base64.b64decode(told, validate=True)
    except binascii.Error as wrong:
        raise Refused(DAMAGED) from wrong
