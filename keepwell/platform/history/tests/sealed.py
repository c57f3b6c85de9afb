"""What the tests of the sealed trail share: rows, keys of their own, and the verdict."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.test import override_settings

from keepwell.kernel import moments
from keepwell.platform.history import checking, sequencer
from keepwell.platform.history.ledger import Checkpoint
from keepwell.platform.history.models import Change

ORIGIN = "keepwell.example/trail"


@contextmanager
def with_keys() -> Iterator[None]:
    """Settings with a folder of keys of its own, which goes with them."""
    with (
        tempfile.TemporaryDirectory(prefix="keys-") as folder,
        override_settings(KEEPWELL_KEYS=Path(folder), KEEPWELL_TRAIL_ORIGIN=ORIGIN),
    ):
        yield


def write(count: int) -> None:
    """So many rows of the trail."""
    told = ({"number": number, "words": "子午 – a word\u2028or two"} for number in range(count))
    Change.objects.bulk_create(
        [
            Change(kind="event", at=moments.now(), by_name="the teller", verb="story.told", answers=answers)
            for answers in told
        ]
    )


def grow(*steps: int) -> None:
    """Rows in steps, each under a checkpoint."""
    for step in steps:
        write(step)
        sequencer.seal()


def newest() -> str:
    """The newest checkpoint."""
    return Checkpoint.objects.latest("size").note


def verdict(**more: object) -> str:
    """What a check says: how many rows, or the sentence that says which row is wrong."""
    try:
        return f"{checking.check(**more).rows} rows"
    except checking.Broken as broken:
        return str(broken)


def flipped(value: bytes, dice: random.Random) -> bytes:
    """`value` with one bit turned."""
    place = dice.randrange(len(value) * 8)
    return (int.from_bytes(value) ^ 1 << place).to_bytes(len(value))
