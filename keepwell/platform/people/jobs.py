"""A job whose asker lost the right to it is refused, and the trail says so."""

from __future__ import annotations

from uuid import UUID

from keepwell.platform.history.acting import Machine
from keepwell.platform.history.noting import keeping_refusals, refused
from keepwell.platform.jobs.job import REFUSED
from keepwell.platform.people.models import Person


def keep(person_id: UUID | None, name: str, error: Exception) -> None:
    """Keep the refusal of a job, which had asked for it."""
    who = Person.objects.filter(pk=person_id).first() if person_id else None
    with keeping_refusals():
        refused(error, who or Machine("a worker"), name, unit_id=who.unit_id if who else None)


REFUSED.append(keep)
