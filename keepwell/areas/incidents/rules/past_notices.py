"""What was told of incidents that were over before Keepwell: a list of notices, which become clocks that are over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Clock, Incident, OwnRule, rules_now
from keepwell.areas.incidents.models.timeline import beat_all
from keepwell.areas.incidents.rules.clauses import WORDED
from keepwell.areas.incidents.rules.clocks import Key
from keepwell.areas.incidents.rules.past import AREA, require_somewhere
from keepwell.areas.organization.models import NoticeClause
from keepwell.kernel import moments
from keepwell.kernel.clocks.rules import Rule, Stage
from keepwell.platform.exchange import cells
from keepwell.platform.exchange.cells import CellError, RowError
from keepwell.platform.exchange.files import on_disk
from keepwell.platform.exchange.rows import Row, Unfit, read_rows
from keepwell.platform.exchange.writers import write_csv
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import levels_held_at
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Ancestry, Unit

BRING_IN = "incidents.bring_in_past_notices"
COLUMNS = (
    ("incident", "IN-2021-0412", _("number of an incident that came by its list")),
    ("rule", "nis2-notification", _("rule that asked for the notice; empty where a clause did")),
    ("clause", "", _("clause that asked for it, as C-0148, MSA 14.2; empty where a rule did")),
    ("stage", "", _("which stage of the rule; empty: the first")),
    ("unit", "", _("code of the unit that had to tell; empty: the incident’s site")),
    ("runs_from", "2021-06-18T02:10", _("from when the time ran; empty: since the incident was known")),
    ("due", "2021-06-21T02:10", _("by when it had to be sent")),
    ("sent", "2021-06-21T05:00+02:00", _("when it was sent; empty: never")),
    ("why_late", "The portal was down.", _("why it was late or never sent; empty where it was in time")),
)  # fmt: skip
"""Each column of the list with what it holds in the example, and what it says."""
HEADINGS = tuple(name for name, _example, _says in COLUMNS)
NEEDED = ("incident", "due", "sent")
MOST_ROWS = 50_000
LONGEST_REASON = 500


@dataclass(frozen=True)
class PastNotice:
    """One notice of a list, in `line` of its file: under a rule or a clause, as both are called here.

    Moments without a zone are the incident's site's. `runs_from` None: since the incident was known; `sent` None: never.
    """

    line: int
    incident: str
    rule: str
    clause: str
    stage: str
    unit: str
    runs_from: datetime | None
    due: datetime
    sent: datetime | None
    why_late: str


def read_past_notices(path: Path, name: str = "") -> list[PastNotice]:
    """The notices of a CSV or XLSX file with the columns of `HEADINGS`, of which those of `NEEDED` must be there.

    Raises FileRefused (no such file can be read), Refused or Unfit (cells that cannot be read, all at once).
    """
    return read_rows(path, name, HEADINGS, NEEDED, _read, most=MOST_ROWS)


def read_past_notices_upload(file: Any) -> list[PastNotice]:  # Any: a file that somebody sent, with its name
    """The notices of an uploaded file."""
    with on_disk(file.chunks()) as path:
        return read_past_notices(path, file.name or "")


def example() -> bytes:
    """A CSV file with the headings and one notice, to be filled in."""
    return b"".join(write_csv(HEADINGS, [[one for _name, one, _says in COLUMNS]]))


def bring_in_past_notices(found: Sequence[PastNotice], *, by: Person) -> int:
    """Take over what was told of incidents that came from a list; returns how many clocks came. All or nothing.

    Each needs the right to decide at the incident's unit. A clock was met, late or missed as its moments tell, and stays
    so; nobody is called for it. Those that stand here already stay as they are. Raises PermissionDenied for who may
    decide nowhere, or Unfit with every row that does not fit.
    """
    require_somewhere(by, BRING_IN)
    with transaction.atomic(), acting(by, BRING_IN):
        return _Bringing(found, by).bring()


def _read(row: Row) -> PastNotice:
    """A row as a notice. Raises Unreadable."""
    number = row.need("incident", cells.text, gettext("the number of an incident, as IN-2021-0412"))
    due = row.need("due", cells.moment, gettext("a moment, as 2021-06-18T15:10"))
    said = {name: row.read(name, cells.text, "") for name in ("rule", "clause", "stage", "unit", "why_late")}
    at = {name: row.read(name, cells.moment) for name in ("runs_from", "sent")}
    return PastNotice(row.line, number, due=due, **said, **at)


class _Wrong(CellError):
    """A cell of `column` does not fit."""

    def __init__(self, column: str, found: str, expected: str) -> None:
        super().__init__(expected)
        self.column, self.found = column, found


class _Bringing:
    """Takes the notices of one file over, looking everything up once."""

    def __init__(self, found: Sequence[PastNotice], by: Person) -> None:
        self.found, self.by, self.now, self.rules = found, by, moments.now(), rules_now()
        rows = Incident.objects.visible_to(by).current().filter(is_history=True)
        incidents = list(rows.filter(number__in={one.incident for one in found}).select_related("unit"))
        held = levels_held_at(by, list({one.unit_id for one in incidents}))
        mine = [one for one in incidents if held[one.unit_id].get(AREA, 0) >= Level.DECIDE]
        self.incidents = {one.number: one for one in mine}
        self.tellers = _tellers(mine)
        self.clauses = _clauses(found, by)
        self.own = dict(OwnRule.objects.in_force().values_list("rule", "pk"))
        there = Clock.objects.filter(incident__in=mine)
        self.there = set(
            there.values_list("incident_id", "rule", "stage", "unit_id", "clause_id", "occasion")
        )

    def bring(self) -> int:
        clocks, errors = [], []
        seen: dict[tuple[UUID, *Key], int] = {}
        for one in self.found:
            try:
                clock = self._clock(one)
                _once(clock, one, seen)
            except _Wrong as wrong:
                errors.append(RowError(one.line, wrong.column, wrong.found, wrong.expected))
            else:
                clocks.append(clock)
        if errors:
            raise Unfit(errors)
        fresh = [clock for clock in clocks if _key(clock) not in self.there]
        create_all(fresh)
        beat_all({clock.incident_id for clock in fresh})
        return len(fresh)

    def _clock(self, one: PastNotice) -> Clock:
        """The clock that a row tells. Raises _Wrong."""
        incident = self.incidents.get(one.incident)
        if incident is None:
            expected = gettext(
                "an incident that was brought in from a list, where you may decide on incidents"
            )
            raise _Wrong("incident", one.incident, expected)
        clause = self._clause(one, incident)
        rule = self._rule(one, clause)
        stage = _stage(one, rule)
        unit = self._unit(one, incident, clause)
        start, due, sent = self._moments(one, incident)
        state = Clock.State.RUNNING if sent is None else Clock.State.MET if sent <= due else Clock.State.LATE
        if state != Clock.State.MET and not one.why_late:
            raise _Wrong("why_late", "", gettext("why it was late or never sent"))
        if len(one.why_late) > LONGEST_REASON:
            raise _Wrong("why_late", one.why_late, gettext("up to %(most)d signs") % {"most": LONGEST_REASON})
        return Clock(
            incident=incident, rule=rule.id, own_text_id=self.own.get(rule.id), stage=stage.name, unit=unit, clause=clause,
            occasion=start.isoformat() if stage.each else "", duty=stage.duty, state=state,
            zone=rule.zone or unit.time_zone, start_at=start, due_at=due, ends_at=due, done_at=sent,
            reckoning={"from_list": True}, reason=one.why_late, reason_by=self.by if one.why_late else None,
        )  # fmt: skip

    def _clause(self, one: PastNotice, incident: Incident) -> NoticeClause | None:
        """The clause that a row names, of the nearest of the units that it binds."""
        if not one.clause:
            return None
        near = self.tellers[incident.pk]
        fitting = [clause for clause in self.clauses.get(one.clause, ()) if clause.unit_id in near]
        if not fitting:
            expected = gettext("a clause that binds the site, by counterparty and place, as C-0148, MSA 14.2")
            raise _Wrong("clause", one.clause, expected)
        return min(fitting, key=lambda clause: list(near).index(clause.unit_id))

    def _rule(self, one: PastNotice, clause: NoticeClause | None) -> Rule:
        """The rule that a row names, or under which its clause runs."""
        worded = WORDED[NoticeClause.Kind(clause.kind)] if clause else ""
        name = one.rule or worded
        rule = self.rules.get(name)
        if rule is None or (clause and name != worded):
            expected = gettext("a rule in force or as it is shipped, as twse-material-info, or a clause")
            raise _Wrong("rule", one.rule, expected)
        return rule

    def _unit(self, one: PastNotice, incident: Incident, clause: NoticeClause | None) -> Unit:
        """Who had to tell: the unit that a row names, else that of the clause, else the incident's."""
        if not one.unit:
            return clause.unit if clause else incident.unit
        unit = next((unit for unit in self.tellers[incident.pk].values() if unit.code == one.unit), None)
        if unit is None:
            raise _Wrong("unit", one.unit, gettext("a unit that the incident touches, or one above it"))
        return unit

    def _moments(self, one: PastNotice, incident: Incident) -> tuple[datetime, datetime, datetime | None]:
        """From when it ran, by when it was due and when it was sent. Raises _Wrong where they cannot be so."""
        zone = ZoneInfo(incident.unit.time_zone)

        def placed(told: datetime) -> datetime:
            return told.replace(tzinfo=zone) if told.tzinfo is None else told

        due, sent = placed(one.due), placed(one.sent) if one.sent else None
        start = placed(one.runs_from) if one.runs_from else incident.awareness
        for name, at in (("runs_from", start), ("due", due), ("sent", sent)):
            if at is not None and at > self.now:
                raise _Wrong(name, at.isoformat(), gettext("a moment that has come"))
        if due < start:
            raise _Wrong("due", due.isoformat(), gettext("a moment not before the one from which it ran"))
        return start, due, sent


