"""A secret that the processes of one server share: on no disk, and gone when the server ends."""

from __future__ import annotations

import os
import secrets

NAME = "KEEPWELL_PASSING_SECRET"


def share() -> None:
    """Make it, for this process and those that it starts."""
    os.environ[NAME] = secrets.token_hex(32)


def passing_secret() -> bytes:
    """The secret; where no server shared one, this process has its own."""
    return os.environ.setdefault(NAME, secrets.token_hex(32)).encode()
