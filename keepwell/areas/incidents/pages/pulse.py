"""How far a room is, and how far a screen that shows it.

The mark that a screen holds is signed, so only who was let into the room can ask with it; after five minutes all of
the room is drawn anew by the usual way, rights and all (ADR 52).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import randrange
from uuid import UUID

from django.core import signing

from keepwell.areas.incidents.models import Incident, Pulse
from keepwell.kernel import moments

# A mark says the same in an address as in a form.
SIGNER = signing.Signer(salt="keepwell.incidents.room", sep=".")
DRAWN_ANEW = timedelta(minutes=5)
"""How often all of a screen is drawn anew on which nothing happens, so that what is left and late is told as it is."""
SPREAD_SECONDS = 60
"""Screens that drew all at one moment draw it anew over so long a time, not all at one moment again."""


@dataclass(frozen=True)
class State:
    """How far a room is: the incident's version, the newest beat, and the last that told of more than an entry."""

    version: int
    beat: int
    besides: int


@dataclass(frozen=True)
class Mark:
    """What a screen shows: the incident, how far, and when all of it was drawn (seconds since 1970)."""

    incident: UUID
    version: int
    beat: int
    whole_at: int

    @classmethod
    def of_whole(cls, incident: Incident, state: State) -> Mark:
        """The mark of a screen on which all is drawn now."""
        return cls(incident.pk, state.version, state.beat, _seconds() - randrange(SPREAD_SECONDS))  # noqa: S311  # spreads load, guards nothing

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """The mark that `text` says, if we signed it; None else."""
        try:
            incident, *numbers = SIGNER.unsign(text).split(".")
        except signing.BadSignature:
            return None
        return cls(UUID(incident), *map(int, numbers))

    def __str__(self) -> str:
        return SIGNER.sign(f"{self.incident}.{self.version}.{self.beat}.{self.whole_at}")

    @property
    def is_old(self) -> bool:
        """Whether all must be drawn anew, whatever happened."""
        return not 0 <= _seconds() - self.whole_at < DRAWN_ANEW.total_seconds()

    def shows(self, state: State) -> bool:
        """Whether nothing is to be drawn."""
        return (self.version, self.beat) == (state.version, state.beat) and not self.is_old

    def lacks_entries_alone(self, state: State) -> bool:
        """Whether the timeline is all that is to be drawn."""
        return self.version == state.version and self.beat >= state.besides and not self.is_old


def _seconds() -> int:
    return int(moments.now().timestamp())


def state_of(incident: Incident) -> State:
    """How far the room of an incident is that was read with its pulse."""
    pulse: Pulse | None = getattr(incident, "pulse", None)
    return State(incident.version, pulse.beat if pulse else 0, pulse.besides if pulse else 0)
