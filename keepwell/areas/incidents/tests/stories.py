"""Words in which the tests of incidents tell their stories."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from keepwell.areas.incidents.models import (
    DutyShift,
    EscalationCall,
    Incident,
    IncidentReview,
    TimelineEntry,
)
from keepwell.areas.incidents.pages import again, live
from keepwell.areas.incidents.rules import reviews
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast, account, grant, person

REPORTED = datetime(2025, 11, 13, 18, 31, tzinfo=UTC)
"""02:31 in Taipei."""


def at(hour: int, minute: int) -> datetime:
    """That time of the night of 14 November in Taipei."""
    return datetime(2025, 11, 14, hour, minute, tzinfo=UTC) - timedelta(hours=8)


class Reported(Cast):
    """The cast at 05:12 in Taipei on 14 November 2025, and an incident just reported at KHH1."""

    scene_at = NOW

    def scene(self) -> None:
        self.incident = self.report("Malware on the controllers of line 3", self.khh1, kind="infected-system")

    def setUp(self) -> None:
        super().setUp()
        # What was drawn of this incident in the test before shows what was taken back since.
        live._kept.clear()
        again._known.clear()

    def report(self, title: str, at: Unit, **facts: Any) -> Incident:
        """An incident as its first report tells it."""
        made = Incident(title=title, unit=at, **facts)
        with acting(TELLER, "story.report"):
            made.save()
        return made


def reviewed(incident: Incident, *, by: Person, happened: str) -> IncidentReview:
    """The review of an incident that had come so far, which is then as far as it was."""
    stood = incident.state
    for state in (Incident.State.REVIEW, stood):
        incident.state = state
        with acting(TELLER, "story.state"):
            incident.save()
        if state == Incident.State.REVIEW:
            made = reviews.write_review(incident, by=by, happened=happened)
    return made


class OnDuty(Reported):
    """An incident at KHH1 at 02:31, two officers of the site and one of the group who may be on duty."""

    scene_at = REPORTED

    def scene(self) -> None:
        with acting(TELLER, "story.staff"):
            self.olga = person("A0000007", "Olga Ong", self.khh1)
            self.paul = person("A0000008", "Paul Pan", self.group)
            for who, name, unit in ((self.olga, "olga", self.khh1), (self.paul, "paul", self.group)):
                account(who, name)
                grant(who, "site_officer", unit)
        self.incident = self.report("Malware on the controllers of line 3", self.khh1, kind="infected-system")

    def on_duty(self, who: Person, unit: Unit, rank: int = 1, **more: object) -> DutyShift:
        values = {"since": REPORTED - timedelta(hours=4), "until": REPORTED + timedelta(hours=8)} | more
        shift = DutyShift(unit=unit, person=who, phone="+886 912 345 678", rank=rank, **values)
        with acting(TELLER, "story.roster"):
            shift.save()
        return shift

    def look(self, *moment: int) -> list[str]:
        """Who has been called once the ladder was looked at, twice, at that time."""
        with moments.standing_at(at(*moment)):
            BESIDE["incidents.escalate"].work()
            BESIDE["incidents.escalate"].work()
        calls = EscalationCall.objects.filter(incident=self.incident).order_by("step")
        return [
            f"{call.person} {call.called_at.astimezone(UTC) + timedelta(hours=8):%H:%M}" for call in calls
        ]

    def told(self) -> list[str]:
        rows = TimelineEntry.objects.filter(incident=self.incident).order_by("number")
        return [entry.told for entry in rows]


@contextmanager
def reads(table: str = "") -> Iterator[list[str]]:
    """Inside, every statement that reads is gathered, in whatever way it is asked; of `table` first of all where one is
    named."""
    found: list[str] = []

    def listen(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SELECT") and (not table or f'FROM "{table}"' in sql):
            found.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(listen):
        yield found
