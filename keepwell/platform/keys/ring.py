"""Rings of keys in files: the first key works, the later ones still open or check what they once made.

A file holds one key a line, `id:base64` of 32 bytes, the newest first; only its owner can read it.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

BYTES = 32
ID_BYTES = 4
OTHERS = 0o077
REST_SECONDS = 60


@dataclass(frozen=True)
class Key:
    """32 secret bytes with a name that may be told."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def line(self) -> str:
        """The key as a ring keeps it."""
        return f"{self.id}:{base64.b64encode(self.secret).decode()}"


def ring(name: str) -> tuple[Key, ...]:
    """The keys of the ring `name` ("sealing", "signing"), the present one first.

    Outside production a ring that is missing is made; in production that is an ImproperlyConfigured, as is
    one that others can read or that holds what is no key.
    """
    path = Path(settings.KEEPWELL_KEYS) / name
    if not path.exists():
        if settings.PRODUCTION:
            raise ImproperlyConfigured(
                _("There is no key file %(file)s. Make the keys by `keepwell keys make`.") % {"file": path}
            )
        _begin(path)
    return _read(path, path.stat().st_mtime_ns)


def is_there(name: str) -> bool:
    """Whether the ring `name` was made."""
    return (Path(settings.KEEPWELL_KEYS) / name).exists()


def make(name: str) -> Key:
    """Put a new key before those of the ring `name`, which is made if it is missing; returns the new key."""
    path = Path(settings.KEEPWELL_KEYS) / name
    kept = path.read_text() if path.exists() else ""
    if not kept:
        return _begin(path)
    fresh = Key(secrets.token_hex(ID_BYTES), secrets.token_bytes(BYTES))
    _draft(path, fresh, kept).replace(path)
    return fresh


def retire(name: str, key: str) -> None:
    """Take the key called `key` from the ring `name`. It is kept in a ring beside, `name`.retired, first."""
    path, apart = (Path(settings.KEEPWELL_KEYS) / one for one in (name, retired(name)))
    old = next(one for one in ring(name) if one.id == key)
    if key not in {one.id for one in (ring(retired(name)) if apart.exists() else ())}:
        _draft(apart, old, apart.read_text() if apart.exists() else "").replace(apart)
    first, *others = [one for one in ring(name) if one.id != key]
    _draft(path, first, "".join(f"{one.line()}\n" for one in others)).replace(path)


def has_rested(name: str) -> bool:
    """Whether the ring is as it was a minute ago: whoever took a key from it before is done with that."""
    return time.time() - (Path(settings.KEEPWELL_KEYS) / name).stat().st_mtime > REST_SECONDS


def retired(name: str) -> str:
    """What the ring is called in which the keys lie that were taken from the ring `name`."""
    return f"{name}.retired"


def _begin(path: Path) -> Key:
    """Make the ring at `path`, which is missing; the key that counts now. Another process may be quicker at any moment:
    its ring stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = Key(secrets.token_hex(ID_BYTES), secrets.token_bytes(BYTES))
    draft = _draft(path, fresh, "")
    try:
        os.link(draft, path)
    except FileExistsError:
        return _read(path, path.stat().st_mtime_ns)[0]
    finally:
        draft.unlink()
    return fresh


def _draft(path: Path, fresh: Key, kept: str) -> Path:
    """A file beside `path` with `fresh` before the lines that are `kept`."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(f"{fresh.line()}\n{kept}")
    return draft


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> tuple[Key, ...]:
    if path.stat().st_mode & OTHERS:
        raise ImproperlyConfigured(
            _("Others can read the key file %(file)s. Take that away by `chmod 600 %(file)s`.")
            % {"file": path}
        )
    lines = [line for line in path.read_text().split("\n") if line.strip()]
    if not lines:
        raise ImproperlyConfigured(
            _("The key file %(file)s is empty. Bring back the one it was.") % {"file": path}
        )
    return tuple(_key(line, path) for line in lines)


def _key(line: str, path: Path) -> Key:
    name, _colon, told = line.strip().partition(":")
    try:
        secret = base64.b64decode(told, validate=True)
    except binascii.Error:
        secret = b""
    if not name or len(secret) != BYTES or len(set(secret)) < BYTES // 4:
        raise ImproperlyConfigured(
            _("The key file %(file)s holds a line that is no key of %(bytes)d random bytes.")
            % {"file": path, "bytes": BYTES}
        )
    return Key(name, secret)
