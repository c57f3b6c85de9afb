"""Rules of notification: data, read and checked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from keepwell.kernel.clocks.before import Before, Way, audience, circle, read_before, read_way
from keepwell.kernel.clocks.calendars import Unfit, zone_named
from keepwell.kernel.clocks.events import KINDS
from keepwell.kernel.clocks.factors import COMPARISONS, FACTORS, Condition, Trigger
from keepwell.kernel.clocks.spans import Span

HARD, SOFT = "hard", "soft"
DUTIES = (HARD, SOFT, "inbound", "contractual", "internal")
VERIFIED = ("text", "secondary", "recalled", "proposal")
ALWAYS = "always"
OWN_RULES = "group"
WORDS = ("action", "repeat", "followup", "extendable", "fallback", "rule_before", "rule", "status", "penalty",
         "record_retention", "verified_text")  # fmt: skip
"""What a rule says beside what is reckoned with, in the regime's or the table's words."""
PARTS = {"id", "regime", "jurisdiction", "binds", "trigger", "when", "joined", "since", "until", "zone", "calendar",
         "stages", "starts", "recipient", "content", "note", "verified", "source", "audience", "before", "channel",
         "other_channels", "supplement", *WORDS}  # fmt: skip
Given = Mapping[str, Any]  # as it was read from a file


@dataclass(frozen=True)
class Start:
    """The kind of event from which a term runs; of a submission, of which rule's and stage's notice."""

    event: str
    rule: str = ""
    stage: str = ""
    last: bool = False  # of several, the last one counts; else the first


@dataclass(frozen=True)
class Instead:
    """A term that takes the usual one's place where a condition holds."""

    condition: Condition
    deadline: Span


@dataclass(frozen=True)
class Stage:
    """One notice of a rule: from what, within which term, and what settles it.

    Without a `deadline` and without `by_level` the duty has no fixed end, and `internal` is our own.
    """

    name: str
    start: Start
    duty: str
    deadline: Span | None = None
    by_level: tuple[tuple[int, Span], ...] = ()
    national: bool = False
    instead: tuple[Instead, ...] = ()
    internal: Span | None = None
    each: str = ""  # "" once, "change" for every such event, "rise" for every rise of the level
    done_by: tuple[str, ...] = ()
    as_written: bool = False
    audience: str = ""  # who learns by it, if it is not that of the rule

    def spans(self) -> Iterable[Span]:
        """Every term that may apply."""
        yield from (span for span in (self.deadline, self.internal) if span)
        yield from (span for _, span in self.by_level)
        yield from (one.deadline for one in self.instead)


