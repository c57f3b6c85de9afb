"""Whose background work a person may see."""

from __future__ import annotations

from keepwell.platform.jobs.models import Job, JobQuerySet
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may_everywhere, units_granted
from keepwell.platform.people.roles import Level


def jobs_seen(person: Person, level: Level = Level.VIEW) -> JobQuerySet:
    """Jobs asked for by people of the units where `person` holds `level` in administration; for who holds it
    over the whole group every job, the schedule's too."""
    jobs = JobQuerySet(Job)
    if may_everywhere(person, "administration", level):
        return jobs
    granted = units_granted(person, "administration", level)
    return jobs.filter(person_id__in=Person.objects.filter(unit__in=granted).values("pk"))
