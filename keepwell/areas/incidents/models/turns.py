"""Whose turn it is in one incident: who must be told before whom, and which two terms contradict that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from keepwell.areas.incidents.models.library import clock_rules
from keepwell.areas.incidents.models.sentences import words
from keepwell.kernel.clocks.before import STRICT
from keepwell.kernel.clocks.order import Duty, Turn, turns
from keepwell.kernel.clocks.rules import Rule
from keepwell.kernel.clocks.sentences import contradiction, waits_for

Row = Any  # a Clock, which stands above this module and asks it for its turn
PUBLIC = ("press_conference", "public_statement")
"""Kinds of events by which something is said in public."""


def turns_of(clocks: Iterable[Row]) -> list[Turn[Row]]:
    """Of `clocks` of one incident, each two of which one must be told first; of those that no longer bind, none."""
    return turns(
        Duty(clock, rule, stage, clock.ends_at, clock.done_at)
        for clock in clocks
        if clock.state != clock.State.LAPSED and (rule := clock.wording) and (stage := clock.stage_wording)
    )


def turns_around(clock: Row) -> list[Turn[Row]]:
    """Those in which `clock` waits for another; one query."""
    rule, stage = clock.wording, clock.stage_wording
    if rule is None or stage is None or clock.state == clock.State.LAPSED:
        return []
    firsts = [one.id for one in clock_rules().values() if one.ban(rule, stage)]
    others = clock.incident.clocks.binding().filter(_may_be_first(firsts)).select_related("unit", "clause")
    return [turn for turn in turns_of([*others.order_by("ends_at", "pk"), clock]) if turn.then.of is clock]


def _may_be_first(shipped: Iterable[str]) -> Q:
    """Clocks of the `shipped` rules, and those by an own text: what that says is read with the row."""
    return Q(rule__in=list(shipped)) | Q(own_text__isnull=False)


def firsts_before_public(incident: Any, at: datetime) -> list[Row]:
    """The clocks of `incident` that are not told yet, or later than `at`, though nothing may be public before them."""
    shipped = [rule.id for rule in clock_rules().values() if _closes_public(rule)]
    rows = incident.clocks.binding().filter(_may_be_first(shipped)).order_by("ends_at", "pk")
    firsts = (
        row
        for row in rows
        if row.wording and _closes_public(row.wording) and row.stage == row.wording.stages[0].name
    )
    return [row for row in firsts if row.done_at is None or at < row.done_at]


def _closes_public(rule: Rule) -> bool:
    return any(one.told == "public" and one.order == STRICT for one in rule.before)


@dataclass(frozen=True)
class Against:
    """Two terms that contradict each other: in a sentence, and what was decided of it ("" while nothing is)."""

    turn: Turn[Row]
    decided: str

    @property
    def says(self) -> str:
        """Which two, at which moments, and what counsel has to decide, in the reader's language."""
        first, then = self.turn.first.of, self.turn.then.of
        return contradiction(self.turn, then.whom, (first.zone, then.zone), words())


def decided(clock: Row) -> str:
    """Why the notice under `clock` goes out of turn, as whoever approved it said; "" if nobody did."""
    notices = getattr(clock, "standing_notices", None)
    rows = clock.notices.current().order_by("-number") if notices is None else notices
    return next((notice.out_of_turn for notice in rows if notice.out_of_turn), "")


def against(clocks: Iterable[Row]) -> list[Against]:
    """What contradicts itself among `clocks` of one incident, those that end first before the others."""
    found = (turn for turn in turns_of(clocks) if turn.contradicts)
    return [Against(turn, decided(turn.then.of)) for turn in found]


def waiting(found: Iterable[Turn[Row]]) -> list[str]:
    """What a clock waits for, in sentences; each rule once, whichever entities it binds."""
    spoken = words()
    return list(
        dict.fromkeys(waits_for(turn.first.rule.id, turn.ban, spoken) for turn in found if turn.is_open)
    )


def refused_public(firsts: list[Row]) -> str:
    """That something was said in public before those who must be told first, and what to do."""
    told = gettext(
        "Before the notice under %(rule)s is submitted, nothing may be told to the public: record that one as sent first, "
        "or, if this was said already, write into the note why."
    )
    return told % {"rule": firsts[0].rule}
