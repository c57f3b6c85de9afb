"""What an open room takes into itself: the parts of it that changed, each drawn once for all who see the same (ADR 64).

A part is drawn from what it is given here and nothing else, and kept under all on which that depends: how far the room
is, what its reader may see and do, and in which language. The keys are found anew for each request; so what was drawn
for one is shown to another only as long as it would be drawn for them alike. The unit at which a reader's links stay is
put in afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from secrets import token_hex
from threading import Lock
from typing import Any
from urllib.parse import quote_plus

from django.http import HttpResponse
from django.template.loader import render_to_string

from keepwell.areas.improvement.models import Action
from keepwell.areas.incidents.models import (
    Clock,
    ExposureAnswer,
    Incident,
    IncidentCost,
    IncidentNotice,
    IncidentReview,
    IncidentTask,
    Indicator,
    Report,
    ResponseMeeting,
    TimelineEntry,
)
from keepwell.areas.incidents.pages import contents
from keepwell.areas.incidents.pages.contents import Look
from keepwell.areas.incidents.pages.pulse import Mark, State, state_of
from keepwell.areas.organization.models import CriticalSystem
from keepwell.platform.pages.frame import Place, Request
from keepwell.platform.pages.zones import read_in
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import knowledge, seeing_only, sight

KEPT = timedelta(seconds=2)
"""How long a drawing is shown at most while nothing is told to have changed; some of what a room shows changes so."""
BEHIND = timedelta(milliseconds=400)
"""How long a drawing of the timeline is shown that lacks the newest entries: many in a second are drawn together."""
MOST_KEPT = 64
UNIT, MARK = token_hex(12), token_hex(12)
"""Stand where a reader's unit and a screen's mark are put in: nobody can write them, for each process makes its own."""


@dataclass(frozen=True)
class Part:
    """A part of the room: its template, what it shows, and of which records it shows what its reader has the right to
    see; `all_but` are those of which it shows to everybody in the room what is not withheld from them."""

    template: str
    shows: Callable[[Look], dict[str, Any]]
    of: tuple[type[Any], ...] = ()
    all_but: tuple[type[Any], ...] = ()

    def seen_by(self, person: Person) -> Hashable:
        """All of `person` on which it depends."""
        return sight(person, self.of) if self.of else (), knowledge(person, self.all_but)


TIMELINE = Part("incidents/room/_live_timeline.html", contents.of_timeline, all_but=(Incident, TimelineEntry))
REST = Part(
    "incidents/room/_live_rest.html",
    contents.of_rest,
    of=(
        Incident,
        CriticalSystem,
        Clock,
        Indicator,
        IncidentTask,
        IncidentCost,
        ResponseMeeting,
        IncidentNotice,
    ),
    all_but=(ExposureAnswer, Report),
)
LESSONS = Part(
    "incidents/room/_live_lessons.html", contents.of_lessons, of=(Action,), all_but=(IncidentReview,)
)
BESIDES = (REST, LESSONS)


@dataclass(frozen=True)
class Drawing:
    """A part as it was drawn: how far the room was, and when, by a clock that nobody can set."""

    text: str
    beat: int
    at: float

    def does(self, newest: int, since: int) -> bool:
        """Whether it may be shown where the newest beat is `newest`, to who must see all up to `since`."""
        age = time.monotonic() - self.at
        if self.beat >= newest:
            return age <= KEPT.total_seconds()
        return self.beat >= since and age <= BEHIND.total_seconds()


@dataclass
class Kept:
    """Where one drawing is kept; who draws it holds the lock."""

    drawing: Drawing = Drawing("", -1, float("-inf"))
    lock: Lock = field(default_factory=Lock)


_kept: dict[Hashable, Kept] = {}


def live(shown: Look, mark: Mark | None, *, at_least: int = 0, form: str = "") -> HttpResponse:
    """What a screen lacks that shows `mark` (None: nothing) of what `shown` is to show, with all up to the beat
    `at_least`, and `form`; 204 where it lacks nothing."""
    incident, (look, unit) = shown.incident, anywhere(shown)
    state = state_of(incident)
    mark = mark if mark is not None and mark.incident == incident.pk else None
    since = max(at_least, mark.beat + 1 if mark else 0)
    if mark is None or not mark.lacks_entries_alone(state):
        timeline = _drawn(TIMELINE, look, state, since)
        others = [_drawn(part, look, state, since).text for part in BESIDES]
        found = replace(Mark.of_whole(incident, state), beat=timeline.beat)
    elif mark.beat < state.beat or form:
        timeline = _drawn(TIMELINE, look, state, since)
        others, found = [], replace(mark, beat=timeline.beat)
    else:
        return HttpResponse(status=204)
    return HttpResponse(told([timeline.text, *others], unit, found) + form)


def told(parts: Iterable[str], unit: str, mark: Mark) -> str:
    """`parts` as they are sent to a screen whose links stay at `unit`, and which then shows what `mark` says."""
    return "\n".join(parts).replace(UNIT, unit).replace(MARK, str(mark))


def anywhere(look: Look) -> tuple[Look, str]:
    """`look` with a mark for the unit at which its links stay, and what is put in its place; as it is where they keep
    more."""
    match look.query:
        case (("unit", code),):
            return replace(look, query=(("unit", UNIT),)), quote_plus(code)
    return look, ""


def _drawn(part: Part, look: Look, state: State, since: int) -> Drawing:
    """`part` as `look` shows it: as it was drawn for somebody else who sees the same, or drawn now."""
    key = key_of(part, look.key, part.seen_by(look.person), state.besides)
    kept = _kept.get(key) or _room_for(key)
    # Who asks for the same meanwhile waits for it: each drawing takes the same processor.
    with kept.lock:
        if not kept.drawing.does(state.beat if part is TIMELINE else state.besides, since):
            at = time.monotonic()
            with seeing_only(part.of, knowing=part.all_but), read_in(None):
                text = render_to_string(part.template, _told(look) | part.shows(look))
            kept.drawing = Drawing(text, state.beat, at)
        return kept.drawing


def key_of(part: Part, look: Hashable, seen_by: Hashable, besides: int) -> Hashable:
    """Under what `part` is kept as it is drawn for all who see it alike."""
    return part.template, look, besides, seen_by


def kept_timeline(look: Hashable, seen_by: Hashable, state: State, since: int) -> Drawing | None:
    """The timeline as it was drawn for somebody who sees the same, if it may still be shown; draws nothing."""
    kept = _kept.get(key_of(TIMELINE, look, seen_by, state.besides))
    return kept.drawing if kept is not None and kept.drawing.does(state.beat, since) else None


def _told(look: Look) -> dict[str, Any]:
    """What each template is given: nothing of whom it is drawn for."""
    return look.context | {"request": Request(Place(look.query)), "swap": True, "mark": MARK}


def _room_for(key: Hashable) -> Kept:
    """A place for what is drawn under `key`; what may be shown no more makes room."""
    if len(_kept) >= MOST_KEPT:
        over = time.monotonic() - KEPT.total_seconds()
        for other in [one for one, kept in list(_kept.items()) if kept.drawing.at < over]:
            _kept.pop(other, None)
    return _kept.setdefault(key, Kept())
