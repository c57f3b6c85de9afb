"""Entries of a timeline as they stand in the room: each line is drawn once, however often and to whom it is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from keepwell.areas.incidents.models import Incident, TimelineEntry
from keepwell.platform.pages.frame import Place, Request
from keepwell.platform.people.models import Person

LINES_KEPT = 4_096
"""Entries of how many rooms stay drawn: some hundred bytes each."""


class Words(NamedTuple):
    """All of an entry and of who wrote it on which its line depends, as the database keeps it: what is alike in all of
    this is drawn alike, and what differs in any of it is drawn anew."""

    pk: UUID
    at: datetime
    number: int
    zone: str
    kind: str
    says: str
    facts: str
    verb: str
    reason: str
    decided_by: str
    source: str
    confidence: str
    tlp: str
    root_id: UUID | None
    revision: int
    name: str | None
    name_local: str | None


def words(entries: QuerySet[TimelineEntry]) -> QuerySet[Any, tuple[Any, ...]]:
    """The `Words` of `entries`, each as a tuple."""
    return entries.values_list(
        "pk", "at", "number", "zone", "kind", "says", Cast("facts", TextField()), "verb", "reason", "decided_by", "source",
        "confidence", "tlp", "root_id", "revision", "person__name", "person__name_local",
    )  # fmt: skip


@dataclass(frozen=True)
class At:
    """Where lines stand: the incident's time zone and mark, the room's address, what its links keep, the language,
    and whether a reader may correct what stands there."""

    zone: str
    tlp: str
    room_url: str
    query: tuple[tuple[str, str], ...]
    language: str
    may_enter: bool

    @classmethod
    def room(
        cls, incident: Incident, room_url: str, query: tuple[tuple[str, str], ...], *, may_enter: bool
    ) -> At:
        """In the room of `incident` at `room_url`."""
        zone, tlp, language = incident.unit.time_zone, incident.tlp, get_language() or ""
        return cls(zone, tlp, room_url, query, language, may_enter)


@dataclass(frozen=True)
class Line:
    """All that an entry says to a reader."""

    id: UUID
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


def drawn(entries: Iterable[Words], at: At) -> list[SafeString]:
    """The lines of `entries`, in their order; the first of a day says which it is."""
    found: list[SafeString] = []
    day: date | None = None
    for entry in entries:
        today = entry.at.astimezone(ZoneInfo(entry.zone)).date()
        found.append(_line(entry, at, today != day))
        day = today
    return found


@lru_cache(LINES_KEPT)
def _line(words: Words, at: At, begins_day: bool) -> SafeString:
    """An entry as it stands in the room."""
    entry = _entry(words)
    line = Line(
        entry.pk, entry.local_at, entry.zone, begins_day, entry.zone != at.zone, entry.icon, entry.is_level, entry.told,
        entry.decided_by or (str(entry.person) if entry.person else ""), entry.because, entry.source, entry.doubt,
        "" if entry.tlp == at.tlp else str(entry.get_tlp_display()), entry.root_id if entry.is_corrected else None,
        entry.pk if at.may_enter and not entry.verb else None,
    )  # fmt: skip
    told = {"one": line, "room_url": at.room_url, "request": Request(Place(at.query))}
    return render_to_string("incidents/room/_entry.html", told)


def _entry(words: Words) -> TimelineEntry:
    """The entry that `words` are of, to be asked what it says."""
    told = words._asdict()
    name, name_local = told.pop("name"), told.pop("name_local")
    person = Person(name=name, name_local=name_local or "") if name is not None else None
    return TimelineEntry(**told | {"facts": json.loads(words.facts), "person": person})
