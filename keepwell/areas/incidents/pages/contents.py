"""What the room of an incident shows, part by part, to somebody who looks at it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import (
    ExposureAnswer,
    Incident,
    IncidentReview,
    Pulse,
    TimelineEntry,
    unread_marks,
)
from keepwell.areas.incidents.models.timeline import TimelineQuerySet
from keepwell.areas.incidents.pages import duty, tasks
from keepwell.areas.incidents.pages.clocks import clock_table
from keepwell.areas.incidents.pages.indicators import in_room
from keepwell.areas.incidents.pages.lines import At, Words, drawn, words
from keepwell.areas.incidents.pages.unreached import unreached
from keepwell.areas.incidents.rules import (
    attack,
    costs,
    customers,
    exposure,
    lessons,
    links,
    meeting,
    proposing,
)
from keepwell.areas.incidents.rules.aware import own_awareness
from keepwell.areas.organization.models import CriticalSystem
from keepwell.platform.history.ready import Ready
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
    """Its review, as far as the reader may read it, and the actions that came of the incident."""
    incident, person = look.incident, look.person
    review = IncidentReview.objects.current().filter(incident=incident).readable_by(person)
    return {
        "review": review.first(), "lessons": list(lessons.lessons(incident, person)[:A_PAGE]),
        "may_review": look.may_edit and incident.state == Incident.State.REVIEW,
    }  # fmt: skip


def of_rest(look: Look) -> dict[str, Any]:
    """Head, acts and everything beside the timeline and the lessons."""
    incident, person = look.incident, look.person
    bridge, exposed, calls = (
        meeting.latest_bridge(incident, person),
        asked(incident, person),
        duty.called(incident),
    )
    systems = list(incident.systems.visible_to(person).order_by("code"))
    return {
        "costs": costs.sums(incident, person), "tasks": tasks.shown(incident, person), "call": duty.waiting(incident, calls),
        "levels": duty.unacknowledged(incident, calls),
        "exposed": exposed, "kin": links.kin(incident, person), "bridge": bridge,
        "unreached": unreached(incident, bridge, exposed.answers, calls), "indicators": in_room(incident, person),
        "steps": steps(incident, person) if look.may_edit else [],
        "attack": attack.in_words(incident.attack), "customers": customers.named(incident),
        "units": list(incident.affected_units.order_by("code")), "aware": own_awareness(incident),
        "systems": systems, "proposed": proposed(incident, systems) if look.may_edit else [],
        "reports": list(incident.reports.current().readable_by(person).order_by("received_at")[:10]),
        "clocks": clock_table(incident, person),
    }  # fmt: skip


def asked(incident: Incident, person: Person) -> Exposed:
    """The last answer of each site that was asked, as far as `person` may read it."""
    found = exposure.latest(incident, person)
    return Exposed(found, exposure.tally(found))


def proposed(incident: Incident, systems: list[CriticalSystem]) -> list[proposing.Proposal]:
    """What its systems say and its level, if it has one, does not count."""
    if incident.level is None or not incident.is_open:
        return []
    standing = [one for one in systems if one.retired_at is None]
    return proposing.open_ones(proposing.proposed(standing), incident.factors)


def steps(incident: Incident, person: Person) -> list[tuple[Any, str]]:
    """What is to be done next with the incident itself: label and name of the acts that are open."""
    found = [rule for rule in STEPS if rule.is_open_to(person, incident)]
    return [(rule.label, rule.name.replace("_", "-")) for rule in found[:MOST_STEPS]]


def shown(look: Look) -> Shown:
    """The page of the timeline that is looked at, without what the reader may not read."""
    unread = unread_marks(look.incident, look.person)
    found = _rows(look, unread)
    last = found[A_PAGE - 1] if len(found) > A_PAGE else None
    older = f"{last.at.isoformat()}_{last.number}" if last else ""
    at = At.room(look.incident, look.room_url, look.query, may_enter=look.may_enter)
    kept_back = KEPT_BACK.rows(look.incident.pk, *_two(unread)) if unread else []
    return Shown(
        drawn(found[:A_PAGE], at), older, look.kind, look.before is None, kept_back[0][0] if kept_back else 0
    )


def _rows(look: Look, unread: tuple[str, ...]) -> list[Words]:
    """The entries of the page, and the one after them; the newest are asked for again and again."""
    if not look.kind and not look.before:
        return [Words(*row) for row in NEWEST.rows(look.incident.pk, *_two(unread))]
    rows = _readable(look.incident.pk, *unread)
    if look.kind:
        rows = rows.filter(kind=look.kind)
    if look.before:
        at, number = look.before
        rows = rows.filter(Q(at=at, number__lt=number) | Q(at__lt=at), at__lte=at)
    return [Words(*row) for row in words(rows)[: A_PAGE + 1]]


def _readable(incident: UUID, *unread: str) -> TimelineQuerySet:
    return TimelineEntry.objects.filter(incident=incident).standing().exclude(tlp__in=unread).newest_first()


def _two(unread: tuple[str, ...]) -> tuple[str, str]:
    """At most two marks are kept from anybody; where there are fewer, nothing stands in their place."""
    first, second = (*unread, "", "")[:2]
    return first, second


NEWEST = Ready(lambda pk, *unread: words(_readable(pk, *unread))[: A_PAGE + 1], UUID, str, str)
KEPT_BACK = Ready(
    lambda pk, *unread: TimelineEntry.objects.filter(incident=pk, tlp__in=unread).standing().order_by()
    .values("incident").annotate(n=Count("pk")).values_list("n"),
    UUID, str, str,
)  # fmt: skip


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
