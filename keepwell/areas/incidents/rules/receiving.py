"""Every report is owed a look by who may know it, by whatever door it came: page, mail, account, program or hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from keepwell.areas.incidents.models import ImplicatedPerson, Report
from keepwell.areas.incidents.rules import claiming, intake
from keepwell.kernel import moments
from keepwell.platform.history.following import follows
from keepwell.platform.todos.owing import Owed, owe_all

MOVES_LOOK = frozenset({"concerns", "tlp"})
"""What decides who may look at a report."""


@follows
class Receiver:
    """The follower that lets somebody owe a look at each new report, in the transaction that makes it."""

    def one(self, record: Any, names: Collection[str]) -> None:
        if not isinstance(record, Report):
            return
        if "concerns" in names:
            claiming.claim(record)
        if is_new(names):
            intake.to_be_looked_at(record)
        elif not MOVES_LOOK.isdisjoint(names):
            intake.look_elsewhere(record)

    def many(self, records: Sequence[Any], names: Collection[str]) -> None:
        if not records or not isinstance(records[0], Report):
            return
        if "concerns" in names:
            claiming.claim_all(records)
        if is_new(names):
            owe_looks(records)


def is_new(names: Collection[str]) -> bool:
    """Whether a report was just made: its reference is written once."""
    return "reference" in names


def owe_looks(reports: Sequence[Report]) -> None:
    """The same as `intake.to_be_looked_at` for many new ones at once."""

    concerning = ImplicatedPerson.objects.in_force().filter(report__in=[one.pk for one in reports])
    kept = set(concerning.values_list("report", flat=True))
    seats = [
        (*(intake.looker_at(one) if one.pk in kept else intake.looker(one.unit)), one) for one in reports
    ]
    for name, those in groupby(sorted(seats, key=lambda seat: seat[0]), lambda seat: seat[0]):
        owed = [Owed(one, unit, moments.today(one.unit.time_zone)) for _role, unit, one in those]
        owe_all(name, intake.LOOK, owed)
