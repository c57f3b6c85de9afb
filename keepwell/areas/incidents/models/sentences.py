"""What a clock says for itself, in the reader's language: why it ends when it ends, or why it no longer binds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext

from keepwell.areas.incidents.models.holidays import in_chinese
from keepwell.kernel import moments
from keepwell.kernel.clocks.calendars import SATURDAY_AND_SUNDAY, Calendar
from keepwell.kernel.clocks.clauses import Clause
from keepwell.kernel.clocks.events import Standing
from keepwell.kernel.clocks.languages import own_words, within
from keepwell.kernel.clocks.reckoning import MISSED
from keepwell.kernel.clocks.reckoning import Clock as Reckoned
from keepwell.kernel.clocks.rules import Rule
from keepwell.kernel.clocks.sentences import STATES, Words, why
from keepwell.kernel.clocks.spans import Span
from keepwell.platform.pages.zones import city

Row = Any  # a Clock, which stands above this module and asks it for its sentence
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Chinese(Words):
    """Days and moments as they are written in Traditional Chinese."""

    def day(self, day: date) -> str:
        """As 2026 年 6 月 18 日（週四）."""
        return f"{day.year} 年 {day.month} 月 {day.day} 日（週{WEEKDAYS[day.weekday()]}）"

    def closure(self, reason: str, calendar: str) -> str:
        """What the day is called in Chinese; what somebody wrote stays as it was written."""
        told = gettext(reason)
        return in_chinese(told, calendar) if told == reason else told

    def moment(self, at: datetime, zone: str) -> str:
        """As 2026 年 6 月 22 日（週一）07:00（臺北）; midnight is the 24:00 of the day it ends."""
        local = at.astimezone(ZoneInfo(zone))
        if local.time() == time():
            return f"{self.day(local.date() - timedelta(days=1))}24:00（{city(zone)}）"
        shown = local.strftime("%H:%M:%S" if local.second else "%H:%M")
        return f"{self.day(local.date())}{shown}（{city(zone)}）"


def said(words: str) -> str:
    """Words of the kernel or of a rule as a label in the reader's language."""
    told = own_words(words, get_language() or "") or gettext(words)
    return told[:1].upper() + told[1:]


def read_here(rule: Rule) -> Rule:
    """The rule as the reader reads it: in the group's own words for their language, where it wrote some."""
    return within(rule, get_language() or "")


def regime_of(rule: Rule) -> str:
    """Where the rule is written: in the group's own words, else in the regime's, which ours put into Chinese only where
    the group itself is the regime."""
    return read_here(rule).regime if rule.is_external else words().told(rule.regime)


def stage_of(clock: Row) -> str:
    """The stage of a clock in the reader's language."""
    stage = clock.stage_wording
    return said(stage.name if stage else clock.stage)


def words() -> Words:
    """How sentences are put in the active language."""
    return Chinese(gettext, "", "zh-hant") if get_language() == "zh-hant" else Words(gettext)


def sentence(clock: Row) -> str:
    """The reckoning of a clock in the reader's language; of one that lapsed, why it no longer binds."""
    if clock.state == clock.State.LAPSED:
        return lapsed(clock.lapse)
    rule, stage = clock.wording, clock.stage_wording
    if rule is None or stage is None:
        return gettext("The rule %(rule)s is no longer among those that come with Keepwell.") % {"rule": clock.rule}  # fmt: skip
    spoken = words()
    if clock.reckoning.get("from_list"):
        return _of_list(clock, spoken)
    told = [why(_reckoned(clock), spoken)]
    if clock.reckoning.get("unnamed"):
        told.append(
            gettext("No customer was named yet, so every clause of %(unit)s binds.") % {"unit": clock.unit}
        )
    if clock.lapse:
        told.append(lapsed(clock.lapse))
    if clock.lapse and clock.state != clock.State.MET:
        told.append(gettext("What was late or missed before that stays so."))
    return spoken.joined.join(told)


