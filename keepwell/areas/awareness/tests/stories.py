"""Words in which the tests of training tell their stories."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.areas.awareness.models import Completion, Course
from keepwell.kernel import moments
from keepwell.platform.exchange.models import Batch
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.models import Reading
from keepwell.platform.metrics.reading import read
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast


class Training(Cast):
    """The cast, two courses and an empty batch; the clock stands at 14 November 2025."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "course.create"):
            cls.basics = cls.course("SEC-101", 30)
            cls.phishing = cls.course("SEC-201", 45)
        cls.batch = Batch.objects.create(
            register="completions", unit=cls.group, file_name="l.csv", sha256="0" * 64, size_bytes=1, at=NOW,
            state=Batch.State.APPLIED, serial=1,
        )  # fmt: skip

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    @classmethod
    def course(cls, code: str, minutes: int) -> Course:
        """A course of the group, offered since 2019."""
        made = Course(code=code, name=code, minutes=minutes, unit=cls.group, active_from=date(2019, 1, 1))
        made.save()
        return made

    def completes(
        self, who: Person, moment: str, course: Course | None = None, minutes: int = 30
    ) -> Completion:
        """`who` completes `course` at `moment`, ISO in UTC; the day is that of the person's unit."""
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        return Completion.objects.create(
            person=who, course=course or self.basics, completed_at=at, minutes=minutes, batch=self.batch,
            completed_on=at.astimezone(ZoneInfo(who.unit.time_zone)).date(),
        )  # fmt: skip

    def change(self, record: Any, **facts: Any) -> None:
        """Let the cast's teller change a record; `since` goes to a unit's move."""
        since = {"since": facts.pop("since")} if "since" in facts else {}
        for name, value in facts.items():
            setattr(record, name, value)
        with acting(TELLER, "story.change"):
            record.save(**since)

    def move(self, who: Person, to: Unit, day: date) -> None:
        """`who` works at `to` from `day` on."""
        self.change(who, unit=to, unit_since=day)

    @staticmethod
    def day(text: str) -> date:
        """The day that `text` says in ISO form."""
        return date.fromisoformat(text)

    def reading(self, metric: str, unit: Unit, year: int = 2023) -> Reading:
        """What `metric` reads at `unit` for `year`."""
        return read(metric, Scope.of_year(year))[unit.pk]

    def values(self, metric: str, *units: Unit, year: int = 2023) -> list[Any]:
        """The figures of `metric` at `units`, in their order."""
        found = read(metric, Scope.of_year(year))
        return [found[unit.pk].value for unit in units]
