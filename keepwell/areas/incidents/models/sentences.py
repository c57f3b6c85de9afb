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
from keepwell.kernel.clocks.events import Standing
from keepwell.kernel.clocks.reckoning import MISSED, Clause
from keepwell.kernel.clocks.reckoning import Clock as Reckoned
from keepwell.kernel.clocks.sentences import Words, why
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

    def moment(self, at: datetime, zone: str) -> str:
        """As 2026 年 6 月 22 日（週一）07:00（臺北）; midnight is the 24:00 of the day it ends."""
        local = at.astimezone(ZoneInfo(zone))
        if local.time() == time():
            return f"{self.day(local.date() - timedelta(days=1))}24:00（{city(zone)}）"
        shown = local.strftime("%H:%M:%S" if local.second else "%H:%M")
        return f"{self.day(local.date())}{shown}（{city(zone)}）"


def words() -> Words:
    """How sentences are put in the active language."""
    return Chinese(gettext, "") if get_language() == "zh-hant" else Words(gettext)


def sentence(clock: Row) -> str:
    """The reckoning of a clock in the reader's language; of one that lapsed, why it no longer binds."""
    if clock.state == clock.State.LAPSED:
        return lapsed(clock.lapse)
    rule, stage = clock.shipped, clock.shipped_stage
    if rule is None or stage is None:
        return gettext("The rule %(rule)s is no longer among those that come with Keepwell.") % {"rule": clock.rule}  # fmt: skip
    spoken = words()
    told = [why(_reckoned(clock), spoken)]
    if clock.reckoning.get("unnamed"):
        told.append(
            gettext("No customer was named yet, so every clause of %(unit)s binds.") % {"unit": clock.unit}
        )
    return spoken.joined.join(told)


def _reckoned(clock: Row) -> Reckoned:
    """The clock as the kernel reckoned it."""
    rule, stage, kept = clock.shipped, clock.shipped_stage, clock.reckoning
    if rule is None or stage is None:
        raise RuntimeError(f"{clock.rule} is not shipped.")
    return Reckoned(
        rule, stage, Standing(clock.unit.code, clock.unit.country, clock.unit.time_zone, frozenset({rule.binds})),
        clock.zone, MISSED if clock.is_missed(moments.now()) else str(clock.state), clock.start_at, clock.due_at,
        clock.internal_due_at, clock.done_at, kept.get("from", ""), kept.get("level"), _span(kept.get("span")),
        _calendar(kept.get("calendar"), clock.zone), bool(kept.get("extended")), _clause(clock, kept.get("clause")),
        stuck_after=date.fromisoformat(kept["stuck_after"]) if kept.get("stuck_after") else None,
    )  # fmt: skip


def _span(kept: Mapping[str, Any] | None) -> Span | None:
    return Span(kept["unit"], kept["n"], time.fromisoformat(kept["opens"])) if kept else None


def _calendar(kept: Mapping[str, Any] | None, zone: str) -> Calendar | None:
    if not kept:
        return None
    closed = {
        date.fromisoformat(day): _closed(reason, kept["name"]) for day, reason in kept["closed"].items()
    }
    opened = frozenset(map(date.fromisoformat, kept["opened"]))
    return Calendar(
        kept["name"], zone, closed, opened, None if kept["is_known"] else range(0),
        frozenset(kept.get("weekend", SATURDAY_AND_SUNDAY)), kept.get("published"),
    )  # fmt: skip


def _closed(reason: str, calendar: str) -> str:
    """Why a calendar is closed on a day, in the reader's language; what somebody wrote stays as it was written."""
    said = gettext(reason) if reason else ""
    return in_chinese(said, calendar) if said == reason and get_language() == "zh-hant" else said


def _clause(clock: Row, kept: Mapping[str, Any] | None) -> Clause | None:
    return Clause(clock.rule, kept["counterparty"], kept["start"], None) if kept else None


def lapsed(kept: Mapping[str, Any]) -> str:
    """Why a duty no longer binds."""
    told = {
        "facts": gettext("The facts of classification %(revision)s no longer ask for it."),
        "rule": gettext("The rule is not in force for an incident that became known on that day."),
        "unit": gettext("The incident no longer touches a unit that the rule binds."),
        "customer": gettext(
            "Customers were named whom the incident concerns, and %(customer)s is not among them."
        ),
        "clause": gettext("The clause did not hold on the day on which the incident became known."),
        "event": gettext("The event from which it ran was taken back."),
        "withdrawn": gettext("The incident was withdrawn."),
    }[kept.get("cause", "facts")]
    facts = {"revision": kept.get("revision", 0), "customer": kept.get("customer", "")}
    return told % facts if "%(" in told else told
