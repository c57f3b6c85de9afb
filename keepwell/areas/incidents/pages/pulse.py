"""What an open room asks again and again: has anything changed since? Told from one row, before anybody is looked up.

The mark that a screen holds is signed, so only who was let into the room can ask with it; after five minutes all of
the room is drawn anew by the usual way, rights and all. To ask with it tells that nothing changed, or leads on to
that way (ADR 52).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import randrange
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse

from keepwell.areas.incidents.models import Incident, Pulse
from keepwell.kernel import moments
from keepwell.platform.history.ready import Ready

SIGNER = signing.Signer(salt="keepwell.incidents.room")
ADDRESS = re.compile(r"/incidents/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/room/newest/")
DRAWN_ANEW = timedelta(minutes=5)
"""How often all of a screen is drawn anew on which nothing happens, so that what is left and late is told as it is."""
SPREAD_SECONDS = 60
"""Screens that drew all at one moment draw it anew over so long a time, not all at one moment again."""
MOST_KNOWN = 1_000
STATE = Ready(
    lambda pk: Pulse.objects.filter(pk=pk).values_list("incident__version", "beat", "besides"), UUID
)


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


_known: dict[UUID, State] = {}
"""How far rooms were when this process looked last: as no number ever falls, who shows less lacks something for sure."""


def state_of(incident: Incident) -> State:
    """How far the room of an incident is that was read with its pulse."""
    pulse: Pulse | None = getattr(incident, "pulse", None)
    return _keep(
        incident.pk, State(incident.version, pulse.beat if pulse else 0, pulse.besides if pulse else 0)
    )


def stands(pk: str, asked: str) -> bool:
    """Whether a screen that asks with `asked` shows all there is of the incident called `pk`."""
    mark = Mark.read(asked) if asked.startswith(f"{pk}.") else None
    if mark is None:
        return False
    known = _known.get(mark.incident)
    if known is not None and (known.version > mark.version or known.beat > mark.beat):
        return False
    found = STATE.rows(mark.incident)
    return bool(found) and mark.shows(_keep(mark.incident, State(*found[0])))


def _keep(incident: UUID, state: State) -> State:
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[incident] = state
    return state


class NothingNew:
    """Middleware that answers an open room on whose incident nothing changed (204) before all that a page costs."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = ADDRESS.fullmatch(request.path) if request.method == "GET" else None
        if found and stands(found[1], request.GET.get("beat", "")):
            return HttpResponse(status=204)
        return self.answer(request)
