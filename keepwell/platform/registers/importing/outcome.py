"""What became of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from keepwell.platform.exchange.cells import RowError
from keepwell.platform.exchange.models import Batch

Progress = Callable[[int, int | None, str], None]
MOST_ERRORS = 1_000
ROW_BY_ROW = 1_000
CHUNK = 1_000


def silent(_done: int, _total: int | None, _message: str) -> None:
    """Progress for those who do not watch."""


@dataclass
class Outcome:
    """How many rows of a file were new, changed, the same, unmatched; and every row that does not fit.

    `earlier` is the batch that brought in the very same file before; then nothing was done.
    """

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    unmatched: int = 0
    errors: list[RowError] = field(default_factory=list)
    batch: Batch | None = None
    earlier: Batch | None = None
    dry_run: bool = False

    @property
    def is_refused(self) -> bool:
        """Whether a row does not fit, so that nothing was written."""
        return bool(self.errors)

    @property
    def written(self) -> int:
        return 0 if self.dry_run else self.created + self.changed

    def told(self) -> dict[str, Any]:
        """The outcome as programs read it."""
        return {
            "rows": self.rows, "created": self.created, "changed": self.changed, "unchanged": self.unchanged,
            "unmatched": self.unmatched, "dry_run": self.dry_run,
            "errors": [{"line": e.line, "column": e.column, "found": e.found, "expected": e.expected} for e in self.errors],
            "batch": str(self.batch.pk) if self.batch else None,
            "earlier_id": str(self.earlier.pk) if self.earlier else None,
            "earlier": self.earlier.at.isoformat() if self.earlier else None,
        }  # fmt: skip
