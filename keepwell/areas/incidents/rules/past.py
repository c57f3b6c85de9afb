"""Incidents that were over before Keepwell: a file with their history, brought in at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext

from keepwell.areas.incidents.models import (
    Classification,
    Incident,
    IncidentReview,
    IncidentType,
    Pulse,
    TimelineEntry,
    kinds,
)
from keepwell.areas.incidents.rules import course, working
from keepwell.kernel import moments
from keepwell.platform.exchange import cells
from keepwell.platform.exchange.cells import RowError
from keepwell.platform.exchange.files import on_disk
from keepwell.platform.exchange.rows import Row, Unfit, read_rows
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all
from keepwell.platform.history.noting import refused
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import levels_held_at, may_anywhere
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Ancestry, Unit

AREA = "incidents"
BRING_IN = "incidents.bring_in_past"
MOMENTS = (
    "happened_at",
    "detected_at",
    "reported_at",
    "acknowledged_at",
    "contained_at",
    "recovered_at",
    "closed_at",
)
HEADINGS = (
    "number", "unit", "title", "kind", "level", "national_level", "summary", *MOMENTS, "is_material", "material_basis",
    "review", *course.TOLD,
)  # fmt: skip
NEEDED = ("number", "unit", "title", "level", "reported_at", "closed_at")
MOST_ROWS = 50_000
LONGEST = {"number": 20, "title": 160, "summary": 10_000, "material_basis": 500, "review": 20_000}


@dataclass(frozen=True)
class PastIncident:
    """One incident of a file: `line` is where it stands there, `site` the code of its unit, `at` its moments by name,
    without a zone where the file told none: they are the site's then."""

    line: int
    site: str
    facts: dict[str, Any]
    at: dict[str, datetime | None]
    course: course.Course = course.Course()


def read_past(path: Path, name: str = "") -> list[PastIncident]:
    """The incidents of a CSV or XLSX file with the columns of `HEADINGS`, of which those of `NEEDED` must be there.

    Raises FileRefused (no such file can be read), Refused or Unfit (cells that cannot be read, all at once).
    """
    types = [*kinds(), *IncidentType.objects.current().values_list("code", flat=True)]
    return read_rows(path, name, HEADINGS, NEEDED, partial(_read, types), most=MOST_ROWS)


def read_past_upload(file: Any) -> list[PastIncident]:  # Any: a file that somebody sent, with its name
    """The incidents of an uploaded file."""
    with on_disk(file.chunks()) as path:
        return read_past(path, file.name or "")


def bring_in_past(found: Sequence[PastIncident], *, by: Person) -> int:
    """Take over incidents that are closed, with their moments as they were; returns how many came. All or nothing.

    Each needs the right to decide at its unit. Nothing is owed and no clock runs because of them; those that stand
    here with their number already stay as they are. Raises PermissionDenied for who may decide nowhere, Refused, or
    Unfit with every row that does not fit.
    """
    require_somewhere(by, BRING_IN)
    with transaction.atomic(), acting(by, BRING_IN):
        return _Bringing(found, by).bring()


def require_somewhere(by: Person, verb: str) -> None:
    """Refuse who may decide on incidents nowhere, and tell the trail so. Raises PermissionDenied."""
    if not may_anywhere(by, AREA, Level.DECIDE):
        wrong = PermissionDenied(gettext("You need the right to decide on incidents somewhere."))
        refused(wrong, by, verb)
        raise wrong


