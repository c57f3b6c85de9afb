"""Who is meant by what a reporter says of whom it concerns: cautiously, for the accused must not read it first.

Names in both scripts, mail addresses and sign-in names of those who could read it are looked for, whatever the case,
the width and the blanks. Who is found is kept out until somebody else who may read it decides (security.md R12).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from keepwell.areas.incidents.models import Disclosure, ImplicatedPerson, Report
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import grants_giving
from keepwell.platform.people.roles import Level
from keepwell.platform.search.words import UNPARTED, fold
from keepwell.platform.tree.models import Unit

AREA, DISCLOSURES = "incidents", "disclosures"
LINE = re.compile(
    r"^[ \t]*(?:(?:it )?concerns|涉及|關係人|关系人)[ \t]*[:：](.*)$", re.MULTILINE | re.IGNORECASE
)
"""By which line a mail says whom it concerns."""
WRITTEN_APART = r"[\s,.·・_-]*"


def said_in(text: str, most: int) -> str:
    """Whom a mail says it concerns, in lines that begin so; "" if none does."""
    return "; ".join(found for one in LINE.findall(text) if (found := one.strip()))[:most]


def is_meant(person: Person, sign_in_name: str, text: str) -> bool:
    """Whether `text` names `person`: by full name in either script and order, by mail address or by sign-in name."""
    told = _plain(text)
    names = [person.name, *_turned(person.name), person.name_local, person.mail, sign_in_name]
    return any(_stands(name, told) for name in map(_plain, names) if name)


def _plain(text: str) -> str:
    """Without differences of width, case and accent, and without signs that nobody sees."""
    return fold("".join(one for one in text if unicodedata.category(one) != "Cf")).strip()


def _turned(name: str) -> list[str]:
    """The family name at the other end."""
    first, *rest = name.split()
    return [" ".join([*rest, first]), " ".join([name.split()[-1], *name.split()[:-1]])] if rest else []


def _stands(name: str, text: str) -> bool:
    """Whether a name stands in a text, its parts together or apart; of a script that parts words, not within one."""
    parts = [one for one in re.split(r"[\s,]+", name) if one]
    if parts and all(UNPARTED.match(sign) for one in parts for sign in one):
        return (
            re.search(WRITTEN_APART.join(re.escape(sign) for one in parts for sign in one), text) is not None
        )
    found = WRITTEN_APART.join(re.escape(one) for one in parts)
    return bool(parts) and re.search(rf"(?<![^\W_]){found}(?![^\W_])", _spaced(text)) is not None


def _spaced(text: str) -> str:
    """With a blank where a script that parts no words meets another: the name in 請查Ben Tan經理 stands by itself."""
    return "".join(f" {one} " if UNPARTED.match(one) else one for one in text)


def readers(area: str, unit: Unit) -> Any:  # Any: a QuerySet of people
    """Who could read what is told of `unit` in an area, with how they sign in."""
    given = grants_giving(area, Level.VIEW, unit).values("person")
    return Person.objects.filter(pk__in=given).select_related("account").order_by("number")


def meant(area: str, unit: Unit, text: str) -> list[Person]:
    """Those of them whom `text` names."""
    return (
        [one for one in readers(area, unit) if is_meant(one, one.account.sign_in_name, text)] if text else []
    )


def claim(report: Report) -> None:
    """Keep out whom a report says it concerns, unless that was decided already. Inside the act that wrote it."""
    known = set(report.implicated.values_list("person", flat=True))
    for person in meant(AREA, report.unit, report.concerns):
        if person.pk not in known:
            ImplicatedPerson(
                report=report, unit=report.unit, person=person, state=ImplicatedPerson.State.CLAIMED
            ).save()


def claim_all(reports: Sequence[Report]) -> None:
    """The same for many."""
    for one in reports:
        if one.concerns:
            claim(one)


def claim_unnamed(disclosure: Disclosure) -> None:
    """The same of what was told without a name."""
    disclosure.excluded.add(*meant(DISCLOSURES, disclosure.unit, disclosure.concerns))


def unread_by(people: Iterable[Person], disclosures: Collection[Disclosure]) -> list[Person]:
    """Those of `people` who may read one of `disclosures`: nobody hears of what is kept from them."""
    kept: dict[Any, set[Any]] = {one.pk: {who.pk for who in one.excluded.all()} for one in disclosures}
    return [one for one in people if any(one.pk not in out for out in kept.values())]
