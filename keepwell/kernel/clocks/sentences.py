"""Why a clock ends when it ends, in whole sentences with their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.kernel.clocks.before import AUDIENCES, STRICT, WEIGHED, Before
from keepwell.kernel.clocks.calendars import LONGEST_CLOSURE, Calendar
from keepwell.kernel.clocks.events import AWARENESS, KINDS
from keepwell.kernel.clocks.languages import own_words
from keepwell.kernel.clocks.order import Turn
from keepwell.kernel.clocks.reckoning import LATE, MET, MISSED, WAITING, Clock

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
# Sentences of the terms, by unit; each begins with when the clock ends.
TERMS = {
    "minutes": "%(end)s: %(n)s minutes after %(event)s at %(start)s.",
    "hours": "%(end)s: %(n)s hours after %(event)s at %(start)s; hours run through nights, weekends and holidays.",
    "days": "%(end)s: %(n)s days after %(event)s at %(start)s, at the same time of day.",
    "months": "%(end)s: %(n)s months after %(event)s at %(start)s, at the same time of day.",
    "business_days": "%(end)s: the end of business day %(n)s after %(event)s at %(start)s.",
    "before_opening": "%(end)s, because %(event)s at %(start)s, trading next opens at %(opens)s on %(opening)s, "
    "and the notice is due %(n)s hours before.",
    "end_of_day": "%(end)s: the end of the day on which %(event)s, at %(start)s.",
    "before_next_business_day": "%(end)s: before the next business day begins, because %(event)s at %(start)s.",
}
ONE_MONTH = "%(end)s: one month after %(event)s at %(start)s, at the same time of day."
ONE_HOUR = "%(end)s: one hour after %(event)s at %(start)s."
SHORT_MONTH = "That month is shorter, so its last day counts."
CLOSED = "%(calendar)s is closed on %(days)s."
UNKNOWN_YEAR = (
    "Of %(calendar)s no closures are known for %(year)s: only weekends are left out, so it may end later."
)
OPENED = "%(calendar)s is open on %(days)s."
FORETOLD_YEAR = "The closures of %(calendar)s in %(year)s are not published yet: they are foretold, so it may end otherwise."
STUCK = (
    "It cannot be reckoned: %(calendar)s has no business day within %(most)s days after %(day)s. Until its closures "
    "are corrected this end is our own, for which weekends alone are left out."
)
OWN = "The regime sets no fixed end (%(words)s): this one is our own."
STOOD_IN = "No moment is recorded at which %(wanted)s, so the one at which %(found)s counts."
OWN_AWARENESS = "%(unit)s became aware at a moment of its own, which counts for it instead of the incident's."
BY_LEVEL = "The term is that of level %(level)s."
NO_LEVEL = "The level is not known yet: the shortest term counts until it is."
EXTENDED = "%(end)s, as the recipient agreed; it would have ended otherwise at %(was)s."
NO_CLAUSE = "No clause of a contract is recorded: record it, for its term may be shorter."
CLAUSE = "So it is written in the contract with %(counterparty)s."
NAMED = "%(unit)s does not have the attribute %(attribute)s; the rule was named, and is taken as binding."
NAMED_ELSEWHERE = (
    "%(unit)s lies in none of the countries in which the rule binds (%(countries)s); the rule was named, and is taken as "
    "binding."
)
EDITION = "So asks the group's own text of %(rule)s, edition %(edition)s."
NOT_IN_FORCE = "The rule was not yet in force, or no longer, on that day."
WAITS = "It has not begun: it starts when %(event)s."
STATES = {
    MET: "It was met at %(done)s.",
    LATE: "It was late: done at %(done)s.",
    MISSED: "Nothing is recorded as sent, and the time is over.",
}
NOTHING_BEFORE = {
    STRICT: "Before it is submitted, nothing may be told to %(whom)s.",
    WEIGHED: "Before it is submitted, something is told to %(whom)s only for a reason that is kept.",
}
UNDER = "those whom %(rule)s names"
WAITS_FOR = {
    STRICT: "It waits for the notice under %(rule)s: before that is submitted, nothing may be told to %(whom)s.",
    WEIGHED: "It waits for the notice under %(rule)s: before that is submitted, something is told to %(whom)s only for "
    "a reason that is kept.",
}
CONTRADICTION = (
    "%(then)s must be told by %(by)s, and before that the notice under %(rule)s must be submitted, which is due "
    "%(due)s."
)
CHANCE = "For an incident that became known at %(moment)s: %(contradiction)s"
NO_DUE = "%(then)s must be told by %(by)s, and before that the notice under %(rule)s must be submitted, which has no end yet."
SUBMIT_EARLIER = "Counsel decides: submit the notice under %(rule)s by then."
SUBMIT_OR_TURN = (
    "Counsel decides: submit the notice under %(rule)s by then, or tell %(then)s first and say why when that notice is "
    "approved."
)
Translate = Callable[[str], str]


@dataclass(frozen=True)
class Words:
    """How days and moments are written, and into which language sentences are put."""

    say: Translate = str
    joined: str = " "
    language: str = "en"

    def told(self, text: str) -> str:
        """A text of a rule: in the rule's own words for the language, else in ours, else as it is."""
        return own_words(text, self.language) or (self.say(text) if text else "")

    def day(self, day: date) -> str:
        """As Thursday 18 June 2026."""
        return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"

    def closure(self, reason: str, calendar: str) -> str:
        """Why `calendar` is closed on a day, as its library has it in English or as somebody wrote it."""
        return reason

    def moment(self, at: datetime, zone: str) -> str:
        """As 07:00 Taipei on Monday 22 June 2026; midnight is written as the 24:00 of the day it ends."""
        local = at.astimezone(ZoneInfo(zone))
        place = zone.rpartition("/")[2].replace("_", " ")
        if local.time() == time():
            return f"24:00 {place} on {self.day(local.date() - timedelta(days=1))}"
        seconds = ":%S" if local.second else ""
        return f"{local.strftime('%H:%M' + seconds)} {place} on {self.day(local.date())}"


