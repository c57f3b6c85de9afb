"""Reports on maturity are made in the background."""

from __future__ import annotations

from datetime import date
from typing import Any

from keepwell.areas.assessment.rules.reading import reports
from keepwell.areas.assessment.rules.reading.cycles import cycles_seen
from keepwell.platform.exchange.files import keep
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit


@job(reports.JOB)
def write(task: Task, *, cycle: str, unit: str, day: str, language: str, form: str) -> dict[str, Any]:
    """Make the report of a unit, if its asker may see that now."""
    person, place = Person.objects.get(pk=str(task.person_id)), Unit.objects.get(code=unit)
    require(person, "assessment", Level.VIEW, place)
    found = cycles_seen(person).get(pk=cycle)
    report = reports.Report(found, place, person, date.fromisoformat(day))
    kept = keep(reports.write(report, language, form))
    return {"sha256": kept.sha256, "size_bytes": kept.size_bytes}
