"""What an open room asks again and again, answered before all that a page costs: nothing is new, or entries alone are.

That nothing is new is told from the room's own row to who was let in. What is new is told to who may see it: all on
which that was decided is read anew by three statements, and where each row is as it was, so is what follows from it;
then the screen gets what was drawn for all who see the same. In every other case the usual way decides (ADR 66).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from time import time
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from keepwell.areas.incidents.models.knowing import KNOWN
from keepwell.areas.incidents.pages.contents import AREA, Look
from keepwell.areas.incidents.pages.live import TIMELINE, anywhere, kept_timeline, told
from keepwell.areas.incidents.pages.pulse import Mark, State
from keepwell.platform.history.ready import Ready
from keepwell.platform.identity.standing import ends_by_itself, person_in, session_name, standing
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.permissions import may, may_everywhere
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Ancestry

ADDRESS = re.compile(r"/incidents/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/room/newest/")
MOST_KNOWN = 2_000
SAYS = frozenset({"beat", "kind", "unit"})
"""What an address may say that is answered so. One that asks for a past year or for older entries goes the usual way, and
one that names no unit: at which a person stood last is not read here."""
STATE = Ready(
    lambda pk: (
        Ancestry.objects.filter(descendant__incidents=pk, until__isnull=True)
        .order_by("ancestor")
        .values_list(
            "descendant__incidents__version", "descendant__incidents__pulse__beat",
            "descendant__incidents__pulse__besides", "ancestor",
        )
    ),
    UUID,
)  # fmt: skip
"""How far a room is, and what lies above the unit of its incident: a row for each."""


@dataclass(frozen=True)
class Asked:
    """A request for what is new: by which screen of whom (`screen`), and on what it rests that it may be answered."""

    screen: Hashable
    rests_on: Hashable


@dataclass(frozen=True)
class Found:
    """What decides on an answer: how its reader looks at the room, what they see of it, at which unit their links stay,
    and how long that holds at most (seconds since 1970)."""

    look: Hashable
    seen_by: Hashable
    unit: str
    until: float


@dataclass(frozen=True)
class Known:
    """What was found for a screen when it asked before, on what that rested, and with which heads it was answered."""

    rests_on: Hashable
    found: Found
    heads: dict[str, str]


_known: dict[Hashable, Known] = {}


class AskedAgain:
    """Middleware that answers an open room on whose incident nothing changed (204), or for which there are new entries
    that were drawn already."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        mark = mark_of(request)
        rows = STATE.rows(mark.incident) if mark else []
        if mark is None or not rows or None in rows[0]:
            return self.answer(request)
        state, above = State(*rows[0][:3]), tuple(row[3] for row in rows)
        if mark.shows(state):
            return HttpResponse(status=204)
        asked = asked_by(request, mark, above) if mark.lacks_entries_alone(state) else None
        if asked is None:
            return self.answer(request)
        return from_known(asked, mark, state) or self._by_the_usual_way(request, asked)

    def _by_the_usual_way(self, request: HttpRequest, asked: Asked) -> HttpResponse:
        """What the page answers; what it found is known to whoever asks next from the same screen."""
        answer = self.answer(request)
        found: Found | None = getattr(request, "found", None)
        if found is not None and answer.status_code == 200:
            if len(_known) >= MOST_KNOWN:
                _known.clear()
            _known[asked.screen] = Known(asked.rests_on, found, dict(answer.headers))
        return answer


def mark_of(request: HttpRequest) -> Mark | None:
    """What the screen shows that asks; None where no screen asks."""
    found = ADDRESS.fullmatch(request.path) if request.method == "GET" else None
    asked = request.GET.get("beat", "") if found else ""
    return Mark.read(asked) if found and asked.startswith(f"{found[1]}.") else None


def asked_by(request: HttpRequest, mark: Mark, above: tuple[UUID, ...]) -> Asked | None:
    """Who asks for what is new, and on what it rests that they may; None for who is not known."""
    says = request.GET
    facts = standing(request) if says.get("unit") and SAYS.issuperset(says) else ()
    if not facts:
        return None
    screen = (
        mark.incident, session_name(request), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        request.headers.get("Accept-Language", ""), says["unit"], says.get("kind", ""),
    )  # fmt: skip
    known = tuple(sorted(KNOWN.rows(person_in(facts))))
    return Asked(screen, (facts, known, mark.version, above))


def from_known(asked: Asked, mark: Mark, state: State) -> HttpResponse | None:
    """The newest entries, where all is known that they are drawn from, and they are drawn; None else."""
    known = _known.get(asked.screen)
    if known is None or known.rests_on != asked.rests_on:
        return None
    found = known.found
    drawing = kept_timeline(found.look, found.seen_by, state, mark.beat + 1)
    if drawing is None or time() >= found.until:
        return None
    shows = replace(mark, beat=drawing.beat)
    answer = HttpResponse(told([drawing.text], found.unit, shows), headers=known.heads)
    answer.headers["Content-Length"] = str(len(answer.content))
    return answer


def remember(request: PlacedRequest, shown: Look) -> None:
    """Let be known what decides on the answer that shows `shown`, unless that rests on more than is read anew."""
    person, incident, (look, unit) = shown.person, shown.incident, anywhere(shown)
    sees = may_everywhere(person, AREA, Level.VIEW) or may(person, AREA, Level.VIEW, incident.unit_id)
    if unit and sees and not incident.may_be_withheld:
        found = Found(look.key, TIMELINE.seen_by(person), unit, ends_by_itself(request))
        request.found = found  # type: ignore[attr-defined]  # for the middleware around it alone
