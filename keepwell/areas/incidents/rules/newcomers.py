"""Whoever comes to be able to read what people tell is looked for in all that was told before (security.md R12).

By whatever way a right comes, by hand, by a group of the identity provider, for one record, from a later day on: it is a
grant, and whom a report names is kept out in the transaction that gives it. So is whoever is renamed, or entered, and
holds one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from keepwell.areas.incidents.models import Disclosure, ImplicatedPerson, Report
from keepwell.areas.incidents.models.intake import State
from keepwell.areas.incidents.rules import claiming, intake
from keepwell.areas.incidents.rules.claiming import AREA, DISCLOSURES, Words, names_of
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.history.following import follows
from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Grant, Person, Provision
from keepwell.platform.people.roles import ROLES, Level

LOOKER = Machine(gettext_noop("the look for whom reports concern"))
NAMES = frozenset({"number", "name", "name_local", "mail"})
"""The columns by which a person is meant."""


def _waiting() -> QuerySet[Report]:
    """The reports that somebody is still to look at, out of which somebody is kept."""
    concerning = ImplicatedPerson.objects.in_force().filter(report__isnull=False).values("report")
    waiting = Report.objects.current().filter(pk__in=concerning).exclude(state=State.SETTLED)
    return waiting.select_related("unit").order_by("pk")


REPORTS = Ready(lambda: Report.objects.exclude(concerns="").order_by("pk").values_list("pk", "concerns"))
UNNAMED = Ready(lambda: Disclosure.objects.exclude(concerns="").order_by("pk").values_list("pk", "concerns"))
WAITING = Ready(_waiting)


@follows
class Newcomers:
    """The follower that looks for people in what was told once they come to hold a right, or another name."""

    def one(self, record: Any, names: Collection[str]) -> None:
        self.many([record], names)

    def many(self, records: Sequence[Any], names: Collection[str]) -> None:
        if found := set(turned_up(records, names)):
            keep_out_of_what_names(Person.objects.filter(pk__in=found))
            look_anew()


def turned_up(records: Sequence[Any], names: Collection[str]) -> Iterator[UUID]:
    """Who, by these rows, may have come to hold a right or another name."""
    for one in records:
        if isinstance(one, Grant):
            if one.retired_at is None and one.standing == Grant.Standing.GIVEN and _reads(one):
                yield one.person_id
        elif isinstance(one, Person):
            if one.version > 1 and not NAMES.isdisjoint(names):
                yield one.pk
        elif isinstance(one, Provision) and "user_name" in names:
            yield one.person_id


def _reads(grant: Grant) -> bool:
    return any(ROLES[grant.role].allows(area, Level.VIEW) for area in (AREA, DISCLOSURES))


def keep_out_of_what_names(people: Any) -> int:  # Any: a QuerySet of people
    """Keep those of `people` who may read out of every report that names them, unless that was decided already, and let
    others owe a look at it; returns out of how many. Twice is once."""
    reports, unnamed = REPORTS.rows(), UNNAMED.rows()
    kept_out = _out_of_reports(people, reports) if reports else 0
    return kept_out + (_out_of_disclosures(people, unnamed) if unnamed else 0)


def look_anew() -> None:
    """Let a look at a report out of which somebody is kept be owed by who may know it now: of all who could, it may have
    concerned everybody until somebody was given the right."""
    for report in WAITING.records():
        with acting(LOOKER, "report.look"):
            intake.look_elsewhere(report)


def _out_of_reports(people: Any, told: Sequence[tuple[UUID, str]]) -> int:
    found = _named(people, AREA, told)
    for report in Report.objects.filter(pk__in=found).select_related("unit", "incident__unit"):
        with acting(LOOKER, "report.keep_out"):
            claiming.claim_people(report, found[report.pk])
            intake.look_elsewhere(report)
    return len(found)


def _out_of_disclosures(people: Any, told: Sequence[tuple[UUID, str]]) -> int:
    found = _named(people, DISCLOSURES, told)
    for disclosure in Disclosure.objects.filter(pk__in=found).prefetch_related("cleared"):
        cleared = set(disclosure.cleared.all())
        disclosure.excluded.add(*(one for one in found[disclosure.pk] if one not in cleared))
    return len(found)


def _named(people: Any, area: str, told: Sequence[tuple[UUID, str]]) -> dict[UUID, list[Person]]:
    """Which of `people` who may read in `area` each of what was `told` names."""
    found: dict[UUID, list[Person]] = {}
    words = [(pk, Words(text)) for pk, text in told]
    all_of_it = "\n".join(one.run_together for _pk, one in words)
    for person in claiming.who_could_read(area).filter(pk__in=people.values("pk")):
        names = [name for name in names_of(person) if claiming.together(name) in all_of_it]
        for pk in _naming(names, words):
            found.setdefault(pk, []).append(person)
    return found


def _naming(names: Sequence[str], words: Iterable[tuple[UUID, Words]]) -> Iterator[UUID]:
    return (pk for pk, one in words if names and one.name(names))
