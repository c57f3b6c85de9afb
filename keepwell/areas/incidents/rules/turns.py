"""Who is told first: a notice that would go before the one that must be first is refused, or goes for a reason that is
kept; what was said in public too early is told in the timeline."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, gettext_noop

from keepwell.areas.incidents.models import Clock, IncidentEvent, TimelineEntry
from keepwell.areas.incidents.models.turns import turns_around
from keepwell.areas.incidents.rules.timeline import note
from keepwell.kernel.clocks.before import AUDIENCES
from keepwell.kernel.clocks.order import Turn
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import current_act
from keepwell.platform.history.following import follows
from keepwell.platform.people.models import Person

GOES = gettext_noop("Decided that %(whom)s is told before the notice under %(rule)s is submitted.")
WENT = gettext_noop("%(whom)s was told before the notice under %(rule)s was submitted.")
SAID = gettext_noop("Something was said in public before the notice under %(rule)s was submitted.")
VERB = "out-of-turn"


def broken(clock: Clock, at: datetime) -> list[Turn[Clock]]:
    """Where a notice under `clock` that goes at `at` would go before one that must be first."""
    return [turn for turn in turns_around(clock) if turn.is_broken_at(at)]


def cleared(clock: Clock, at: datetime, why: str) -> str:
    """Why a notice under `clock` may go at `at` before one that must be first; "" where none must. Refused where the
    order is strict, or nobody says why."""
    found = broken(clock, at)
    if shut := next((turn for turn in found if not turn.may_be_turned), None):
        raise Refused(gettext(
            "Before the notice under %(rule)s is submitted, nothing may be told to %(whom)s: record that one as sent "
            "first, then do this.") % facts(shut))  # fmt: skip
    if found and not why.strip():
        raise Refused(gettext(
            "The notice under %(rule)s must be submitted before something is told to %(whom)s: record that one as sent "
            "first, or say why this one goes out of turn.") % facts(found[0]))  # fmt: skip
    return why.strip()[:500] if found else ""


def owned_up(clock: Clock, at: datetime, why: str) -> str:
    """Why a notice under `clock` went at `at` before one that must be first, which cannot be undone; "" where it went
    in turn. Refused where nobody says why."""
    found = broken(clock, at)
    if found and not why.strip():
        raise Refused(gettext(
            "The notice under %(rule)s must be submitted before something is told to %(whom)s: record that one as sent "
            "first, or, if this one has gone already, say why it went out of turn.") % facts(found[0]))  # fmt: skip
    return why.strip()[:500] if found else ""


def facts(turn: Turn[Clock]) -> dict[str, str]:
    """What the sentences of a turn name: the rule that is first, and who has to wait."""
    whom = gettext(AUDIENCES[turn.ban.told]) if turn.ban.told else turn.then.of.whom
    return {"rule": turn.first.rule.id, "whom": whom}


def tell(clock: Clock, says: str, *, by: Person, at: datetime, reason: str) -> None:
    """Enter in the timeline that `clock` goes, or went, out of turn, for `reason`."""
    first = broken(clock, at)[0].first.rule.id
    note(clock.incident, says, verb=VERB, by=by, kind=TimelineEntry.Kind.DECISION, at=at, reason=reason,
         whom=clock.whom, rule=first)  # fmt: skip


@follows
class Teller:
    """The follower that tells of what was said in public too early."""

    def one(self, record: Any, names: Collection[str]) -> None:
        if isinstance(record, IncidentEvent) and "kind" in names and (firsts := record.out_of_turn):
            by = current_act().by
            note(record.incident, SAID, verb=VERB, by=by if isinstance(by, Person) else None, at=record.at,
                 kind=TimelineEntry.Kind.COMMUNICATION, reason=record.note, rule=firsts[0].rule)  # fmt: skip

    def many(self, records: Sequence[Any], names: Collection[str]) -> None:
        for record in records:
            self.one(record, names)
