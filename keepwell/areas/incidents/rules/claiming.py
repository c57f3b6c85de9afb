"""Who is meant by what a reporter says of whom it concerns: cautiously, for the accused must not read it first.

Names in both scripts, numbers, mail addresses and sign-in names of those who hold or are promised a right to read such
things anywhere are looked for, whatever the case, the width and the blanks. Who is found is kept out until somebody else
who may read it decides (security.md R12). Whoever comes to hold such a right, or another name, is looked for in all that
was told before: `newcomers`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q

from keepwell.areas.incidents.models import Disclosure, ImplicatedPerson, Incident, Report
from keepwell.areas.incidents.rules import leading
from keepwell.areas.incidents.rules.belonging import once_of, reports_ever_of
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.roles import Level, roles_with
from keepwell.platform.search.words import UNPARTED, fold

AREA, DISCLOSURES = "incidents", "disclosures"
LINE = re.compile(
    r"^[ \t]*(?:(?:it )?concerns|涉及|關係人|关系人)[ \t]*[:：](.*)$", re.MULTILINE | re.IGNORECASE
)
"""By which line a mail says whom it concerns."""
SIGNS_BETWEEN = r"[\s,.·・_-]"
WRITTEN_APART = SIGNS_BETWEEN + "*"
SHORTEST_NUMBER = 4
"""How many signs a person's number has at least to be looked for: shorter ones stand in many a text."""


def said_in(text: str, most: int) -> str:
    """Whom a mail says it concerns, in lines that begin so; "" if none does."""
    return "; ".join(found for one in LINE.findall(text) if (found := one.strip()))[:most]


@dataclass(frozen=True)
class Words:
    """What somebody said of whom it concerns."""

    text: str

    @cached_property
    def plain(self) -> str:
        """Without differences of width, case and accent, and without signs that nobody sees."""
        return _plain(self.text)

    @cached_property
    def run_together(self) -> str:
        """Besides that, without what stands between the parts of names: a name that is not in here is not in the text."""
        return together(self.plain)

    @cached_property
    def spaced(self) -> str:
        """With a blank where a script that parts no words meets another: the name in 請查Ben Tan經理 stands by itself."""
        return "".join(f" {one} " if UNPARTED.match(one) else one for one in self.plain)

    def name(self, names: Iterable[str]) -> bool:
        """Whether one of `names`, plain ones, stands in them."""
        return any(together(one) in self.run_together and self._stands(one) for one in names)

    def _stands(self, name: str) -> bool:
        """Whether a name stands there, its parts together or apart; of a script that parts words, not within one."""
        parts = [one for one in re.split(r"[\s,]+", name) if one]
        if parts and all(UNPARTED.match(sign) for one in parts for sign in one):
            apart = WRITTEN_APART.join(re.escape(sign) for one in parts for sign in one)
            return re.search(apart, self.plain) is not None
        found = WRITTEN_APART.join(re.escape(one) for one in parts)
        return bool(parts) and re.search(rf"(?<![^\W_]){found}(?![^\W_])", self.spaced) is not None


def is_meant(person: Person, text: str) -> bool:
    """Whether `text` names `person`: by full name in either script and order, by number, mail address or sign-in name."""
    return Words(text).name(names_of(person))


def names_of(person: Person) -> list[str]:
    """By which plain words somebody may mean `person`."""
    account = getattr(person, "account", None)
    number = person.number if len(person.number) >= SHORTEST_NUMBER else ""
    names = [person.name, *_turned(person.name), person.name_local, number, person.mail,
             account.sign_in_name if account else ""]  # fmt: skip
    return [plain for name in names if (plain := _plain(name))]


def _plain(text: str) -> str:
    return fold("".join(one for one in text if unicodedata.category(one) != "Cf")).strip()


def together(plain: str) -> str:
    """A plain name or text without what stands between the parts of names."""
    return re.sub(SIGNS_BETWEEN, "", plain)


def _turned(name: str) -> list[str]:
    """The family name at the other end."""
    first, *rest = name.split()
    return [" ".join([*rest, first]), " ".join([name.split()[-1], *name.split()[:-1]])] if rest else []


def who_could_read(area: str) -> Any:  # Any: a QuerySet of people
    """Who holds a right to read in an area anywhere, or is promised one, with how they sign in: units move, what was told
    of one is moved to another, and somebody who has left comes back."""
    promised = Grant.objects.not_over().filter(role__in=roles_with(area, Level.VIEW)).values("person")
    return Person.objects.filter(pk__in=promised).select_related("account").order_by("number")


def meant(area: str, text: str) -> list[Person]:
    """Those of them whom `text` names."""
    words = Words(text)
    return [one for one in who_could_read(area) if words.name(names_of(one))] if text else []


def claim(report: Report) -> None:
    """Keep out whom a report says it concerns, unless that was decided already. Inside the act that wrote it."""
    claim_people(report, meant(AREA, report.concerns))


def claim_people(report: Report, people: Iterable[Person]) -> None:
    """Keep `people` out, whom the words of a report name, unless that was decided already. Inside an act."""
    known = set(report.implicated.values_list("person", flat=True))
    fresh = [person for person in people if person.pk not in known]
    for person in fresh:
        ImplicatedPerson(
            report=report, unit=report.unit, person=person, state=ImplicatedPerson.State.CLAIMED
        ).save()
    if not fresh:
        return
    _claim_where_it_was(report, fresh)
    if report.incident is not None:
        leading.hand_on(report.incident, concerning={person.pk for person in fresh})


def _claim_where_it_was(report: Report, people: Sequence[Person]) -> None:
    """Keep people out of the incidents to which the report belonged before, unless that was decided already."""
    for incident in once_of(report).select_related("unit"):
        decided = set(incident.implicated.values_list("person", flat=True))
        fresh = [person for person in people if person.pk not in decided]
        for person in fresh:
            ImplicatedPerson(
                incident=incident, unit=incident.unit, person=person, state=ImplicatedPerson.State.CLAIMED
            ).save()
        leading.hand_on(incident, concerning={person.pk for person in fresh})


def claim_all(reports: Sequence[Report]) -> None:
    """The same for many."""
    for one in reports:
        if one.concerns:
            claim(one)


def claim_unnamed(disclosure: Disclosure) -> None:
    """The same of what was told without a name."""
    disclosure.excluded.add(*meant(DISCLOSURES, disclosure.concerns))


def concerned(incident: Incident, people: Iterable[Person]) -> list[Person]:
    """Those of `people` whom an incident concerns: who are kept out of it, or whom a report names that is or was part of it
    though they hold no right by which they could read it."""
    rows = ImplicatedPerson.objects.current().filter(Q(incident=incident) | Q(report__incident=incident))
    kept = set(rows.in_force().values_list("person", flat=True))
    decided = set(rows.values_list("person", flat=True))
    told = reports_ever_of(incident).exclude(concerns="").values_list("concerns", flat=True)
    words = [Words(text) for text in told]
    return [
        one
        for one in people
        if one.pk in kept or one.pk not in decided and any(said.name(names_of(one)) for said in words)
    ]


def unread_by(people: Iterable[Person], disclosures: Collection[Disclosure]) -> list[Person]:
    """Those of `people` who may read one of `disclosures`: nobody hears of what is kept from them."""
    kept: dict[Any, set[Any]] = {one.pk: {who.pk for who in one.excluded.all()} for one in disclosures}
    return [one for one in people if any(one.pk not in out for out in kept.values())]
