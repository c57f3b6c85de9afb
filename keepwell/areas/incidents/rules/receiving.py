"""Every report is owed a look, by whatever door it came: page, mail, account, program or hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from keepwell.areas.incidents.models import Report
from keepwell.areas.incidents.rules import intake
from keepwell.kernel import moments
from keepwell.platform.history.following import follows
from keepwell.platform.todos.owing import Owed, owe_all


@follows
class Receiver:
    """The follower that lets somebody owe a look at each new report, in the transaction that makes it."""

    def one(self, record: Any, names: Collection[str]) -> None:
        if isinstance(record, Report) and is_new(names):
            intake.to_be_looked_at(record)

    def many(self, records: Sequence[Any], names: Collection[str]) -> None:
        if is_new(names) and records and isinstance(records[0], Report):
            owe_looks(records)


def is_new(names: Collection[str]) -> bool:
    """Whether a report was just made: its reference is written once."""
    return "reference" in names


def owe_looks(reports: Sequence[Report]) -> None:
    """The same as `intake.to_be_looked_at` for many new ones at once."""

    def role(report: Report) -> str:
        return intake.looker(report.unit)[0]

    for name, those in groupby(sorted(reports, key=role), role):
        owed = [Owed(one, one.unit, moments.today(one.unit.time_zone)) for one in those]
        owe_all(name, intake.LOOK, owed)