ENGLISH = Words()


def why(clock: Clock, words: Words = ENGLISH) -> str:
    """The reckoning of `clock` in sentences: its end, its term, what stood in for what, and how it stands."""
    parts = _waiting(clock, words) if clock.state == WAITING else _running(clock, words)
    return words.joined.join(parts)


def _waiting(clock: Clock, words: Words) -> Iterator[str]:
    yield words.say(WAITS) % {"event": words.say(KINDS[_wanted(clock)])}
    yield from _binding(clock, words)


def _running(clock: Clock, words: Words) -> Iterator[str]:
    if clock.start is None or clock.ends is None or clock.span is None:
        raise RuntimeError(f"A clock of {clock.rule.id} runs without a start or an end.")
    reckoned = clock.span.end(clock.start, ZoneInfo(clock.zone), clock.calendar)
    if clock.extended:
        yield words.say(EXTENDED) % {
            "end": words.moment(clock.ends, clock.zone), "was": words.moment(reckoned, clock.zone),
        }  # fmt: skip
    yield _term(clock, reckoned, words)
    yield from _notes(clock, reckoned, words)
    yield from _binding(clock, words)
    yield from first_of_all(clock, words)
    if clock.state in STATES:
        done = words.moment(clock.done_at, clock.zone) if clock.done_at else ""
        yield words.say(STATES[clock.state]) % {"done": done}


def _term(clock: Clock, reckoned: datetime, words: Words) -> str:
    span, start = clock.span, clock.start
    if span is None or start is None:
        raise RuntimeError(f"A clock of {clock.rule.id} runs without a term.")
    opening = reckoned + timedelta(hours=span.n)
    template = {("months", 1): ONE_MONTH, ("hours", 1): ONE_HOUR}.get((span.unit, span.n), TERMS[span.unit])
    return words.say(template) % {
        "end": words.moment(reckoned, clock.zone), "start": words.moment(start, clock.zone), "n": span.n,
        "event": words.say(KINDS[clock.from_kind]), "opens": span.opens.strftime("%H:%M"),
        "opening": words.day(opening.astimezone(ZoneInfo(clock.zone)).date()),
    }  # fmt: skip


def _notes(clock: Clock, reckoned: datetime, words: Words) -> Iterator[str]:
    """What the plain term does not tell: closures, short months, our own end, the level, the clause."""
    start, span, zone = clock.start, clock.span, ZoneInfo(clock.zone)
    if start is None or span is None:
        return
    first, last = start.astimezone(zone).date(), reckoned.astimezone(zone).date()
    if clock.calendar and clock.stuck_after:
        yield words.say(STUCK) % {
            "calendar": clock.calendar.name, "most": LONGEST_CLOSURE, "day": words.day(clock.stuck_after)
        }  # fmt: skip
    elif clock.calendar:
        yield from _closures(clock.calendar, first, span.last_counted(first, clock.calendar), words)
    if span.unit == "months" and first.day != last.day:
        yield words.say(SHORT_MONTH)
    if KINDS[clock.from_kind] != KINDS[_wanted(clock)]:
        yield words.say(STOOD_IN) % {
            "wanted": words.say(KINDS[_wanted(clock)]), "found": words.say(KINDS[clock.from_kind]),
        }  # fmt: skip
    if clock.own_awareness and (clock.from_kind, start) == (AWARENESS, clock.own_awareness):
        yield words.say(OWN_AWARENESS) % {"unit": clock.unit.code}
    if clock.stage.by_level:
        yield words.say(NO_LEVEL) if clock.level is None else words.say(BY_LEVEL) % {"level": clock.level}
    if clock.clause:
        yield words.say(CLAUSE) % {"counterparty": clock.clause.counterparty}
    elif clock.stage.as_written:
        yield words.say(NO_CLAUSE)
    if clock.due is None and not clock.stage.as_written and not clock.stuck_after:
        yield words.say(OWN) % {"words": words.say(clock.stage.duty)}


