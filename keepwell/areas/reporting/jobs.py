"""Documents of a frozen year are made in the background."""

from __future__ import annotations

from typing import Any

from keepwell.areas.reporting import rules
from keepwell.platform.exchange.files import keep
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.replicas.routing import reading_for
from keepwell.platform.tree.models import Unit


@job("reporting.publish")
def publish(_task: Task, *, unit: str, year: int) -> dict[str, Any]:
    """Make and keep the documents of a frozen year: what was decided stays so, whatever became of who decided it."""
    return {"made": rules.publish(Unit.objects.get(code=unit), year)}


@job("reporting.write")
def write(task: Task, *, unit: str, year: int, language: str, form: str) -> dict[str, Any]:
    """Make one document of a year that may still change, if its asker may see it now."""
    person, place = Person.objects.get(pk=str(task.person_id)), Unit.objects.get(code=unit)
    require(person, "reporting", Level.VIEW, place)
    with reading_for(lambda: person.pk):
        made = rules.write(year, place, language, form)
    kept = keep(made)
    return {"sha256": kept.sha256, "size_bytes": kept.size_bytes}
