"""Whom an incident or a report wakes, in which order, and how long each has to answer: by level, unit and hour."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from keepwell.areas.incidents.models import (
    Classification,
    DutyShift,
    EscalationCall,
    ImplicatedPerson,
    Incident,
    Report,
    ReportWord,
    scheme,
)
from keepwell.areas.incidents.models.intake import State
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on
from keepwell.platform.tree.models import Ancestry, Unit

AREA = "incidents"
Tlp = Incident.Tlp
A_DAY = timedelta(days=1)
"""How long a report calls: after that it is a todo long overdue, and wakes nobody."""


@dataclass(frozen=True)
class Ladder:
    """Why somebody is woken: an incident that nobody has taken up, a report that nobody has looked at, or, with `rise`,
    the level to which an incident rose, which somebody on duty at `roster` must acknowledge."""

    about: Incident | Report
    rise: Classification | None = None
    roster: Unit | None = None

    @property
    def level(self) -> int | None:
        """The level by which it is climbed; None while there is none: everybody on duty may be called."""
        if self.rise is not None:
            return self.rise.level
        return self.about.level if isinstance(self.about, Incident) else None

    def calls(self) -> list[EscalationCall]:
        """Who was called on it so far, in order; of a report, since it was open last."""
        rows = calls_about(self.about).filter(rise=self.rise, roster=self.roster)
        if isinstance(self.about, Report):
            rows = rows.filter(called_at__gte=self.about.waiting_since)
        return list(rows.select_related("person").order_by("step"))


def calls_about(about: Incident | Report) -> QuerySet[Any]:
    """All calls to an incident, without those to the reports that it was made of; or to a report."""
    if isinstance(about, Report):
        return EscalationCall.objects.filter(report=about)
    return EscalationCall.objects.filter(incident=about, report__isnull=True)


def allowed(about: Incident | Report, at: Unit, level: int | None) -> timedelta:
    """How long somebody who is called at a unit may take: by the level, at the group by its own time; while there is no
    level, by the strictest; to a report, by what it says of whether it goes on."""
    if isinstance(about, Report):
        waking = scheme().reports.get(about.ongoing)
        if waking is not None:
            return timedelta(minutes=waking.answer_minutes)
    if level is None or isinstance(about, Report):
        return timedelta(minutes=min(one.acknowledge_minutes for one in scheme().levels))
    asked = scheme().levels[level]
    is_group = at.kind == Unit.Kind.GROUP
    return timedelta(minutes=(asked.group_minutes if is_group else None) or asked.acknowledge_minutes)


def ends(ladder: Ladder, call: EscalationCall) -> datetime:
    """When the time of a call is over; where nobody has taken an incident up, earlier once the level is higher."""
    if ladder.rise is not None or isinstance(ladder.about, Report):
        return call.answer_by
    least = call.called_at + allowed(ladder.about, ladder.about.unit, ladder.level)
    return min(call.answer_by, least)


def rungs(ladder: Ladder, at: datetime) -> list[DutyShift]:
    """Who may be called at `at`, in order: of the own unit by number, then of each unit above it.

    Where a level is to be acknowledged: whom it wakes at the roster, those first who are called from a higher level on,
    then the units above; never who raised the level.
    """
    found = on_duty_at(ladder.about.unit_id, at, ladder.level)
    if ladder.rise is not None and ladder.roster is not None:
        found = _of_rise(found, ladder.rise, ladder.roster)
    return [shift for shift in found if may_on(shift.person, AREA, Level.EDIT, ladder.about)]


def on_duty_at(unit: UUID, at: datetime, level: int | None = None) -> list[Any]:
    """The shifts under way at `at` of a unit and of those above it, the nearest and the first to be called first; those
    called at `level` alone, if one is given."""
    ways = Ancestry.objects.filter(descendant=unit, until__isnull=True)
    depth = ways.filter(ancestor=OuterRef("unit")).values("depth")[:1]
    rows = (
        DutyShift.objects.on_duty(at).filter(unit__in=ways.values("ancestor")).annotate(depth=Subquery(depth))
    )
    if level is not None:
        rows = rows.filter(from_level__lte=level)
    return list(rows.select_related("person", "unit").order_by("depth", "rank", "since", "pk"))


def _of_rise(found: list[Any], rise: Classification, roster: Unit) -> list[Any]:
    others = [shift for shift in found if shift.person_id != rise.person_id]
    here = [shift for shift in others if shift.unit_id == roster.pk and wakes(rise, shift)]
    start = next((shift.depth for shift in found if shift.unit_id == roster.pk), None)
    above = [shift for shift in others if start is not None and shift.depth > start]
    return sorted(here, key=lambda shift: -shift.from_level) + above


def wakes(rise: Classification, shift: DutyShift) -> bool:
    """Whether the rise wakes whoever has that shift: all of the group where the scheme says so, else those who are
    called from a level on that was not reached before."""
    is_group = shift.unit.kind == Unit.Kind.GROUP and wakes_group(rise.level)
    return shift.from_level <= rise.level and (is_group or shift.from_level > (rise.wakes_above or 0))


def wakes_group(level: int) -> bool:
    """Whether whoever is on duty for the group itself must know of a level."""
    return scheme().levels[level].group_minutes is not None


def rosters(incident: Incident, rise: Classification, at: datetime) -> list[Unit]:
    """The units at which somebody must acknowledge a rise, from the incident's own up: those where somebody on duty is
    woken by it, those where somebody was, and the group where it has a roster at all."""
    units = {shift.unit for shift in on_duty_at(incident.unit_id, at, rise.level) if wakes(rise, shift)}
    units |= {call.roster for call in rise.calls.select_related("roster") if call.roster is not None}
    if wakes_group(rise.level):
        kept = DutyShift.objects.current().filter(unit=OuterRef("pk"), until__gt=rise.at)
        units |= set(
            Unit.objects.filter(Exists(kept), kind=Unit.Kind.GROUP, pk__in=units_above(incident.unit_id))
        )
    return sorted(units, key=lambda unit: (unit.kind == Unit.Kind.GROUP, unit.code))


def units_above(unit: UUID) -> QuerySet[Any]:
    """A unit and those above it, as a subquery of ids."""
    return Ancestry.objects.filter(descendant=unit, until__isnull=True).values("ancestor")


def is_acknowledged(ladder: Ladder, calls: list[EscalationCall]) -> bool:
    """Whether somebody who is woken at the roster knows of the rise: they were called and acknowledged it, they raised
    the level themselves, or they took the incident up since."""
    rise, incident = ladder.rise, ladder.about
    if rise is None or not isinstance(incident, Incident):
        return False
    if any(call.answered_at is not None for call in calls):
        return True
    know: list[tuple[UUID | None, datetime]] = [(rise.person_id, rise.at)]
    if incident.acknowledged_at is not None and incident.acknowledged_at >= rise.at:
        know.append((incident.lead_id, incident.acknowledged_at))
    return any(
        wakes(rise, shift)
        for person, at in know
        for shift in DutyShift.objects.on_duty(at)
        .filter(person=person, unit=ladder.roster)
        .select_related("unit")
    )


def reports_waiting(at: datetime, unit: UUID | None = None) -> list[UUID]:
    """Reports that nobody has looked at within their time and to which somebody further is to be called now, of all
    units or of one: the oldest of each unit, and none of a unit where somebody was called to a report within the time
    to answer. Whoever is awake looks at all of them; a flood of reports wakes nobody more often."""
    rows = _unseen(at)
    if unit is not None:
        rows = rows.filter(unit=unit)
    called = defaultdict(set)
    told = EscalationCall.objects.filter(report__in=rows, called_at__gte=F("report__waiting_since"))
    kept_out = ImplicatedPerson.objects.in_force().filter(report__in=rows)
    narrow = set(rows.filter(tlp__in=(Tlp.STRICT, Tlp.RED)).values_list("pk", flat=True))
    for report, person in (*told.values_list("report", "person"), *kept_out.values_list("report", "person")):
        called[report].add(person)
    found: dict[UUID, UUID] = {}
    on_duty: dict[UUID, set[UUID]] = {}
    outside: set[UUID] = set()
    for report, place in rows.order_by("waiting_since", "pk").values_list("pk", "unit"):
        if place not in on_duty:
            shifts = on_duty_at(place, at, None)
            on_duty[place] = {shift.person_id for shift in shifts}
            outside |= {one.person_id for one in shifts if one.person.kind == Person.Kind.EXTERNAL}
        if place not in found and on_duty[place] - called[report] - (outside if report in narrow else set()):
            found[place] = report
    return list(found.values())


def _unseen(at: datetime) -> QuerySet[Any]:
    """Reports that nobody has looked at within their time, where nobody was called to another who may still answer."""
    late = Q(pk__in=[])
    since = at - A_DAY
    for ongoing, waking in scheme().reports.items():
        late |= Q(ongoing=ongoing, waiting_since__range=(since, at - timedelta(minutes=waking.look_minutes)))
    calling = EscalationCall.objects.filter(report__isnull=False, answer_by__gt=at).values("unit")
    answers = ReportWord.objects.filter(
        report=OuterRef("pk"), by__isnull=False, at__gte=OuterRef("waiting_since")
    )
    rows = Report.objects.current().filter(~Exists(answers), late, state=State.NEW)
    return rows.exclude(unit__in=calling)
