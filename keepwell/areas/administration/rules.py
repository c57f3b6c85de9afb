"""Who may give and end rights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from keepwell.platform.acts.act import Refused, act
from keepwell.platform.exchange.feeds import FEEDS
from keepwell.platform.exchange.models import Batch
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.errands import jobs_seen
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import (
    grants_giving,
    grants_in_force,
    lacks,
    levels_held,
    may,
    may_anywhere,
)
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.records.guards import guards
from keepwell.platform.registers.importing.fed import match_again
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.todos.todo import Todo, owed
from keepwell.platform.tree.models import Unit


@guards(Grant)
def keep_below_ceiling(grant: Grant, by: Person) -> None:
    """Nobody gives more than they hold at that unit, and nobody gives to themselves; only who administers it
    alone may prolong what they hold there, so that nobody is locked out."""
    if grant.person_id == by.pk and not _keeps(grant, by):
        raise PermissionDenied(
            gettext("Nobody grants a role to themselves; ask somebody else who administers %(unit)s.")
            % {"unit": grant.unit}
        )
    held = levels_held(by, grant.unit)
    for area, level in ROLES[grant.role].levels.items():
        if held.get(area, 0) < level:
            raise PermissionDenied(lacks(area, level, grant.unit))


def _keeps(grant: Grant, by: Person) -> bool:
    """Whether `by`, the only one who administers the unit, holds just this role there already."""
    same = grants_in_force(by).filter(role=grant.role, unit=grant.unit, only_id__isnull=True)
    return same.exists() and not _administering(grant.unit).exclude(person=by).exists()


def _administering(unit: Unit) -> QuerySet[Grant]:
    return grants_giving("administration", Level.ADMINISTER, unit)


@act(
    Level.ADMINISTER,
    label=_("End"),
    offered=lambda grant: grant.is_in_force,
    explains=_("The right holds up to and with that day; it cannot be prolonged, only granted anew."),
)
def end(grant: Grant, *, by: Person, on: date, reason: str) -> None:
    """Let a grant end on a day."""
    if on < grant.since:
        raise Refused(gettext("A grant cannot end before it begins."))
    if grant.until and on > grant.until:
        raise Refused(gettext("The grant ends on %(day)s already.") % {"day": grant.until.isoformat()})
    administers = ROLES[grant.role].allows("administration", Level.ADMINISTER)
    if administers and not _administering(grant.unit).exclude(pk=grant.pk).exists():
        raise Refused(
            gettext("Nobody else administers %(unit)s; grant the role to somebody first.")
            % {"unit": grant.unit}
        )
    grant.until = on
    grant.save()


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
