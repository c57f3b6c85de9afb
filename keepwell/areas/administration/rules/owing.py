"""What is owed about external people and machines, by whoever answers for them or runs the platform there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from keepwell.kernel import moments
from keepwell.platform.people.models import Outsider, Person, Service
from keepwell.platform.people.models.outside import WARNED
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.duties import Duty, Matter, left, owed

AREA = "administration"


@owed
class Ending(Duty):
    """Stays that end within 14 days, for who answers for them."""

    name, area, level, is_seen_as_record = "administration.outside", AREA, Level.ADMINISTER, False

    def rows(self, day: date) -> QuerySet[Any]:
        """External people whose stay ends soon."""
        rows = Outsider.objects.current().filter(
            employed_until__range=(day, day + WARNED), responsible__isnull=False
        )
        rows = rows.exclude(left(day, "responsible"))
        return rows.select_related("unit").order_by("employed_until", "pk")

    def theirs(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        return rows.filter(responsible=person)

    def also(self) -> Q:
        day = moments.today()
        soon = Outsider.objects.current().filter(employed_until__range=(day, day + WARNED))
        return Q(pk__in=soon.values("responsible"))

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        yield Matter(
            "administration.outside",
            gettext("Extend or let go: %(person)s of %(organization)s")
            % {"person": record, "organization": record.organization},
            reverse("outside-extend", args=[record.pk]),
            record.employed_until,
            gettext("The stay ends by itself on that day."),
        )


class Orphaned(Duty):
    """Those whose responsible person has left, for those who run the platform there."""

    area, level, is_seen_as_record = AREA, Level.ADMINISTER, False
    model: Any  # Outsider or Service
    page = ""

    def rows(self, day: date) -> QuerySet[Any]:
        """Those who are still here, hold a right, and for whom nobody answers who is."""
        here = Q(employed_until__isnull=True) | Q(employed_until__gte=day)
        lost = left(day, "responsible") | Q(responsible=None)
        rows = (
            self.model.objects.current()
            .filter(here & lost, grants__retired_at__isnull=True)
            .exclude(grants=None)
        )
        return rows.select_related("unit", "responsible").distinct().order_by("pk")

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        yield Matter(
            "administration.orphan",
            gettext("Hand over %(person)s") % {"person": record},
            reverse(f"{self.page}-record", args=[record.pk]),
            (record.responsible and record.responsible.employed_until) or day,
            gettext("Nobody who is still here answers for it."),
        )


@owed
class OrphanedGuest(Orphaned):
    """External people."""

    name, model, page = "administration.orphaned_guests", Outsider, "external-people"


@owed
class OrphanedMachine(Orphaned):
    """Machines."""

    name, model, page = "administration.orphaned_machines", Service, "service-accounts"