@dataclass(frozen=True)
class Rule:
    """A duty to tell somebody: whom it binds, what triggers it, its stages, and where it is written."""

    id: str
    regime: str
    jurisdiction: str
    binds: str
    trigger: Trigger
    stages: tuple[Stage, ...]
    recipient: str = ""
    content: tuple[str, ...] = ()
    zone: str = ""  # in whose days it is reckoned; empty for the unit's own
    calendar: str = ""
    verified: str = "recalled"
    source: str = ""
    trigger_text: str = ""
    starts_text: str = ""
    note: str = ""
    words: tuple[tuple[str, str], ...] = ()
    audience: str = "authority"
    before: tuple[Before, ...] = ()
    way: Way = Way()
    since: date | None = None
    until: date | None = None

    @property
    def is_verified(self) -> bool:
        """Whether the text of the regime itself was read; others are off until somebody confirms them."""
        return self.verified == "text"

    @property
    def is_external(self) -> bool:
        """Whether it asks to tell somebody outside the group."""
        return self.jurisdiction != OWN_RULES

    def ban(self, then: Rule, stage: Stage) -> Before | None:
        """What of it lets the notice of `stage` of the rule `then` wait for its own; None if nothing does."""
        if then.id == self.id:
            return None
        told = stage.audience or then.audience
        return next(
            (one for one in self.before if then.id == one.rule or (one.told and one.told == told)), None
        )

    def bans(self, then: Rule) -> list[Before]:
        """Each ban of it that lets a stage of the rule `then` wait."""
        found = (self.ban(then, stage) for stage in then.stages)
        return list(dict.fromkeys(one for one in found if one))

    def in_force(self, day: date) -> bool:
        """Whether it binds what was known on `day`."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def read(rows: Iterable[Any]) -> dict[str, Rule]:
    """Rules by id; Unfit says which row does not fit, and why. Two rules of one id contradict each other."""
    found: dict[str, Rule] = {}
    for number, row in enumerate(rows, 1):
        rule = _rule(row, number)
        if rule.id in found:
            raise Unfit(f"{rule.id}: two rules have this id; give each its own, or one an end.")
        found[rule.id] = rule
    for rule in found.values():
        _refuse_dangling(rule, found)
    _refuse_circles(found)
    return found


def _rule(row: Any, number: int) -> Rule:
    if not isinstance(row, Mapping) or not str(row.get("id", "")).strip():
        raise Unfit(f"rule {number}: a rule has an id.")
    name = str(row["id"])
    if stray := next((key for key in row if key not in PARTS), None):
        raise Unfit(f'{name}: "{stray}" is no part of a rule; there are {", ".join(sorted(PARTS))}.')
    verified = str(row.get("verified", "recalled"))
    if verified not in VERIFIED:
        raise Unfit(f'{name}: "{verified}" is not how it was verified; there are {", ".join(VERIFIED)}.')
    if row.get("zone"):
        zone_named(str(row["zone"]))
    stages = tuple(_stage(name, stage) for stage in _listed(row, "stages", name))
    if not stages:
        raise Unfit(f"{name}: a rule has at least one stage.")
    made = Rule(
        id=name, regime=_text(row, "regime"), jurisdiction=_text(row, "jurisdiction"), stages=stages,
        binds=_text(row, "binds") or ALWAYS, trigger=_trigger(name, row), recipient=_text(row, "recipient"),
        content=tuple(str(one) for one in _listed(row, "content", name)), zone=_text(row, "zone"),
        calendar=_text(row, "calendar"), verified=verified, source=_text(row, "source"),
        trigger_text=_text(row, "trigger"), starts_text=_text(row, "starts"), note=_text(row, "note"),
        since=_day(row, "since", name), until=_day(row, "until", name), way=read_way(name, row),
        words=tuple((word, _text(row, word)) for word in WORDS if row.get(word)),
        audience=audience(row.get("audience", "authority"), name),
        before=read_before(name, _listed(row, "before", name)),
    )  # fmt: skip
    if not made.calendar and any(span.needs_calendar for stage in stages for span in stage.spans()):
        raise Unfit(f"{name}: its deadline counts business days; name the calendar.")
    return made


def _trigger(name: str, row: Given) -> Trigger:
    joined = row.get("joined", "all")
    if joined not in ("all", "any"):
        raise Unfit(f'{name}: conditions are joined by "all" or "any", not "{joined}".')
    return Trigger(tuple(_condition(name, one) for one in _listed(row, "when", name)), joined == "any")


def _condition(name: str, given: Given) -> Condition:
    if "event" in given:
        return Condition(event=_known(given["event"], KINDS, f"{name}, when", "kind of event"))
    factor = _known(given.get("factor"), FACTORS, f"{name}, when", "factor")
    comparison = _known(given.get("is", "="), COMPARISONS, f"{name}, when", "comparison")
    return Condition(
        factor, comparison, given.get("value", True), until_known=bool(given.get("until_known", False))
    )


def _stage(name: str, given: Given) -> Stage:
    stage = str(given.get("stage", "notice"))
    where = f"{name}, {stage}"
    duty = _known(given.get("duty", HARD), DUTIES, where, "kind of duty")
    levels = given.get("by_level", {})
    made = Stage(
        name=stage, start=_start(where, given.get("start")), duty=duty,
        deadline=_span(given, "deadline", where), internal=_span(given, "internal", where),
        by_level=tuple(sorted((int(level), Span.parse(term, where)) for level, term in levels.items())),
        national=bool(given.get("national", False)), each=_each(given, where),
        instead=tuple(
            Instead(_condition(name, one), Span.parse(one.get("deadline"), where))
            for one in _listed(given, "instead", where)
        ),
        done_by=tuple(
            _known(one, KINDS, where, "kind of event") for one in _listed(given, "done_by", where)
        ),
        as_written=bool(given.get("as_written", False)),
        audience=audience(given["audience"], where) if given.get("audience") else "",
    )  # fmt: skip
    if not list(made.spans()):
        raise Unfit(f"{where}: give it a deadline, or an internal one where the regime sets none.")
    return made


def _each(given: Given, where: str) -> str:
    each = str(given.get("each", ""))
    if each not in ("", "change", "rise"):
        raise Unfit(f'{where}: it is run again for each "change" or each "rise", not "{each}".')
    return each


def _start(where: str, given: Any) -> Start:
    if isinstance(given, str):
        given = {"event": given}
    if not isinstance(given, Mapping):
        raise Unfit(f"{where}: say from which event it starts.")
    return Start(
        event=_known(given.get("event"), KINDS, where, "kind of event"), rule=str(given.get("rule", "")),
        stage=str(given.get("stage", "")), last=bool(given.get("last", False)),
    )  # fmt: skip


def _span(given: Given, key: str, where: str) -> Span | None:
    return Span.parse(given[key], where) if given.get(key) is not None else None


def _refuse_dangling(rule: Rule, known: Mapping[str, Rule]) -> None:
    """Refuse a chain or an order to a rule or a stage that is not there."""
    if unknown := next((one.rule for one in rule.before if one.rule and one.rule not in known), None):
        raise Unfit(f'{rule.id}, before: there is no rule "{unknown}".')
    for stage in rule.stages:
        start = stage.start
        if start.rule and start.rule not in known:
            raise Unfit(f'{rule.id}, {stage.name}: it starts from "{start.rule}", and there is no such rule.')
        if start.stage and start.stage not in {one.name for one in known[start.rule or rule.id].stages}:
            raise Unfit(f'{rule.id}, {stage.name}: there is no stage called "{start.stage}".')


def _refuse_circles(rules: Mapping[str, Rule]) -> None:
    """Refuse rules of which each must be submitted before the next, and the last before the first."""
    edges = {first.id: [then.id for then in rules.values() if first.bans(then)] for first in rules.values()}
    for rule in rules.values():
        for stage in rule.stages:
            if stage.start.rule and stage.start.rule != rule.id:
                edges[stage.start.rule].append(rule.id)
    if found := circle(edges):
        raise Unfit(
            f"{' before '.join(found)}: each must be submitted before the next; take one of these out."
        )


def _known(value: Any, allowed: Iterable[str], where: str, what: str) -> str:
    names = list(allowed)
    if not isinstance(value, str) or value not in names:
        raise Unfit(f'{where}: "{value}" is no {what}; there are {", ".join(names)}.')
    return value


def _listed(given: Given, key: str, where: str) -> list[Any]:
    found = given.get(key) or []
    if not isinstance(found, list):
        raise Unfit(f"{where}: {key} is a list.")
    return found


def _text(row: Given, key: str) -> str:
    return str(row.get(key) or "")


def _day(row: Given, key: str, where: str) -> date | None:
    value = row.get(key)
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise Unfit(f'{where}, {key}: write the day as 2026-01-05, not "{value}".') from error
