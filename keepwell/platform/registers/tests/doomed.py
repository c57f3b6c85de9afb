"""What the tests that kill workers run in processes of their own: `python -m … WORD ARGUMENTS`.

`found` enters the cast and a course, `deliver SLUG FILE` asks for a file to be brought in, `naive COUNT` asks
for work that forgets what it did before it died, `work` does jobs, `retry` takes up what was given up,
`state` and `look PREFIX` print what there is.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import django


def found() -> None:
    """The cast and a course."""
    from keepwell.platform.registers.register import REGISTERS
    from keepwell.platform.registers.writing import create
    from tests.cast import Cast

    Cast.setUpTestData()
    course = {"code": "SEC-101", "name": "Basics", "minutes": 30, "active_from": "2019-01-01"}
    create(REGISTERS["courses"], course, by=Cast.ada)


def deliver(slug: str, path: str) -> None:
    """Ada asks for a file to be brought in by a worker."""
    from keepwell.platform.jobs.job import enqueue
    from keepwell.platform.people.models import Person
    from keepwell.platform.registers.files import receive
    from keepwell.platform.registers.register import REGISTERS

    ada = Person.objects.get(number="A0000001")
    batch = receive(REGISTERS[slug], Path(path).read_bytes(), "delivered.csv", ada)
    print(enqueue("registers.bring_in", person_id=ada.pk, batch=str(batch.pk)).pk)


def declare_naive() -> None:
    """Work without steps to go on from: the control of the experiment."""
    from keepwell.platform.jobs.job import Task, job
    from keepwell.platform.tree.models import Placement, Unit

    @job("naive")
    def naive(task: Task, *, count: int) -> None:
        unit, first = Unit.objects.get(code="PEN1"), Placement.objects.order_by("-since")[0].since
        for number in range(1, count + 1):
            Placement.objects.create(
                unit=unit, since=first.fromordinal(first.toordinal() + number), until=first
            )
            time.sleep(0.02)


def naive(count: str) -> None:
    """Ask for the control."""
    from keepwell.platform.jobs.job import enqueue

    print(enqueue("naive", count=int(count)).pk)


def work() -> None:
    """Do jobs until told to stop."""
    from keepwell.platform.jobs.worker import work_until_told

    work_until_told()


def retry(pk: str) -> None:
    """Take up a job that was given up."""
    from keepwell.platform.jobs import job
    from keepwell.platform.jobs.models import Job

    job.retry(Job.objects.get(pk=pk))


def look(prefix: str) -> None:
    """Count what is there of the people, completions and batches of one story."""
    from django.apps import apps

    from keepwell.platform.exchange.models import Batch, StagedRows
    from keepwell.platform.history.models import Change
    from keepwell.platform.people.models import Person, Posting
    from keepwell.platform.tree.models import Placement

    people = Person.objects.filter(number__startswith=prefix)
    told: dict[str, Any] = {
        "people": people.count(),
        "changes": Change.objects.filter(record_id__in=people.values("pk")).count(),
        "delivered by": Change.objects.filter(record_id__in=people.values("pk"))
        .values("batch_id")
        .distinct()
        .count(),
        "postings": Posting.objects.filter(person__in=people).count(),
        "completions": apps.get_model("awareness", "Completion").objects.filter(person__in=people).count(),
        "reading": Batch.objects.filter(state="reading").count(),
        "applied": Batch.objects.filter(state="applied").count(),
        "staged": StagedRows.objects.count(),
        "placements": Placement.objects.filter(unit__code="PEN1").count(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    django.setup()
    declare_naive()
    globals()[sys.argv[1]](*sys.argv[2:])
