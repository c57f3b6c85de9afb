"""The chart as a file is made in the background."""

from __future__ import annotations

from datetime import date
from typing import Any

from keepwell.areas.organization.rules import sheets
from keepwell.platform.exchange.files import keep
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit


@job(sheets.JOB)
def draw(task: Task, *, unit: str, day: str, language: str, form: str) -> dict[str, Any]:
    """Make the chart of a unit as its asker may see it now."""
    person, place = Person.objects.get(pk=str(task.person_id)), Unit.objects.get(code=unit)
    require(person, "organization", Level.VIEW, place)
    kept = keep(sheets.write(place, date.fromisoformat(day), language, form, person))
    return {"sha256": kept.sha256, "size_bytes": kept.size_bytes}
