"""What signing in has to tell people: the broken glass, and whoever knocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.kernel import moments
from keepwell.platform.history.models import Change
from keepwell.platform.identity.alarm import USED
from keepwell.platform.identity.models import Stranger
from keepwell.platform.identity.tending import AREA, sees_strangers
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import asked_once
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.duties import Duty, DutyOfUnits, Matter, day_of, number_of, owed
from keepwell.platform.tree.models import Unit

SHOWN_FOR = timedelta(days=14)


@owed
class GlassBroken(Duty):
    """That the break-glass account was used, for a fortnight, for whoever administers the group."""

    name, area, level, is_told_elsewhere = "identity.break_glass", AREA, Level.ADMINISTER, True
    is_seen_as_record = False

    def concerns(self, person: Person) -> bool:
        return sees_strangers(person)

    def rows(self, day: date) -> QuerySet[Any]:
        """Whose account it was; annotated with when it was used last."""
        used = Change.objects.filter(kind="event", verb=USED, at__gt=moments.now() - SHOWN_FOR)
        # Sealed rows and those that wait each have an index; both together have none.
        whose = Q(pk__in=used.sealed().values("by")) | Q(pk__in=used.waiting().values("by"))
        last = Subquery(used.filter(by=OuterRef("pk")).order_by("-at").values("at")[:1])
        return (
            Person.objects.filter(whose)
            .select_related("unit")
            .annotate(used_at=last)
            .order_by("-used_at", "pk")
        )

    def theirs(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        return rows if sees_strangers(person) else rows.none()

    seen = theirs

    def place(self, record: Any) -> Unit:
        return asked_once("identity.group", lambda: Unit.objects.get(kind=Unit.Kind.GROUP))

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        yield Matter(
            "identity.break_glass", _("Find out who used the break-glass account of %(name)s, and why") % {"name": record},
            reverse("tend"), day_of(record.used_at, record.unit), _("Change its password afterwards, and seal it anew."),
        )  # fmt: skip


@owed
class Knocking(DutyOfUnits):
    """That somebody waits to be linked to a person, for whoever administers the group."""

    name, area = "identity.strangers", AREA

    def rows(self, day: date) -> QuerySet[Any]:
        """The group, with how many wait."""
        return (
            self.group()
            .filter(Exists(Stranger.objects.all()))
            .annotate(waiting=number_of(Stranger.objects.all()))
        )

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        count = record.waiting
        act = ngettext("Say who %(n)d person is that nobody knows here", "Say who %(n)d people are that nobody knows here",
                       count)  # fmt: skip
        context = _("An identity provider vouches for them; they cannot sign in before.")
        yield Matter("identity.strangers", act % {"n": count}, reverse("tend"), None, context)