def _once(clock: Clock, one: PastNotice, seen: dict[tuple[UUID, *Key], int]) -> None:
    """Keep in `seen` in which line the clock stands. Raises _Wrong where it stands in an earlier one."""
    key = _key(clock)
    if key in seen:
        told = gettext("each notice once; it stands in line %(line)d too") % {"line": seen[key]}
        raise _Wrong("incident", one.incident, told)
    seen[key] = one.line


def _key(clock: Clock) -> tuple[UUID, *Key]:
    return clock.incident_id, clock.rule, clock.stage, clock.unit_id, clock.clause_id, clock.occasion


def _stage(one: PastNotice, rule: Rule) -> Stage:
    """The stage that a row names, else the first in which we have to tell. Raises _Wrong."""
    ours = [stage for stage in rule.stages if stage.duty != Clock.Duty.INBOUND]
    stage = next((stage for stage in ours if one.stage in ("", stage.name)), None)
    if not ours:
        raise _Wrong("rule", one.rule, gettext("a rule by which we have to tell somebody"))
    if stage is None:
        names = ", ".join(stage.name for stage in ours)
        raise _Wrong("stage", one.stage, gettext("one of %(codes)s") % {"codes": names})
    return stage


def _tellers(incidents: Sequence[Incident]) -> dict[UUID, dict[UUID, Unit]]:
    """The units that may have had to tell of each incident: those that it touches and all above them, the nearest to
    its own first."""
    touched: dict[UUID, list[UUID]] = {one.pk: [one.unit_id] for one in incidents}
    through = Incident.affected_units.through.objects.filter(incident__in=[*touched]).order_by("unit_id")
    for incident, unit in through.values_list("incident_id", "unit_id"):
        touched[incident].append(unit)
    low = {unit for units in touched.values() for unit in units}
    above: dict[UUID, list[Unit]] = defaultdict(list)
    ways = Ancestry.objects.filter(descendant__in=low, until__isnull=True).select_related("ancestor")
    for way in ways.order_by("depth"):
        above[way.descendant_id].append(way.ancestor)
    return {pk: {high.pk: high for unit in units for high in above[unit]} for pk, units in touched.items()}


def _clauses(found: Sequence[PastNotice], by: Person) -> dict[str, list[NoticeClause]]:
    """The clauses that rows name, as far as `by` may see them, by how they are called."""
    named = {one.clause for one in found if one.clause}
    clauses: dict[str, list[NoticeClause]] = defaultdict(list)
    for clause in NoticeClause.objects.visible_to(by).current().select_related("unit") if named else ():
        if str(clause) in named:
            clauses[str(clause)].append(clause)
    return clauses
