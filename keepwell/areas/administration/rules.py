"""Who may give and end rights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from keepwell.platform.acts.act import Refused, act
from keepwell.platform.exchange.models import Batch
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import may_anywhere
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.todo import Todo, owed


@act(Level.ADMINISTER, label=_("End"), offered=lambda grant: grant.is_in_force,
     explains=_("The right holds up to and with that day; it cannot be prolonged, only granted anew."))  # fmt: skip
def end(grant: Grant, *, by: Person, on: date, reason: str) -> None:
    """Let a grant end on a day."""
    if on < grant.since:
        raise Refused(_t("A grant cannot end before it begins."))
    if grant.until and on > grant.until:
        raise Refused(_t("The grant ends on %(day)s already.") % {"day": grant.until.isoformat()})
    grant.until = on
    grant.save()


@owed("administration.unmatched")
def unmatched(person: Person, day: date) -> Iterator[Todo]:
    """Rows that met nothing known, for those who run the platform."""
    for batch in Batch.objects.visible_to(person, Level.ADMINISTER).filter(unmatched__gt=0, state="applied").order_by("-at")[:5]:
        yield Todo(
            act=ngettext("Match %(n)d row of %(file)s", "Match %(n)d rows of %(file)s", batch.unmatched) % {
                "n": batch.unmatched, "file": batch.file_name},
            url=reverse("batches-record", args=[batch.pk]), due_on=None,
            context=_t("Counted nowhere until they meet somebody or some course."),
        )  # fmt: skip


@owed("administration.dead")
def dead(person: Person, day: date) -> Iterator[Todo]:
    """Jobs that were given up, for those who run the platform."""
    if not may_anywhere(person, "administration", Level.ADMINISTER):
        return
    count = Job.objects.filter(state=Job.State.DEAD).count()
    if count:
        yield Todo(act=ngettext("Look at %(n)d job that was given up", "Look at %(n)d jobs that were given up", count) % {"n": count},
                   url=reverse("jobs"), due_on=day, context=_t("Mend the cause, then try again."))  # fmt: skip
