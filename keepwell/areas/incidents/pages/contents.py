"""What the room of an incident shows, part by part, to somebody who looks at it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import ExposureAnswer, Incident, Pulse, TimelineEntry, unread_marks
from keepwell.areas.incidents.pages import duty, tasks
from keepwell.areas.incidents.pages.clocks import clock_table
from keepwell.areas.incidents.pages.indicators import in_room
from keepwell.areas.incidents.pages.unreached import unreached
from keepwell.areas.incidents.rules import costs, exposure, lessons, links, meeting
from keepwell.platform.pages.frame import Place, Request
from keepwell.platform.pages.place import LONGEST_CODE
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on

AREA = "incidents"
A_PAGE = 50
STEPS = (rules.respond, rules.contain, rules.recover, rules.begin_review, rules.close)
MOST_STEPS = 2
LONGEST_NUMBER = 19
LINES_KEPT = 4_096
"""Entries of how many rooms stay drawn: some hundred bytes each."""


@dataclass(frozen=True)
class Look:
    """How somebody looks at a room: who, what they may do, where their links stay (the query of the place), and at
    which entries: of one kind ("": all), the newest or from a place in the timeline on."""

    person: Person
    incident: Incident
    may_edit: bool
    query: tuple[tuple[str, str], ...]
    kind: str
    before: tuple[datetime, int] | None

    @classmethod
    def of(cls, request: PlacedRequest, incident: Incident) -> Look:
        """As the address and the reader's rights say."""
        kind, (is_past, query) = request.GET.get("kind", ""), _stands(request)
        may_edit = not is_past and may_on(request.person, AREA, Level.EDIT, incident)
        return cls(
            request.person, incident, may_edit, query, kind if kind in TimelineEntry.Kind.values else "",
            _place(request.GET.get("before", "")),
        )  # fmt: skip

    @property
    def key(self) -> Hashable:
        """All of it that decides what is drawn, but for whom the reader is and what they may see."""
        return (self.incident.pk, self.incident.version, self.may_edit, self.query, self.kind, self.before,
                get_language())  # fmt: skip

    @property
    def context(self) -> dict[str, Any]:
        """What every part is told."""
        incident = self.incident
        return {
            "incident": incident, "record": incident, "room_url": self.room_url,
            "may_edit": self.may_edit, "may_enter": self.may_enter, "kind": self.kind,
        }  # fmt: skip

    @property
    def room_url(self) -> str:
        """Where the room is."""
        return reverse("incident-room", args=[self.incident.pk])

    @property
    def may_enter(self) -> bool:
        """Whether they may write in the room."""
        return self.may_edit and self.incident.retired_at is None


@dataclass(frozen=True)
class Line:
    """All that an entry says to a reader: drawn from it alone, so that it is drawn once however often it is shown."""

    local_at: datetime
    zone: str
    begins_day: bool
    is_elsewhere: bool
    icon: str
    is_level: bool
    told: str
    who: str
    because: str
    source: str
    doubt: str
    marking: str
    root: UUID | None
    mended: UUID | None


@dataclass(frozen=True)
class Shown:
    """A page of the timeline: its entries as they are drawn, where the older ones begin ("": there are none), what it
    is of, and how many entries of all are kept from the reader."""

    lines: list[SafeString]
    older: str
    kind: str
    is_newest: bool
    kept_back: int


@dataclass(frozen=True)
class Exposed:
    """What other sites were asked, and how many have answered what."""

    answers: list[ExposureAnswer]
    tally: exposure.Tally


def of_timeline(look: Look) -> dict[str, Any]:
    """A page of the entries, and how many there are."""
    pulse: Pulse | None = getattr(look.incident, "pulse", None)
    page = shown(look)
    return {"shown": page, "count": (pulse.entries if pulse else 0) - page.kept_back}


def of_lessons(look: Look) -> dict[str, Any]:
    """The actions that came of the incident."""
    return {"lessons": list(lessons.lessons(look.incident, look.person)[:A_PAGE])}