def _of_list(clock: Row, spoken: Words) -> str:
    """What a list of the past tells of a clock: from when to when it ran, and how it ended."""
    told = gettext("%(end)s, as the list of that time tells; it ran from %(start)s.") % {
        "end": spoken.moment(clock.ends_at, clock.zone), "start": spoken.moment(clock.start_at, clock.zone),
    }  # fmt: skip
    state = MISSED if clock.is_missed(moments.now()) else str(clock.state)
    done = spoken.moment(clock.done_at, clock.zone) if clock.done_at else ""
    return spoken.joined.join((told, spoken.say(STATES[state]) % {"done": done}))


def _reckoned(clock: Row) -> Reckoned:
    """The clock as the kernel reckoned it."""
    rule, stage, kept = clock.wording, clock.stage_wording, clock.reckoning
    if rule is None or stage is None:
        raise RuntimeError(f"Nobody knows the text of {clock.rule}.")
    return Reckoned(
        rule, stage, Standing(clock.unit.code, clock.unit.country, clock.unit.time_zone, frozenset({rule.binds})),
        clock.zone, MISSED if clock.is_missed(moments.now()) else str(clock.state), clock.start_at, clock.due_at,
        clock.internal_due_at, clock.done_at, kept.get("from", ""), kept.get("level"), _span(kept.get("span")),
        _calendar(kept.get("calendar"), clock.zone), bool(kept.get("extended")), _clause(clock, kept.get("clause")),
        stuck_after=date.fromisoformat(kept["stuck_after"]) if kept.get("stuck_after") else None,
        own_awareness=own_awareness(clock),
    )  # fmt: skip


def own_awareness(clock: Row) -> datetime | None:
    """When the unit of a clock itself became aware, as it was reckoned with; None: as the incident was known."""
    kept = clock.reckoning.get("own_awareness")
    return datetime.fromisoformat(kept) if kept else None


def _span(kept: Mapping[str, Any] | None) -> Span | None:
    return Span(kept["unit"], kept["n"], time.fromisoformat(kept["opens"])) if kept else None


def _calendar(kept: Mapping[str, Any] | None, zone: str) -> Calendar | None:
    if not kept:
        return None
    closed = {date.fromisoformat(day): reason for day, reason in kept["closed"].items()}
    opened = frozenset(map(date.fromisoformat, kept["opened"]))
    return Calendar(
        kept["name"], zone, closed, opened, None if kept["is_known"] else range(0),
        frozenset(kept.get("weekend", SATURDAY_AND_SUNDAY)), kept.get("published"),
    )  # fmt: skip


def _clause(clock: Row, kept: Mapping[str, Any] | None) -> Clause | None:
    return Clause(clock.rule, kept["counterparty"], kept["start"], None) if kept else None


def lapsed(kept: Mapping[str, Any]) -> str:
    """Why a duty no longer binds."""
    told = {
        "facts": gettext("The facts of classification %(revision)s no longer ask for it.")
        if kept.get("revision")
        else gettext("What is known of the incident no longer asks for it."),
        "rule": gettext("The rule is not in force for an incident that became known on that day."),
        "unit": gettext("The incident no longer touches a unit that the rule binds."),
        "customer": gettext(
            "Customers were named whom the incident concerns, and %(customer)s is not among them."
        ),
        "clause": gettext("The clause did not hold on the day on which the incident became known."),
        "answer": gettext("Somebody decided that the clause does not apply: %(reason)s"),
        "asked": gettext("Its words are looked at anew: somebody is to say whether it applies."),
        "event": gettext("The event from which it ran was taken back."),
        "withdrawn": gettext("The incident was withdrawn."),
        "merged": gettext("The incident was merged into %(other)s; the clock goes on there."),
        "merged_without": gettext(
            "The incident was merged into %(other)s, and what is known there does not ask for it."
        ),
        "merged_here": gettext("It ran in %(other)s, which was merged into this incident."),
    }[kept.get("cause", "facts")]
    facts = {"revision": 0, "customer": "", "reason": "", "other": "", **kept}
    return told % facts if "%(" in told else told
