"""One unsaved record of each register, for the tests of the house."""

from __future__ import annotations

from datetime import UTC, date, datetime

from keepwell.areas.awareness.models import Completion, Course
from keepwell.platform.exchange.models import Batch
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit


def courses(unit: Unit, person: Person) -> Course:
    """A course that `unit` answers for."""
    return Course(code="SEC-SAMPLE", name="Security basics", name_zh="資安基礎", minutes=30, mandatory=True,
                  unit=unit, active_from=date(2022, 1, 1))  # fmt: skip


def completions(unit: Unit, person: Person) -> Completion:
    """`person` took the course in 2024, as the batch made with it says."""
    course = Course.objects.filter(code="SEC-TAKEN").first()
    if course is None:
        course = Course(
            code="SEC-TAKEN", name="Security basics", minutes=30, unit=unit, active_from=date(2022, 1, 1)
        )
        course.save()
    batch = Batch.objects.create(register="completions", unit=unit, file_name="lms.csv", sha256="c" * 64, size_bytes=1,
                                 at=datetime(2024, 3, 6, 1, tzinfo=UTC))  # fmt: skip
    return Completion(batch=batch, person=person, course=course, completed_at=datetime(2024, 3, 5, 2, tzinfo=UTC),
                      completed_on=date(2024, 3, 5), minutes=30)  # fmt: skip
