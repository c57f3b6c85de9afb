"""One incident as the reader of its dossier may see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from keepwell.areas.incidents.models import Clock, Incident, IncidentNotice, TimelineEntry
from keepwell.platform.people.models import Person
from keepwell.platform.publishing import format as printed
from keepwell.platform.records.models import RecordQuerySet


@dataclass(frozen=True)
class Dossier:
    """One incident as `person` may see it."""

    incident: Incident
    person: Person

    @cached_property
    def entries(self) -> list[TimelineEntry]:
        """The entries that the person may read, in the order in which they happened."""
        rows = self.incident.timeline.standing().readable_by(self.person)
        found = list(rows.select_related("person").order_by("at", "number"))
        for entry in found:
            entry.incident = self.incident
        return found

    @cached_property
    def kept_back(self) -> int:
        """How many entries are marked narrower than the person may read."""
        return self.incident.timeline.standing().kept_from(self.person).count()

    @cached_property
    def earlier(self) -> dict[UUID, list[TimelineEntry]]:
        """Earlier words of corrected entries, by their first, the oldest first."""
        rows = self.incident.timeline.current().filter(is_latest=False).readable_by(self.person)
        found: dict[UUID, list[TimelineEntry]] = defaultdict(list)
        for entry in rows.select_related("person").order_by("revision"):
            entry.incident = self.incident
            found[entry.root_id or entry.pk].append(entry)
        return found

    @cached_property
    def clocks(self) -> list[Clock]:
        rows = Clock.objects.visible_to(self.person).current().filter(incident=self.incident)
        found = list(rows.select_related("unit", "clause", "owner").order_by("ends_at", "rule", "pk"))
        for clock in found:
            clock.incident = self.incident
        return found

    @property
    def notice_rows(self) -> RecordQuerySet:
        """What was told, or is to be told, to the outside."""
        rows: RecordQuerySet = IncidentNotice.objects.visible_to(self.person).current()
        return rows.filter(clock__incident=self.incident)

    @cached_property
    def notices(self) -> list[IncidentNotice]:
        rows = self.notice_rows
        parts = ("clock__unit", "clock__clause", "drafted_by", "approved_by", "sent_by")
        return list(rows.select_related(*parts).order_by("drafted_at", "pk"))

    def at(self, moment: datetime | None) -> str:
        """A moment at the incident's site, "" where there is none."""
        return printed.moment(moment, self.incident.unit.time_zone) if moment else ""


def paragraphs(text: str) -> tuple[str, ...]:
    """The lines of `text` that say something."""
    return tuple(filter(None, (line.strip() for line in text.splitlines())))


def joined(parts: Iterable[object]) -> str:
    """Those of `parts` that say something, in one line."""
    return " · ".join(filter(None, map(str, parts)))