def of_rest(look: Look) -> dict[str, Any]:
    """Head, acts and everything beside the timeline and the lessons."""
    incident, person = look.incident, look.person
    called, exposed = meeting.latest_bridge(incident), asked(incident)
    return {
        "costs": costs.sums(incident), "tasks": tasks.shown(incident), "call": duty.waiting(incident),
        "exposed": exposed, "kin": links.kin(incident, person), "bridge": called,
        "unreached": unreached(incident, called, exposed.answers), "indicators": in_room(incident, person),
        "steps": steps(incident, person) if look.may_edit else [],
        "units": list(incident.affected_units.order_by("code")),
        "systems": list(incident.systems.visible_to(person).order_by("code")),
        "reports": list(incident.reports.current().order_by("received_at")[:10]),
        "clocks": clock_table(incident, person),
    }  # fmt: skip


def asked(incident: Incident) -> Exposed:
    """The last answer of each site that was asked."""
    found = exposure.latest(incident)
    return Exposed(found, exposure.tally(found))


def steps(incident: Incident, person: Person) -> list[tuple[Any, str]]:
    """What is to be done next with the incident itself: label and name of the acts that are open."""
    found = [rule for rule in STEPS if rule.is_open_to(person, incident)]
    return [(rule.label, rule.name.replace("_", "-")) for rule in found[:MOST_STEPS]]


def shown(look: Look) -> Shown:
    """The page of the timeline that is looked at, without what the reader may not read."""
    every, unread = (
        TimelineEntry.objects.filter(incident=look.incident).standing(),
        unread_marks(look.incident, look.person),
    )
    rows = every.exclude(tlp__in=unread).newest_first()
    if look.kind:
        rows = rows.filter(kind=look.kind)
    if look.before:
        at, number = look.before
        rows = rows.filter(Q(at=at, number__lt=number) | Q(at__lt=at), at__lte=at)
    found = list(rows.select_related("person")[: A_PAGE + 1])
    last = found[A_PAGE - 1] if len(found) > A_PAGE else None
    older = f"{last.at.isoformat()}_{last.number}" if last else ""
    lines = [
        _line(one, look.room_url, look.query, get_language() or "") for one in _told(look, found[:A_PAGE])
    ]
    return Shown(
        lines, older, look.kind, look.before is None, every.filter(tlp__in=unread).count() if unread else 0
    )


def _told(look: Look, entries: Iterable[TimelineEntry]) -> Iterator[Line]:
    """What each of `entries` says, in their order."""
    day: date | None = None
    for entry in entries:
        entry.incident = look.incident
        at = entry.local_at
        yield Line(
            at, entry.zone, at.date() != day, entry.zone != look.incident.unit.time_zone, entry.icon, entry.is_level,
            entry.told, entry.decided_by or (str(entry.person) if entry.person else ""), entry.because, entry.source,
            entry.doubt, entry.marking, entry.root_id if entry.is_corrected else None,
            entry.pk if look.may_enter and not entry.verb else None,
        )  # fmt: skip
        day = at.date()


@lru_cache(LINES_KEPT)
def _line(line: Line, room_url: str, query: tuple[tuple[str, str], ...], language: str) -> SafeString:
    """An entry as it stands in the room at `room_url`, where links keep `query`."""
    told = {"one": line, "room_url": room_url, "request": Request(Place(query))}
    return render_to_string("incidents/room/_entry.html", told)


def _stands(request: PlacedRequest) -> tuple[bool, tuple[tuple[str, str], ...]]:
    """Whether the address stands in a past year, and where its links stay. What names a unit and no year needs no look
    at the place: who follows a link is asked there whether they may see the unit."""
    unit = request.GET.get("unit", "")[:LONGEST_CODE]
    if unit and "year" not in request.GET:
        return False, (("unit", unit),)
    return request.place.is_past, tuple(request.place.query().items())


def _place(text: str) -> tuple[datetime, int] | None:
    """Where a page of the timeline begins; None: with the newest."""
    at, _line, number = text.replace(" ", "+").rpartition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (
        (moment, int(number))
        if moment.tzinfo and number.isdecimal() and len(number) < LONGEST_NUMBER
        else None
    )