def _read(types: list[str], row: Row) -> PastIncident:
    """A row as an incident of one of `types`, shipped or the group's own. Raises Unreadable."""
    facts: dict[str, Any] = {
        "number": row.need("number", cells.text, gettext("a number of its own, as IN-2021-0412")),
        "title": row.need("title", cells.text, gettext("a title")),
        "kind": row.read("kind", lambda cell: cells.choice(cell.casefold(), types), "undetermined"),
        "level": row.need("level", cells.integer, gettext("a level from 0 to 4")),
        "national_level": row.read("national_level", cells.integer),
        "summary": row.read("summary", cells.text, ""),
        "is_material": row.read("is_material", cells.boolean),
        "material_basis": row.read("material_basis", cells.text, ""),
        "review": row.read("review", cells.text, ""),
    }
    at = {name: row.read(name, cells.moment) for name in MOMENTS}
    site = row.need("unit", cells.text, gettext("the code of a unit"))
    return PastIncident(row.line, site, facts, at, course.read(row))


class _Bringing:
    """Takes the incidents of one file over, looking everything up once."""

    def __init__(self, found: Sequence[PastIncident], by: Person) -> None:
        self.by, self.now = by, moments.now()
        self.units = {unit.code: unit for unit in Unit.objects.filter(code__in={one.site for one in found})}
        held = levels_held_at(by, [unit.pk for unit in self.units.values()])
        self.own = _own_types(found, self.units)
        self.mine = {code for code, unit in self.units.items() if held[unit.pk].get(AREA, 0) >= Level.DECIDE}
        self.found = [self._placed(one) for one in found]
        numbers = {one.facts["number"] for one in found}
        self.there = set(Incident.objects.filter(number__in=numbers).values_list("number", flat=True))

    def _placed(self, one: PastIncident) -> PastIncident:
        """The same with the clocks of its site where no zone was told."""
        unit = self.units.get(one.site)
        zone = ZoneInfo(unit.time_zone if unit else "UTC")

        def place(told: datetime) -> datetime:
            return told.replace(tzinfo=zone) if told.tzinfo is None else told

        at = {name: place(told) if told else None for name, told in one.at.items()}
        return PastIncident(one.line, one.site, one.facts, at, one.course.placed(place))

    def bring(self) -> int:
        errors = list(self._errors())
        if errors:
            raise Unfit(errors)
        fresh = [one for one in self.found if one.facts["number"] not in self.there]
        incidents = [self._incident(one) for one in fresh]
        create_all(incidents)
        create_all([self._classified(incident, one) for incident, one in zip(incidents, fresh, strict=True)])
        both = list(zip(incidents, fresh, strict=True))
        entries = [list(self._entries(incident, one.course)) for incident, one in both]
        create_all([entry for told in entries for entry in told])
        create_all(
            [
                _reviewed(incident, one.facts["review"], self.by)
                for incident, one in both
                if one.facts["review"]
            ]
        )
        create_all(
            [cost for incident, one in both for cost in one.course.costs(incident, by=self.by, at=self.now)]
        )
        Pulse.objects.bulk_create(
            [Pulse(incident=incident, beat=len(told), entries=len(told))
             for incident, told in zip(incidents, entries, strict=True)],
            batch_size=500,
        )  # fmt: skip
        return len(incidents)

    def _errors(self) -> Iterator[RowError]:
        seen: dict[str, int] = {}
        for one in self.found:
            number = one.facts["number"]
            if one.site not in self.mine:
                yield RowError(
                    one.line, "unit", one.site, gettext("a unit where you may decide on incidents")
                )
            if number in seen:
                told = gettext("each number once; it stands in line %(line)d too") % {"line": seen[number]}
                yield RowError(one.line, "number", number, told)
            seen.setdefault(number, one.line)
            if one.facts["kind"] not in kinds() and (one.site, one.facts["kind"]) not in self.own:
                yield RowError(one.line, "kind", one.facts["kind"], gettext("a type that holds at the unit"))
            for name, most in LONGEST.items():
                if len(one.facts[name]) > most:
                    yield RowError(
                        one.line, name, one.facts[name], gettext("up to %(most)d signs") % {"most": most}
                    )
            if one.facts["level"] not in range(5):
                yield RowError(one.line, "level", str(one.facts["level"]), gettext("a level from 0 to 4"))
            if one.facts["national_level"] not in (None, 1, 2, 3, 4):
                yield RowError(
                    one.line, "national_level", str(one.facts["national_level"]), gettext("a level from 1 to 4, or nothing")
                )  # fmt: skip
            if one.facts["is_material"] is not None and not one.facts["material_basis"]:
                yield RowError(one.line, "material_basis", "", gettext("on what materiality was decided"))
            yield from self._moments_wrong(one)
            yield from one.course.wrong(one.line, self.now)

    def _moments_wrong(self, one: PastIncident) -> Iterator[RowError]:
        """Moments that are missing, lie ahead, or stand before what must have been before."""
        last: datetime | None = None
        for name in MOMENTS:
            at = one.at[name]
            if at is None:
                if name in NEEDED:
                    yield RowError(one.line, name, "", gettext("a moment, as 2021-06-18T15:10"))
                continue
            if at > self.now:
                yield RowError(one.line, name, at.isoformat(), gettext("a moment that has come"))
            elif last is not None and at < last:
                yield RowError(
                    one.line, name, at.isoformat(), gettext("a moment not before the one that came before it")
                )
            last = at if last is None else max(last, at)

    def _incident(self, one: PastIncident) -> Incident:
        decided = one.facts["is_material"] is not None
        own = self.own.get((one.site, one.facts["kind"]))
        facts = {name: told for name, told in one.facts.items() if name != "review"}
        facts |= {"kind": own.stands_for, "own_type": own} if own else {}
        return Incident(
            unit=self.units[one.site], state=Incident.State.CLOSED, is_history=True, **facts, **one.at,
            material_at=one.at["closed_at"] if decided else None, material_by=self.by if decided else None,
        )  # fmt: skip

    def _classified(self, incident: Incident, one: PastIncident) -> Classification:
        level: int = one.facts["level"]
        return Classification(
            incident=incident, revision=1, at=incident.reported_at, person=self.by, reckoned=level, level=level,
            national_level=incident.national_level,
        )  # fmt: skip

    def _entries(self, incident: Incident, told: course.Course) -> Iterator[TimelineEntry]:
        """The lines of its log, and its steps as the timeline tells them; the moment tells the step, so that none
        stands twice."""
        steps = (
            (incident.contained_at, working.CONTAINED, "contain"),
            (incident.recovered_at, working.RECOVERED, "recover"),
            (incident.closed_at, working.CLOSED, "close"),
        )
        done = str(TimelineEntry.Kind.ACTION)
        come = [(at, done, says, verb) for at, says, verb in steps if at is not None]
        come += [(line.at, line.kind, line.says, "") for line in told.lines]
        ordered = sorted(come, key=lambda one: one[0])
        for number, (at, kind, says, verb) in enumerate(ordered, start=1):
            yield TimelineEntry(
                incident=incident, number=number, at=at, zone=incident.unit.time_zone, kind=kind, says=says, verb=verb,
                tlp=incident.tlp, person=self.by, recorded_at=self.now,
            )  # fmt: skip


def _reviewed(incident: Incident, happened: str, by: Person) -> IncidentReview:
    """Its review, as far as the list tells it: written when it was closed, brought by `by`."""
    at = incident.closed_at or incident.reported_at
    return IncidentReview(incident=incident, happened=happened, person=by, recorded_at=at)


def _own_types(found: Sequence[PastIncident], units: dict[str, Unit]) -> dict[tuple[str, str], IncidentType]:
    """The own types that the incidents name, by the code of each unit at which they hold, and their own."""
    named = {one.facts["kind"] for one in found} - kinds().keys()
    types = list(IncidentType.objects.current().filter(code__in=named)) if named else []
    ways = Ancestry.objects.filter(
        descendant__in=units.values(), ancestor__in={one.unit_id for one in types}, until__isnull=True
    )
    holds = set(ways.values_list("descendant", "ancestor")) if types else set()
    return {
        (unit.code, one.code): one
        for unit in units.values()
        for one in types
        if (unit.pk, one.unit_id) in holds
    }
