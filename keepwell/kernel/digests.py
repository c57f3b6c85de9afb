"""The digest of what was counted: the same on every database and every machine."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256


def digest(keys: Iterable[str]) -> str:
    """SHA-256 (64 hex digits) over `keys` as UTF-8, sorted as bytes, each ended by LF."""
    sums = sha256()
    for key in sorted(key.encode() for key in keys):
        sums.update(key + b"\n")
    return sums.hexdigest()
