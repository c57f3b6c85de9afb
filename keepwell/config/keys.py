"""The secret key: made for a machine of one's own, demanded in production."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from keepwell.config import env

SHORTEST = 50
KNOWN = ("changeme", "secret", "insecure", "keepwell", "django-insecure", "password", "example")


def secret_key(*, production: bool, folder: Path) -> str:
    """The key that signs sessions; in production a missing, short or known one stops the program."""
    key = env.text("KEEPWELL_SECRET_KEY")
    if production and (complaint := weakness(key)):
        env.stop(complaint)
    return key or _kept(folder / "secret-key")


def weakness(key: str) -> str:
    """Why `key` may not be used in production, as one sentence; empty if it may."""
    remedy = "Set KEEPWELL_SECRET_KEY, or KEEPWELL_SECRET_KEY_FILE, to 50 random characters or more."
    if not key:
        return f"KEEPWELL_URL says production, but there is no secret key. {remedy}"
    if len(key) < SHORTEST or len(set(key)) < 10:
        return f"The secret key is too short or too plain for production. {remedy}"
    if any(word in key.lower() for word in KNOWN):
        return f"The secret key is one that others know. {remedy}"
    return ""


def _kept(path: Path) -> str:
    """The key in `path`, made at the first start, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(60))
        draft.replace(path)
    return path.read_text().strip()
