"""Incidents that were over before Keepwell: a file with their history, brought in at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext

from keepwell.areas.incidents.models import Classification, Incident, Pulse, TimelineEntry, kinds
from keepwell.areas.incidents.rules import working
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
from keepwell.platform.tree.models import Unit

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
    "review",
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


def read_past(path: Path, name: str = "") -> list[PastIncident]:
    """The incidents of a CSV or XLSX file with the columns of `HEADINGS`, of which those of `NEEDED` must be there.

    Raises FileRefused (no such file can be read), Refused or Unfit (cells that cannot be read, all at once).
    """
    return read_rows(path, name, HEADINGS, NEEDED, _read, most=MOST_ROWS)


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
    if not may_anywhere(by, AREA, Level.DECIDE):
        wrong = PermissionDenied(gettext("You need the right to decide on incidents somewhere."))
        refused(wrong, by, BRING_IN)
        raise wrong
    with transaction.atomic(), acting(by, BRING_IN):
        return _Bringing(found, by).bring()


def _read(row: Row) -> PastIncident:
    """A row as an incident. Raises Unreadable."""
    facts: dict[str, Any] = {
        "number": row.need("number", cells.text, gettext("a number of its own, as IN-2021-0412")),
        "title": row.need("title", cells.text, gettext("a title")),
        "kind": row.read("kind", lambda cell: cells.choice(cell.casefold(), list(kinds())), "undetermined"),
        "level": row.need("level", cells.integer, gettext("a level from 0 to 4")),
        "national_level": row.read("national_level", cells.integer),
        "summary": row.read("summary", cells.text, ""),
        "is_material": row.read("is_material", cells.boolean),
        "material_basis": row.read("material_basis", cells.text, ""),
        "review": row.read("review", cells.text, ""),
    }
    at = {name: row.read(name, cells.moment) for name in MOMENTS}
    return PastIncident(row.line, row.need("unit", cells.text, gettext("the code of a unit")), facts, at)


class _Bringing:
    """Takes the incidents of one file over, looking everything up once."""

    def __init__(self, found: Sequence[PastIncident], by: Person) -> None:
        self.by, self.now = by, moments.now()
        self.units = {unit.code: unit for unit in Unit.objects.filter(code__in={one.site for one in found})}
        held = levels_held_at(by, [unit.pk for unit in self.units.values()])
        self.mine = {code for code, unit in self.units.items() if held[unit.pk].get(AREA, 0) >= Level.DECIDE}
        self.found = [self._placed(one) for one in found]
        numbers = {one.facts["number"] for one in found}
        self.there = set(Incident.objects.filter(number__in=numbers).values_list("number", flat=True))

    def _placed(self, one: PastIncident) -> PastIncident:
        """The same with the clocks of its site where no zone was told."""
        unit = self.units.get(one.site)
        zone = ZoneInfo(unit.time_zone if unit else "UTC")
        at = {
            name: told.replace(tzinfo=zone) if told and told.tzinfo is None else told
            for name, told in one.at.items()
        }
        return PastIncident(one.line, one.site, one.facts, at)

    def bring(self) -> int:
        errors = list(self._errors())
        if errors:
            raise Unfit(errors)
        fresh = [one for one in self.found if one.facts["number"] not in self.there]
        incidents = [self._incident(one) for one in fresh]
        create_all(incidents)
        create_all([self._classified(incident, one) for incident, one in zip(incidents, fresh, strict=True)])
        entries = [list(self._entries(incident)) for incident in incidents]
        create_all([entry for told in entries for entry in told])
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
        return Incident(
            unit=self.units[one.site], state=Incident.State.CLOSED, is_history=True, **one.facts, **one.at,
            material_at=one.at["closed_at"] if decided else None, material_by=self.by if decided else None,
        )  # fmt: skip

    def _classified(self, incident: Incident, one: PastIncident) -> Classification:
        level: int = one.facts["level"]
        return Classification(
            incident=incident, revision=1, at=incident.reported_at, person=self.by, reckoned=level, level=level,
            national_level=incident.national_level,
        )  # fmt: skip

    def _entries(self, incident: Incident) -> Iterable[TimelineEntry]:
        """Its steps as the timeline tells them; the moment tells the step, so that none stands twice."""
        steps = (
            (incident.contained_at, working.CONTAINED, "contain"),
            (incident.recovered_at, working.RECOVERED, "recover"),
            (incident.closed_at, working.CLOSED, "close"),
        )
        come = [(at, says, verb) for at, says, verb in steps if at is not None]
        for number, (at, says, verb) in enumerate(come, start=1):
            yield TimelineEntry(
                incident=incident, number=number, at=at, zone=incident.unit.time_zone,
                kind=TimelineEntry.Kind.ACTION, says=says, verb=verb, tlp=incident.tlp, person=self.by,
                recorded_at=self.now,
            )  # fmt: skip
