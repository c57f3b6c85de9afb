"""What each row of a workbook carries besides its cells: of which assessment, which answer, as it was when taken out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from keepwell.areas.assessment.models import Source

HEADING = "Keepwell"
SHAPE = re.compile(r"([0-9a-f]{32}):([a-z]{1,12}):([0-9]{1,9}):([0-9a-f]{12}):(.{1,60})")


@dataclass(frozen=True)
class Said:
    """What the cells of one row say: as typed, compared by value."""

    policy: Decimal | None = None
    practice: Decimal | None = None
    not_applicable: bool = False
    reason: str = ""

    @property
    def digest(self) -> str:
        """Twelve signs that change when what is said does."""
        parts = ["" if v is None else f"{v.normalize():f}" for v in (self.policy, self.practice)]
        text = "\n".join([*parts, str(self.not_applicable), " ".join(self.reason.split())])
        return sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Key:
    """The key of a row: assessment, source, version of the answer (0: none), digest of what was taken out, code."""

    assessment: UUID
    source: Source
    version: int
    digest: str
    code: str

    def __str__(self) -> str:
        return f"{self.assessment.hex}:{self.source.value}:{self.version}:{self.digest}:{self.code}"


def parse(text: str) -> Key | None:
    """The key in a cell; None if it is none."""
    found = SHAPE.fullmatch(text.strip())
    if found is None or found[2] not in Source.values:
        return None
    return Key(UUID(found[1]), Source(found[2]), int(found[3]), found[4], found[5])
