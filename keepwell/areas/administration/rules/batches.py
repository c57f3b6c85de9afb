"""Rows that met nothing known, and jobs that were given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange.feeds import FEEDS
from keepwell.platform.exchange.models import Batch
from keepwell.platform.jobs.models import Job
from keepwell.platform.keeping.looks.work import is_late, last_backup
from keepwell.platform.people.errands import jobs_seen
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may, may_anywhere
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.importing.fed import match_again
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.todos.todo import Todo, owed


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


@owed("administration.unmatched")
def unmatched(person: Person, day: date) -> Iterator[Todo]:
    """Rows that met nothing known, for those who run the platform."""
    rows = Batch.objects.visible_to(person, Level.ADMINISTER).filter(unmatched__gt=0, state="applied")
    for batch in rows.order_by("-at", "pk")[:5]:
        yield Todo(
            act=ngettext("Match %(n)d row of %(file)s", "Match %(n)d rows of %(file)s", batch.unmatched)
            % {"n": batch.unmatched, "file": batch.file_name},
            url=reverse("batch-match", args=[batch.pk]),
            due_on=None,
            context=gettext("Counted nowhere until they meet somebody or some course."),
        )


@owed("administration.backup")
def backup_missing(person: Person, day: date) -> Iterator[Todo]:
    """A backup that should be there and is not, for those who run the platform."""
    if not settings.KEEPWELL_BACKUP_FOLDER or not may_anywhere(person, "administration", Level.ADMINISTER):
        return
    last = last_backup()
    if last is None or is_late(last):
        yield Todo(
            act=gettext("See why no backup is made"),
            url=reverse("health"),
            due_on=day,
            context=gettext("What was entered since the last backup is lost with this machine."),
        )


@owed("administration.dead")
def dead(person: Person, day: date) -> Iterator[Todo]:
    """Jobs that were given up, for those who run the platform."""
    if not may_anywhere(person, "administration", Level.ADMINISTER):
        return
    count = jobs_seen(person, Level.ADMINISTER).filter(state=Job.State.DEAD).count()
    if count:
        yield Todo(
            act=ngettext(
                "Look at %(n)d job that was given up", "Look at %(n)d jobs that were given up", count
            )
            % {"n": count},
            url=reverse("jobs"),
            due_on=day,
            context=gettext("Mend the cause, then try again."),
        )
