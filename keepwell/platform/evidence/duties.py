"""What the store of evidence asks of those who look after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Exists, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from keepwell.platform.evidence import scanning, serving
from keepwell.platform.evidence.models import Content, Finding
from keepwell.platform.evidence.rules import AREA
from keepwell.platform.todos.duties import DutyOfUnits, Matter, day_of, first_of, number_of, owed


@owed
class Store(DutyOfUnits):
    """What the scrub found and what the scanner has not settled, for who administers evidence of the whole group."""

    name, area = "evidence.store", AREA

    def rows(self, day: date) -> QuerySet[Any]:
        """The group, with what there is to be mended and scanned, and since when."""
        broken = Finding.objects.filter(mended_at=None)
        failed = Content.objects.filter(state=Content.State.ERROR)
        waiting = Content.objects.filter(state=Content.State.PENDING)
        return (
            self.group()
            .filter(Exists(broken) | Exists(failed) | Exists(waiting))
            .annotate(
                broken=number_of(broken), broken_at=first_of(broken, "found_at"), failed=number_of(failed),
                waiting_at=first_of(waiting, "kept_at"),
                scanner_says=Subquery(waiting.exclude(says="").order_by("-says").values("says")[:1]),
            )
        )  # fmt: skip

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        url = reverse("evidence-store")
        if record.broken:
            act = ngettext(
                "Mend %(n)d file in the store of evidence",
                "Mend %(n)d files in the store of evidence",
                record.broken,
            )
            context = gettext("Damaged, missing or foreign; a backup may have it whole.")
            yield Matter(
                "evidence.mend", act % {"n": record.broken}, url, day_of(record.broken_at, record), context
            )
        if serving.is_scanning():
            yield from _unscanned(record, url)


def _unscanned(group: Any, url: str) -> Iterator[Matter]:
    """What cannot be scanned, and that no scanner answers."""
    if group.failed:
        act = ngettext(
            "Look at %(n)d file that cannot be scanned",
            "Look at %(n)d files that cannot be scanned",
            group.failed,
        )
        context = gettext("They are not handed out meanwhile.")
        yield Matter("evidence.unscanned", act % {"n": group.failed}, url, None, context)
    if group.scanner_says or (group.waiting_at and scanning.scanner() is None):
        context = group.scanner_says or gettext("No scanner is set; files wait and are not handed out.")
        act = gettext("Let the scanner of files answer again")
        yield Matter("evidence.scanner", act, url, day_of(group.waiting_at, group), context)
