"""Reports on maturity, and years restated on another version of their framework, are made in the background."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from keepwell.areas.assessment.models import Cycle
from keepwell.areas.assessment.rules import recounting
from keepwell.areas.assessment.rules.reading import reports
from keepwell.areas.assessment.rules.reading.cycles import cycles_seen
from keepwell.areas.frameworks.models import Version
from keepwell.platform.exchange.files import keep
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.replicas.routing import reading_for
from keepwell.platform.tree.models import Unit


@job(reports.JOB)
def write(task: Task, *, cycle: str, unit: str, day: str, language: str, form: str) -> dict[str, Any]:
    """Make the report of a unit, if its asker may see that now."""
    person, place = Person.objects.get(pk=str(task.person_id)), Unit.objects.get(code=unit)
    require(person, "assessment", Level.VIEW, place)
    found = cycles_seen(person).get(pk=cycle)
    report = reports.Report(found, place, person, date.fromisoformat(day))
    with reading_for(lambda: person.pk):
        made = reports.write(report, language, form)
    kept = keep(made)
    return {"sha256": kept.sha256, "size_bytes": kept.size_bytes}


@job(recounting.JOB)
def restate(task: Task, *, cycle: str) -> dict[str, Any]:
    """Restate every year before an opened cycle on its version of the framework, one year after the other."""
    held = Cycle.objects.get(pk=cycle)
    return _restated(task, [(one, held.framework_version) for one in recounting.earlier(held)])


@job("assessment.restate_all", every=timedelta(hours=24))
def restate_all(task: Task) -> dict[str, Any]:
    """Restate every year anew on the versions of the years after it, as after a crosswalk was mended."""
    cycles = Cycle.objects.current().exclude(state=Cycle.State.DRAFT).order_by("year", "pk")
    return _restated(task, [(one, version) for one in cycles for version in recounting.later_versions(one)])


def _restated(task: Task, waiting: list[tuple[Cycle, Version]]) -> dict[str, Any]:
    """Restate some years, saying how far it is; each is whole by itself."""
    changed = 0
    for number, (cycle, version) in enumerate(waiting):
        task.progress(number, len(waiting), cycle.name)
        changed += recounting.restate_on(cycle, version)
    return {"years": len(waiting), "results": changed}
