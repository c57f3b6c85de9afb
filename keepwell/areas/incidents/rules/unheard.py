"""What was told without a name is read by who may, and where nobody is left who may, somebody is asked to be designated.

Both are todos of which no row is kept: the trail would tell the accused who was asked and who was not, and everybody at
which hour somebody reported (security.md R11, R12; ADR 76).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from keepwell.areas.incidents.models import Disclosure
from keepwell.areas.incidents.models.intake import State
from keepwell.areas.incidents.rules.claiming import Words, names_of
from keepwell.kernel import moments
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import grants_giving, may_anywhere, units_granted
from keepwell.platform.people.roles import Level, roles_with
from keepwell.platform.todos.duties import DutyOfUnits, Matter, owed
from keepwell.platform.tree.models import Ancestry, Unit

AREA, APPOINTING = "disclosures", "administration"
NOBODY = gettext_noop("Nobody may read what was told without a name at %(place)s: have somebody designated")
log = logging.getLogger("keepwell.incidents")


class WithoutATrace(DutyOfUnits):
    """One about what was told without a name at a site."""

    leaves_no_trace = True

    def units(self, told: QuerySet[Any]) -> QuerySet[Any]:
        """Where `told` was told."""
        return Unit.objects.filter(Exists(told.filter(unit=OuterRef("pk")))).order_by("code")


@owed
class Unread(WithoutATrace):
    """Sites with something unread, for who may read it; never for whom it concerns."""

    name, area, level = "disclosures.unread", AREA, Level.VIEW

    def rows(self, day: date) -> QuerySet[Any]:
        """Sites where something unread lies."""
        return self.units(Disclosure.objects.filter(state=State.NEW))

    def theirs(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        unread = Disclosure.objects.filter(state=State.NEW, unit=OuterRef("pk")).exclude(excluded=person)
        return rows.filter(Exists(unread), pk__in=units_granted(person, AREA, Level.VIEW))

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        act = gettext("Read what was told without a name at %(place)s") % {"place": record}
        yield Matter("disclosures.read", act, reverse("disclosures"), day, "")


@owed
class Unheard(WithoutATrace):
    """Sites with something that nobody may read, for those who run the platform there and whom it does not concern."""

    name, area, level = "disclosures.unheard", APPOINTING, Level.VIEW

    def rows(self, day: date) -> QuerySet[Any]:
        """Sites where something unsettled lies that nobody may read."""
        return self.units(unheard())

    def among(self, records: list[Any], person: Person) -> list[Any]:
        return [unit for unit in records if person.pk in {one.pk for one in appointers(unit)}]

    def concerns(self, person: Person) -> bool:
        return may_anywhere(person, APPOINTING, Level.VIEW)

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        yield Matter("disclosures.designate", gettext(NOBODY) % {"place": record}, reverse("grants"), day,
                     gettext("It names whoever could, or nobody is designated there or above."))  # fmt: skip


def unheard() -> QuerySet[Disclosure]:
    """What is not settled and nobody may read: nobody is designated at its site or above but whom it concerns."""
    above = Ancestry.objects.filter(descendant=OuterRef(OuterRef("unit")), until__isnull=True)
    given = Grant.objects.in_force().filter(
        unit__in=above.values("ancestor"), role__in=roles_with(AREA, Level.VIEW), only_id__isnull=True,
        person__account__is_active=True,
    )  # fmt: skip
    out = Disclosure.excluded.through.objects.filter(
        disclosure=OuterRef(OuterRef("pk")), person=OuterRef("person")
    )
    return Disclosure.objects.exclude(state=State.SETTLED).exclude(Exists(given.filter(~Exists(out))))


def appointers(unit: Unit) -> list[Person]:
    """Who is asked to have somebody designated at `unit`: who administers it, else who may look into its administration;
    never anybody whom something unheard there concerns, by its words or by hand."""
    told = list(unheard().filter(unit=unit).prefetch_related("excluded", "cleared"))
    for level in (Level.ADMINISTER, Level.VIEW):
        given = grants_giving(APPOINTING, level, unit).filter(person__account__is_active=True)
        rows = Person.objects.filter(pk__in=given.values("person")).select_related("account")
        found = [who for who in rows.order_by("number") if not any(_concerns(one, who) for one in told)]
        if found:
            return found
    return []


def _concerns(told: Disclosure, person: Person) -> bool:
    """Whether it does by hand or, unless somebody decided otherwise, by its words."""
    if person in told.excluded.all():
        return True
    return person not in told.cleared.all() and Words(told.concerns).name(names_of(person))


def tell_appointers() -> int:
    """Tell those who are asked, once a day; where there is nobody either, the log of the machine. Returns how many."""
    told = 0
    for unit in Unheard().rows(moments.today()):
        asked = appointers(unit)
        message = Message(
            "disclosure.unread", f"unheard:{unit.code}:{moments.today(unit.time_zone)}", NOBODY,
            facts={"place": str(unit.code)}, url=reverse("grants"),
        )  # fmt: skip
        told += tell(asked, message)
        if not asked:
            log.warning("disclosures.unheard unit=%s", unit.code)
    return told
