"""What every reader of recordings leans on: numbers at a place, and the end of what can be read."""

from __future__ import annotations

import struct
from dataclasses import dataclass


class Strange(ValueError):  # noqa: N818  # what somebody sent, no error of ours
    """The bytes are no recording that can be read."""


@dataclass(frozen=True)
class Recording:
    """A recording without what its device wrote beside the sound."""

    media_type: str
    ending: str
    content: bytes


def number(data: bytes | bytearray, at: int, form: str) -> int:
    """The number of that form ("!I", "<H" …) at a place. Raises Strange beyond the end."""
    size = struct.calcsize(form)
    if at < 0 or at + size > len(data):
        raise Strange
    found: int = struct.unpack_from(form, data, at)[0]
    return found
