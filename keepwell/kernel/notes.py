"""Signed notes and checkpoints of a log (C2SP signed-note and tlog-checkpoint), by Ed25519."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = b"\x01"
ID_BYTES, KEY_BYTES, SIGNATURE_BYTES = 4, 32, 64
DASH = "\u2014 "
Sign = Callable[[bytes], bytes]


class NotSigned(ValueError):
    """A note that none of the keys asked for has signed, or that is no note."""


@dataclass(frozen=True)
class Verifier:
    """A public key with the name of the log it signs for."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The first 4 bytes of the digest of name and key."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether `signature` is this key's over `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


def verifier(told: str) -> Verifier:
    """The key written as name+hash+base64; raises ValueError."""
    name, _, rest = told.strip().partition("+")
    digest, _, encoded = rest.partition("+")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise ValueError("The public key is not written as name+hash+base64.") from wrong
    found = Verifier(name, key[1:])
    if not name or key[:1] != ED25519 or len(key) != 1 + KEY_BYTES or found.id.hex() != digest:
        raise ValueError("The public key is not written as name+hash+base64.")
    return found


def signed(text: str, signers: Iterable[tuple[Verifier, Sign]]) -> str:
    """The note of `text`, which ends in a line feed, signed by each."""
    lines = (
        f"{DASH}{key.name} {base64.b64encode(key.id + sign(text.encode())).decode()}\n"
        for key, sign in signers
    )
    return f"{text}\n{''.join(lines)}"


def opened(note: str, keys: Iterable[Verifier]) -> tuple[str, list[Verifier]]:
    """The text of `note` and those of `keys` that signed it; raises NotSigned if none did.

    Signatures of other keys are passed over; a wrong one of a key asked for spoils the note.
    """
    text, break_, lines = note.rpartition("\n\n")
    if not break_ or not lines.endswith("\n"):
        raise NotSigned("The checkpoint is not written as a signed note.")
    text += "\n"
    wanted, found = {(key.name, key.id): key for key in keys}, []
    for line in lines[:-1].split("\n"):
        name, signature = _signature(line)
        key = wanted.get((name, signature[:ID_BYTES]))
        if key is None:
            continue
        if not key.has_signed(text, signature[ID_BYTES:]):
            raise NotSigned("The checkpoint carries a signature that its key did not make.")
        found.append(key)
    if not found:
        raise NotSigned("The checkpoint is not signed with a key that is known.")
    return text, found


def signatories(note: str) -> list[tuple[str, bytes]]:
    """The names and ids of the keys that `note` says have signed it; whether they did is not looked at."""
    found = []
    for line in note.rpartition("\n\n")[2].split("\n"):
        with suppress(NotSigned):
            name, signature = _signature(line)
            found.append((name, signature[:ID_BYTES]))
    return found


def _signature(line: str) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    if not line.startswith(DASH) or not name or len(signature) <= ID_BYTES:
        raise NotSigned("The checkpoint is not written as a signed note.")
    return name, signature


class Restored(NamedTuple):
    """That a log was brought back from a copy: how many leaves that had, and the hash of the next, which tells of it."""

    size: int
    leaf: bytes


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself: its name, how many leaves it has, and their root.

    `keys` are those that sign from here on beside or instead of the present one; `restores` all that ever led the log
    to another line, the oldest first: what was signed on a line that was left tells nothing of leaves after that.
    """

    origin: str
    size: int
    root: bytes
    keys: tuple[Verifier, ...] = ()
    restores: tuple[Restored, ...] = ()

    def text(self) -> str:
        """What is signed."""
        more = "".join(f"key {key}\n" for key in self.keys)
        more += "".join(f"restored {n} {base64.b64encode(leaf).decode()}\n" for n, leaf in self.restores)
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{more}"

    def parted(self, now: Checkpoint) -> tuple[int, int]:
        """How many leaves this one shares with `now`, and the leaf there that tells why no more; all, and 0, where no
        restore tells it."""
        pairs = list(zip(self.restores, now.restores, strict=False))
        same = next((place for place, (one, other) in enumerate(pairs) if one != other), len(pairs))
        if same == len(now.restores):
            return self.size, 0
        told = now.restores[same]
        return min(one.size for one in (*self.restores[same:], told)), told.size


def checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's text says; raises ValueError."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not lines[0] or not _is_number(lines[1]):
        raise ValueError("The note is no checkpoint.")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise ValueError("The note is no checkpoint.") from wrong
    if len(root) != 32:
        raise ValueError("The note is no checkpoint.")
    told = (line.removeprefix("key ") for line in lines[3:-1] if line.startswith("key "))
    restores = tuple(_restored(line) for line in lines[3:-1] if line.startswith("restored "))
    return Checkpoint(lines[0], int(lines[1]), root, tuple(verifier(key) for key in told), restores)


def _restored(line: str) -> Restored:
    _, size, leaf = (*line.split(" "), "", "")[:3]
    if not _is_number(size):
        raise ValueError("The note is no checkpoint.")
    return Restored(int(size), base64.b64decode(leaf, validate=True))


def told(note: str) -> Checkpoint:
    """What a whole note says, whoever signed it; raises ValueError."""
    return checkpoint(f"{note.rpartition(chr(10) * 2)[0]}\n")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")
