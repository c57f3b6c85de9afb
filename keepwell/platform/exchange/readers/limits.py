"""How large a file may be, and how one is refused."""

from __future__ import annotations

from dataclasses import dataclass

from keepwell.kernel.refusing import Refused

MEGABYTE = 1_048_576


class FileRefused(Refused):
    """The file as a whole cannot be read; the sentence says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Limits:
    """The most that is read of one file."""

    size_bytes: int = 100 * MEGABYTE
    unpacked_bytes: int = 400 * MEGABYTE
    ratio: int = 100
    rows: int = 1_000_000
    columns: int = 256
    cell_characters: int = 32_767
    members: int = 1_000
