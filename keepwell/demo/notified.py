"""Whom the invented group told of its past incidents: the list of notices that lay beside its old list."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.rules.past_notices import HEADINGS
from keepwell.demo.dice import Dice
from keepwell.demo.handled import OF_DATA, WHY_LATE, WHY_MISSED
from keepwell.demo.incidents import COUNTRIES, DUTY_SINCE, MAJOR, Past
from keepwell.platform.people.models import Person

ESCALATED = {1: timedelta(days=1), 2: timedelta(hours=1), 3: timedelta(minutes=30), 4: timedelta(minutes=15)}
"""Within which time a site tells the group, by level."""
TOUCHING_CUSTOMERS = 2
"""From this level on customers are told of what touched data; of what stopped a line from the next one on."""
CLAUSE, CLAUSE_SINCE = "C-0148, MSA 14.2", 2024
OF_CLAUSE, OF_HABIT = timedelta(hours=4), timedelta(hours=24)
SHARED = timedelta(hours=24)
# country: the rule, within which time after the site knew, first year
OF_LEAKS = {
    "JP": ("jp-appi-preliminary", timedelta(days=3), 2022), "KR": ("kr-pipa", timedelta(hours=72), 2024),
    "SG": ("sg-pdpa", timedelta(days=3), 2021),
}  # fmt: skip
IN_TIME_BEFORE, IN_TIME, LATE = 78, 87, 97
"""Of a hundred notices so many went in time before there was a duty officer, and since; and so many in time or late."""


@dataclass(frozen=True)
class _Asked:
    """A duty of a past incident: under a rule or a clause, from when to when it ran, by the clocks of the site."""

    rule: str
    clause: str
    start: datetime
    due: datetime


def load(ada: Person, found: list[Past]) -> None:
    """Bring in what was told of the incidents `found`, which came by their own list."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notices-2019-2025.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            told = csv.writer(file, lineterminator="\n")
            told.writerow(HEADINGS)
            told.writerows(row for one in found for row in rows(one))
        rules.bring_in_past_notices(rules.read_past_notices(path), by=ada)


def rows(one: Past) -> Iterator[tuple[str, ...]]:
    """The notices of one incident as the old list has them: most in time, some late and a few never sent, with why."""
    dice = Dice(f"notified {one.number}")
    in_time = IN_TIME if one.at.reported.year >= DUTY_SINCE else IN_TIME_BEFORE
    for asked in _asked(one):
        fate, term = dice.between(1, 100), asked.due - asked.start
        if fate <= in_time:
            sent, why = _written(asked.start + term * dice.between(15, 95) / 100), ""
        elif fate <= LATE:
            sent, why = _written(asked.due + timedelta(minutes=dice.between(4, 150))), dice.pick(WHY_LATE)
        else:
            sent, why = "", dice.pick(WHY_MISSED)
        yield (
            one.number,
            asked.rule,
            asked.clause,
            "",
            "",
            _written(asked.start),
            _written(asked.due),
            sent,
            why,
        )


def _asked(one: Past) -> Iterator[_Asked]:
    """What the group's policy, its customers, its peers and the law asked to be told."""
    known, country, year = one.at.reported, COUNTRIES[one.site], one.at.reported.year
    if one.level in ESCALATED:
        yield _Asked("group-escalation", "", known, known + ESCALATED[one.level])
    if one.level >= MAJOR or (one.level >= TOUCHING_CUSTOMERS and one.kind in OF_DATA):
        if year >= CLAUSE_SINCE:
            yield _Asked("", CLAUSE, known, known + OF_CLAUSE)
        else:
            yield _Asked("customer-contract", "", known, known + OF_HABIT)
    if one.level >= MAJOR and country == "TW":
        yield _Asked("twcert-voluntary", "", one.at.contained, one.at.contained + SHARED)
    rule, within, since = OF_LEAKS.get(country, ("", OF_HABIT, 0))
    if rule and one.kind == "data-leak" and one.level > 0 and year >= since:
        yield _Asked(rule, "", known, known + within)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
