"""Rows that met nothing known, and jobs that were given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from keepwell.areas.administration.rules.owing import AREA
from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange.feeds import FEEDS
from keepwell.platform.exchange.models import Batch
from keepwell.platform.jobs.models import Job
from keepwell.platform.keeping.looks.work import late_before
from keepwell.platform.keeping.models import Backup
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may, may_everywhere
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.importing.fed import match_again
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.todos.duties import Duty, DutyOfUnits, Matter, day_of, first_of, number_of, owed
from keepwell.platform.tree.models import Unit


def may_match(person: Person, batch: Batch) -> bool:
    """Whether `person` may match rows of `batch` again: by running the platform, or editing what came."""
    if may(person, "administration", Level.ADMINISTER, batch.unit):
        return True
    register = REGISTERS.get(batch.register)
    return register is not None and may(person, register.area(), Level.EDIT, batch.unit)


def match_rows(batch: Batch, *, by: Person) -> int:
    """Try the rows of `batch` that met nothing known once more; returns how many met something now."""
    feed = FEEDS.get(batch.register)
    if feed is None or batch.state != Batch.State.APPLIED:
        raise Refused(gettext("Only what was brought in from a feed has rows to match."))
    with transaction.atomic():
        return match_again(feed, Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk), by)


@owed
class Unmatched(Duty):
    """Rows that met nothing known, for those who run the platform."""

    name, area, level, is_seen_as_record = "administration.unmatched", AREA, Level.ADMINISTER, False

    def rows(self, day: date) -> QuerySet[Any]:
        """Deliveries with such rows, the newest first."""
        rows = Batch.objects.filter(unmatched__gt=0, state="applied")
        return rows.select_related("unit").order_by("-at", "pk")

    def place(self, record: Any) -> Unit:
        found: Unit = record.unit
        return found

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        act = ngettext("Match %(n)d row of %(file)s", "Match %(n)d rows of %(file)s", record.unmatched)
        yield Matter(
            "administration.unmatched",
            act % {"n": record.unmatched, "file": record.file_name},
            reverse("batch-match", args=[record.pk]),
            None,
            gettext("Counted nowhere until they meet somebody or some course."),
        )


@owed
class BackupMissing(DutyOfUnits):
    """A backup that should be there and is not, for those who run the platform of the whole group."""

    name, area = "administration.backup", AREA

    def rows(self, day: date) -> QuerySet[Any]:
        """The group, with the last backup there is, where one is set up and late."""
        whole = Backup.objects.whole().order_by("-begun_at").values("begun_at")[:1]
        rows = self.group().annotate(backed_up_at=Subquery(whole))
        late = Q(backed_up_at=None) | Q(backed_up_at__lt=late_before())
        return rows.filter(late) if settings.KEEPWELL_BACKUP_FOLDER else rows.none()

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        context = gettext("What was entered since the last backup is lost with this machine.")
        last = record.backed_up_at and record.backed_up_at + timedelta(hours=settings.KEEPWELL_BACKUP_HOURS)
        yield Matter(
            "administration.backup",
            gettext("See why no backup is made"),
            reverse("health"),
            day_of(last, record) or day,
            context,
        )


@owed
class GivenUp(DutyOfUnits):
    """Jobs that were given up, for those who run the platform: of the whole group all of them, elsewhere those of
    their people."""

    name, area, is_told_elsewhere = "administration.dead", AREA, True

    def rows(self, day: date) -> QuerySet[Any]:
        """The group, and units whose people asked for such a job."""
        dead = Job.objects.filter(state=Job.State.DEAD)
        askers = Person.objects.filter(pk__in=dead.exclude(person_id=None).values("person_id"))
        theirs = dead.filter(person_id__in=Person.objects.filter(unit=OuterRef(OuterRef("pk"))).values("pk"))
        is_group = Q(kind=Unit.Kind.GROUP)
        own = Unit.objects.filter(is_group & Exists(dead) | ~is_group & Q(pk__in=askers.values("unit")))
        return own.annotate(
            given_up=Case(When(is_group, then=number_of(dead)), default=number_of(theirs)),
            given_up_at=Case(
                When(is_group, then=first_of(dead, "finished_at")), default=first_of(theirs, "finished_at")
            ),
        ).order_by("pk")

    def theirs(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        if may_everywhere(person, AREA, Level.ADMINISTER):
            return rows.filter(kind=Unit.Kind.GROUP)
        return super().theirs(rows, person)

    def seen(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        return super().theirs(rows, person)

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        act = ngettext(
            "Look at %(n)d job that was given up", "Look at %(n)d jobs that were given up", record.given_up
        )
        yield Matter(
            "administration.dead",
            act % {"n": record.given_up},
            reverse("jobs"),
            day_of(record.given_up_at, record) or day,
            gettext("Mend the cause, then try again."),
        )
