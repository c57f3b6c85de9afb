"""What every store can do, and a draft: bytes on their way into it."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from keepwell.platform.pages.outage import Outage, Unanswered

PART_BYTES = 1 << 20
IN_MEMORY_BYTES = 1 << 20


class Gone(Exception):
    """Nothing is kept under that name."""


class StoreAway(Unanswered):
    """The store does not answer, or refuses us; what it keeps is not known now."""

    outage = Outage(
        503,
        _("The store of evidence does not answer at the moment; everything else goes on. Nothing was saved; "
          "try again in a minute."),
        60,
    )  # fmt: skip


@dataclass
class Draft:
    """Bytes that were taken in and not kept yet: where they lie for now, their digest and size."""

    file: IO[bytes]
    sha256: str
    size_bytes: int

    def head(self, count: int) -> bytes:
        """The first `count` bytes."""
        self.file.seek(0)
        return self.file.read(count)


@contextmanager
def drafted(parts: Iterable[bytes]) -> Iterator[Draft]:
    """Take `parts` in, part by part, reckoning their digest; small ones stay in memory, all are gone afterwards."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        digest, size = sha256(), 0
        for part in parts:
            file.write(part)
            digest.update(part)
            size += len(part)
        yield Draft(file, digest.hexdigest(), size)


class Store(ABC):
    """Bytes by name. Names of evidence are the SHA-256 of the bytes, in hex. Every deed may raise StoreAway."""

    @abstractmethod
    def keep(self, name: str, file: IO[bytes]) -> None:
        """Keep what `file` holds as `name`, whole or not at all; keeping it twice is keeping it once."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether something is kept as `name`."""

    @abstractmethod
    def open(self, name: str) -> Any:
        """A readable file of what is kept as `name`; raises Gone."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Let `name` be kept no longer; nothing if it is not."""

    @abstractmethod
    def listed(self) -> Iterator[tuple[str, datetime]]:
        """Everything that lies in the store by name, what does not belong there included, and since when."""


def digest_of(file: IO[bytes]) -> str:
    """The SHA-256 of what `file` holds, read part by part."""
    digest = sha256()
    while part := file.read(PART_BYTES):
        digest.update(part)
    return digest.hexdigest()