def _closures(calendar: Calendar, first: date, last: date, words: Words) -> Iterator[str]:
    """On which days it is closed, and open otherwise than its weeks say; of which years that is not known for sure."""
    for said, days in ((CLOSED, calendar.between(first, last)), (OPENED, calendar.made_up(first, last))):
        if days:
            reasons = calendar.closed if said is CLOSED else {}
            named = (_day(day, reasons.get(day, ""), calendar, words) for day in days)
            yield words.say(said) % {"calendar": calendar.name, "days": ", ".join(named)}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for year in sorted({day.year for day in days}):
        if not calendar.knows(date(year, 1, 1)):
            yield words.say(UNKNOWN_YEAR) % {"calendar": calendar.name, "year": year}
        elif any(calendar.is_foretold(day) for day in days if day.year == year):
            yield words.say(FORETOLD_YEAR) % {"calendar": calendar.name, "year": year}


def _day(day: date, reason: str, calendar: Calendar, words: Words) -> str:
    """A day, with why the calendar is closed on it, where that is known."""
    return f"{words.day(day)} ({words.closure(reason, calendar.name)})" if reason else words.day(day)


def _binding(clock: Clock, words: Words) -> Iterator[str]:
    if clock.rule.edition:
        yield words.say(EDITION) % {"rule": clock.rule.id, "edition": clock.rule.edition}
    if clock.bound_by_name and not clock.rule.holds_in(clock.unit.country):
        countries = ", ".join(sorted(clock.rule.countries))
        yield words.say(NAMED_ELSEWHERE) % {"unit": clock.unit.code, "countries": countries}
    elif clock.bound_by_name:
        yield words.say(NAMED) % {"unit": clock.unit.code, "attribute": clock.rule.binds}
    day = clock.start.astimezone(ZoneInfo(clock.zone)).date() if clock.start else None
    if day and not clock.rule.in_force(day):
        yield words.say(NOT_IN_FORCE)


def first_of_all(clock: Clock, words: Words = ENGLISH) -> Iterator[str]:
    """What may not be told to whom before this clock's notice is submitted."""
    if clock.stage.name == clock.rule.stages[0].name and clock.done_at is None:
        yield from (nothing_before(one, words) for one in clock.rule.before)


def nothing_before(one: Before, words: Words = ENGLISH) -> str:
    """A ban of a rule as its own sentence."""
    return words.say(NOTHING_BEFORE[one.order]) % {"whom": _whom(one, words)}


def _whom(one: Before, words: Words) -> str:
    return words.say(AUDIENCES[one.told]) if one.told else words.say(UNDER) % {"rule": one.rule}


def waits_for(first: str, one: Before, words: Words = ENGLISH) -> str:
    """What the notice of the rule `first` asks of another that must wait for it."""
    return words.say(WAITS_FOR[one.order]) % {"rule": first, "whom": _whom(one, words)}


def contradiction(turn: Turn[Any], then: str, zones: tuple[str, str], words: Words = ENGLISH) -> str:
    """Which two duties contradict each other, their moments, each in its own of `zones`, and what counsel has to
    decide; `then` is whom the one that waits tells."""
    if turn.then.ends is None:
        raise RuntimeError(f"A duty of {turn.then.rule.id} contradicts another without an end.")
    due = turn.first.ends
    facts = {
        "then": then, "rule": turn.first.rule.id, "by": words.moment(turn.then.ends, zones[1]),
        "due": words.moment(due, zones[0]) if due else "",
    }  # fmt: skip
    told = words.say(CONTRADICTION if due else NO_DUE) % facts
    choice = words.say(SUBMIT_OR_TURN if turn.may_be_turned else SUBMIT_EARLIER) % facts
    return words.joined.join((told, choice))


def _wanted(clock: Clock) -> str:
    return clock.clause.start if clock.clause and clock.clause.start else clock.stage.start.event
