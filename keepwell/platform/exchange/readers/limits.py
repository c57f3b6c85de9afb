"""How large a file may be, and how one is refused."""

from __future__ import annotations

from dataclasses import dataclass

from keepwell.kernel.refusing import Refused

MEGABYTE = 1_048_576


class FileRefused(Refused):
    """The file as a whole cannot be read; the sentence says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Limits:
    """The most that is read of one file, and what reading a workbook may take."""

    size_bytes: int = 100 * MEGABYTE
    unpacked_bytes: int = 1_024 * MEGABYTE
    ratio: int = 100
    members: int = 1_000
    rows: int = 1_000_000
    columns: int = 256
    cell_characters: int = 32_767
    memory_bytes: int = 1_024 * MEGABYTE
    processor_seconds: int = 120
    refuses_merged: bool = False
    """Whether a sheet with merged cells is refused: where each row must say by itself what it is about."""

    @property
    def row_characters(self) -> int:
        """The most that one row can hold."""
        return self.columns * self.cell_characters
