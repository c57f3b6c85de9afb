"""How the trail stands: its newest checkpoint, what waits, how far it lags, its key, and its copies outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from keepwell.kernel import notes
from keepwell.platform.history.ledger import THE_ONE, Checkpoint, Copy, Trail
from keepwell.platform.history.models import Change

LAG_AIMED = timedelta(seconds=60)


@dataclass(frozen=True)
class Standing:
    """The trail at one moment."""

    origin: str
    size: int
    signed: int
    waiting: int
    signed_at: datetime | None
    note: str
    key: str
    lag: timedelta
    copies: list[Copy]

    @property
    def lag_seconds(self) -> int:
        """For how long some row has had no checkpoint over it; 0 if none lacks one."""
        return int(self.lag.total_seconds())

    @property
    def is_late(self) -> bool:
        """Whether some row waits for a checkpoint for more than a minute."""
        return self.lag > LAG_AIMED

    @property
    def open(self) -> int:
        """How many rows are under no checkpoint yet."""
        return self.waiting + self.size - self.signed

    @property
    def percent(self) -> int:
        """How much of what was written is under a checkpoint (0..100)."""
        total = self.size + self.waiting
        return 100 * self.signed // total if total else 100


def newest_checkpoint() -> notes.Checkpoint | None:
    """What the newest checkpoint says; None before the first."""
    note = Checkpoint.objects.order_by("-size").values_list("note", flat=True).first()
    return notes.told(note) if note else None


def standing() -> Standing:
    """How the trail stands now."""
    trail = Trail.objects.filter(pk=THE_ONE).first() or Trail()
    waiting = Change.objects.waiting().count()
    note = Checkpoint.objects.filter(size=trail.signed).values_list("note", flat=True).first() or ""
    return Standing(
        origin=trail.origin, size=trail.size, signed=trail.signed, waiting=waiting, signed_at=trail.signed_at,
        note=note, key=trail.keys[-1] if trail.keys else "", lag=_lag(trail, waiting),
        copies=list(Copy.objects.order_by("way")),
    )  # fmt: skip


def _lag(trail: Trail, waiting: int) -> timedelta:
    """How long ago all rows were last under a checkpoint, if they are not now: never told too short."""
    if not waiting and trail.signed == trail.size:
        return timedelta()
    since = trail.covered_at or trail.signed_at
    return timezone.now() - since if since else timedelta()
