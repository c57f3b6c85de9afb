"""What the store of evidence asks of those who look after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from keepwell.platform.evidence import scanning, serving
from keepwell.platform.evidence.models import Content, Finding
from keepwell.platform.evidence.rules import AREA
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may_everywhere
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.todo import Todo, owed


@owed("evidence.store")
def store(person: Person, day: date) -> Iterator[Todo]:
    """What the scrub found and what the scanner has not settled, for who administers evidence of the whole group."""
    if not may_everywhere(person, AREA, Level.ADMINISTER):
        return
    count = Finding.objects.filter(mended_at=None).count()
    if count:
        yield Todo(
            act=ngettext(
                "Mend %(n)d file in the store of evidence", "Mend %(n)d files in the store of evidence", count
            )
            % {"n": count},
            url=reverse("evidence-store"),
            due_on=day,
            context=gettext("Damaged, missing or foreign; a backup may have it whole."),
        )
    if serving.is_scanning():
        yield from _unscanned(day)


def _unscanned(day: date) -> Iterator[Todo]:
    """What cannot be scanned, and that no scanner answers."""
    pending, error = Q(state=Content.State.PENDING), Q(state=Content.State.ERROR)
    found = Content.objects.filter(pending | error).aggregate(
        failed=Count("pk", filter=error),
        waiting=Count("pk", filter=pending),
        says=Max("says", filter=pending),
    )
    if found["failed"]:
        yield Todo(
            act=ngettext(
                "Look at %(n)d file that cannot be scanned",
                "Look at %(n)d files that cannot be scanned",
                found["failed"],
            )
            % {"n": found["failed"]},
            url=reverse("evidence-store"),
            due_on=None,
            context=gettext("They are not handed out meanwhile."),
        )
    if found["says"] or (found["waiting"] and scanning.scanner() is None):
        yield Todo(
            act=gettext("Let the scanner of files answer again"),
            url=reverse("evidence-store"),
            due_on=day,
            context=found["says"] or gettext("No scanner is set; files wait and are not handed out."),
        )
