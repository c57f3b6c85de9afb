"""The trail is sealed beside the jobs of every worker: a checkpoint must not wait for a long import."""

from __future__ import annotations

from datetime import timedelta

from keepwell.platform.history import sequencer
from keepwell.platform.jobs.beside import beside

EVERY = timedelta(seconds=10)


@beside("trail.seal", every=EVERY)
def seal_what_waits() -> None:
    """Number the rows that wait, and sign when it is due; ends soon where another worker is at it."""
    sequencer.advance()
