"""Rules of notification: data, read and checked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from keepwell.kernel.clocks import faults
from keepwell.kernel.clocks.approval import Approval, read_approval
from keepwell.kernel.clocks.before import Before, Way, audience, circle, read_before, read_way
from keepwell.kernel.clocks.calendars import Unfit, zone_named
from keepwell.kernel.clocks.countries import zone_of
from keepwell.kernel.clocks.events import KINDS
from keepwell.kernel.clocks.factors import COMPARISONS, FACTORS, RANGES, Condition, Trigger
from keepwell.kernel.clocks.languages import WORDS, worded
from keepwell.kernel.clocks.spans import Span

HARD, SOFT = "hard", "soft"
DUTIES = (HARD, SOFT, "inbound", "contractual", "internal")
VERIFIED = ("text", "secondary", "recalled", "proposal")
ALWAYS = "always"
OWN_RULES = "group"
PARTS = {"id", "regime", "jurisdiction", "binds", "trigger", "when", "joined", "since", "until", "zone", "calendar",
         "stages", "starts", "recipient", "content", "note", "verified", "source", "audience", "before", "channel",
         "other_channels", "supplement", "approves", "countries", "edition", "replaces", "languages", *WORDS}  # fmt: skip
OF_STAGE = {"stage", "start", "duty", "deadline", "internal", "by_level", "national", "each", "instead", "done_by",
            "as_written", "audience"}  # fmt: skip
OF_START = {"event", "rule", "stage", "last"}
OF_CONDITION = {"event", "factor", "is", "value", "until_known"}
MOST_COUNTED, MOST_EDITIONS = 1e15, 9_999
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
    approval: Approval = Approval()
    since: date | None = None
    until: date | None = None
    countries: frozenset[str] = frozenset()  # in which it binds; empty: in all
    edition: int = 0  # of the group's own text; 0 as shipped
    languages: tuple[str, ...] = ()  # in which its texts are there beside the first

    @property
    def is_verified(self) -> bool:
        """Whether the text of the regime itself was read; others are off until somebody confirms them."""
        return self.verified == "text"

    @property
    def is_external(self) -> bool:
        """Whether it asks to tell somebody outside the group."""
        return self.jurisdiction != OWN_RULES

    def holds_in(self, country: str) -> bool:
        """Whether it binds in `country` (two letters)."""
        return not self.countries or country in self.countries

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
        rule = rule_of(row, number)
        if rule.id in found:
            raise Unfit(faults.SAME_ID_SHIPPED, where=rule.id)
        found[rule.id] = rule
    refuse_apart(found)
    return found


def refuse_apart(rules: Mapping[str, Rule]) -> None:
    """Refuse rules that do not fit together: a chain to what is not there, an order that goes in a circle."""
    for rule in rules.values():
        _refuse_dangling(rule, rules)
    _refuse_circles(rules)


def rule_of(row: Any, number: int) -> Rule:
    """The rule that a row describes, by itself: what it names of others is looked at by `refuse_apart`."""
    name = name_of(row, number)
    refuse_stray(row, PARTS, name, faults.STRAY_IN_RULE)
    verified = str(row.get("verified", "recalled"))
    if verified not in VERIFIED:
        raise Unfit(faults.NOT_VERIFIED_SO, where=name, value=verified, known=faults.listed(VERIFIED))
    _refuse_zone(row, name)
    stages = tuple(stage_of(name, stage) for stage in _listed(row, "stages", name))
    if not stages:
        raise Unfit(faults.NO_STAGES, where=name)
    names = [stage.name for stage in stages]
    if twice := next((one for one in names if names.count(one) > 1), None):
        raise Unfit(faults.SAME_STAGE, where=name, value=twice)
    made = Rule(
        id=name, regime=_text(row, "regime"), jurisdiction=_text(row, "jurisdiction"), stages=stages,
        binds=_text(row, "binds") or ALWAYS, trigger=_trigger(name, row), recipient=_text(row, "recipient"),
        content=tuple(str(one) for one in _listed(row, "content", name)), zone=_text(row, "zone"),
        calendar=_text(row, "calendar"), verified=verified, source=_text(row, "source"),
        trigger_text=_text(row, "trigger"), starts_text=_text(row, "starts"), note=_text(row, "note"),
        since=_day(row, "since", name), until=_day(row, "until", name), way=read_way(name, row),
        approval=read_approval(name, row.get("approves")),
        words=tuple((word, _text(row, word)) for word in WORDS if row.get(word)),
        audience=audience(row.get("audience", "authority"), name),
        before=read_before(name, _listed(row, "before", name)), countries=_countries(row, name),
        edition=_edition(row, name),
    )  # fmt: skip
    if made.since and made.until and made.until < made.since:
        raise Unfit(faults.ENDS_FIRST, where=name, until=str(made.until), since=str(made.since))
    if not made.calendar and any(span.needs_calendar for stage in stages for span in stage.spans()):
        raise Unfit(faults.NAME_CALENDAR, where=name)
    return worded(made, row.get("languages"))


def name_of(row: Any, number: int) -> str:
    """The id of a row; Unfit if it has none."""
    if not isinstance(row, Mapping) or not str(row.get("id") or "").strip():
        raise Unfit(faults.NO_ID, number=number)
    return str(row["id"])


def refuse_stray(given: Given, parts: Iterable[str], where: str, says: str) -> None:
    """Refuse, with a sentence of `faults`, a part that nobody reads: a slip of the pen would change what binds."""
    if stray := next((key for key in given if key not in parts), None):
        raise Unfit(says, where=where, value=str(stray), known=faults.listed(sorted(parts)))


def _refuse_zone(row: Given, name: str) -> None:
    try:
        zone_named(str(row.get("zone") or "UTC"))
    except Unfit as wrong:
        raise Unfit(faults.WITHIN, where=name, fault=wrong.fault) from wrong


def _countries(row: Given, name: str) -> frozenset[str]:
    found = _listed(row, "countries", name)
    for one in found:
        try:
            zone_of(str(one))
        except Unfit as wrong:
            raise Unfit(faults.WITHIN, where=f"{name}, countries", fault=wrong.fault) from wrong
    return frozenset(map(str, found))


def _edition(row: Given, name: str) -> int:
    found = row.get("edition", 0)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= MOST_EDITIONS:
        raise Unfit(faults.NO_EDITION, where=name, value=repr(found))
    return found


def _trigger(name: str, row: Given) -> Trigger:
    joined = row.get("joined", "all")
    if joined not in ("all", "any"):
        raise Unfit(faults.BAD_JOINED, where=name, value=str(joined))
    return Trigger(tuple(condition_of(name, one) for one in _listed(row, "when", name)), joined == "any")


def condition_of(name: str, given: Any, *, more: frozenset[str] = frozenset()) -> Condition:
    """One condition of the rule `name`, which may have `more` parts; Unfit says what does not fit."""
    where = f"{name}, when"
    if not isinstance(given, Mapping):
        raise Unfit(faults.NO_CONDITION, where=where)
    refuse_stray(given, OF_CONDITION | more, where, faults.STRAY_IN_CONDITION)
    if "event" in given:
        return Condition(event=_known(given["event"], KINDS, where, faults.NO_EVENT))
    factor = _known(given.get("factor"), FACTORS, where, faults.NO_FACTOR)
    comparison = _known(given.get("is", "="), COMPARISONS, where, faults.NO_COMPARISON)
    value = given.get("value", True)
    _refuse_value(factor, comparison, value, f"{where} {factor}")
    return Condition(factor, comparison, value, until_known=_flag(given, "until_known", where))


def _refuse_value(factor: str, comparison: str, value: Any, where: str) -> None:
    """Refuse a comparison that the kind of the factor does not know, and a value that it can never have."""
    kind, _asks = FACTORS[factor]
    if kind is bool:
        if not isinstance(value, bool):
            raise Unfit(faults.ASKED_WHETHER, where=where, value=repr(value))
        if comparison != "=":
            raise Unfit(faults.EQUAL_ALONE, where=where, value=comparison)
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit(faults.ASKED_HOW_MUCH, where=where, value=repr(value))
    if factor in RANGES and value not in RANGES[factor]:
        least, most = RANGES[factor][0], RANGES[factor][-1]
        raise Unfit(faults.OUTSIDE, where=where, value=str(value), least=least, most=most)
    if not 0 <= value <= MOST_COUNTED:
        raise Unfit(faults.NEVER, where=where, value=str(value))


def stage_of(name: str, given: Any) -> Stage:
    """One stage of the rule `name`; Unfit says what does not fit."""
    if not isinstance(given, Mapping):
        raise Unfit(faults.NO_STAGE, where=name)
    stage = _text(given, "stage", name) or "notice"
    where = f"{name}, {stage}"
    refuse_stray(given, OF_STAGE, where, faults.STRAY_IN_STAGE)
    duty = _known(given.get("duty", HARD), DUTIES, where, faults.NO_DUTY)
    made = Stage(
        name=stage, start=_start(where, given.get("start")), duty=duty,
        deadline=_span(given, "deadline", where), internal=_span(given, "internal", where),
        by_level=_by_level(given, where), national=_flag(given, "national", where), each=_each(given, where),
        instead=tuple(
            Instead(condition_of(where, one, more=frozenset({"deadline"})), Span.parse(one.get("deadline"), where))
            for one in _listed(given, "instead", where)
        ),
        done_by=tuple(
            _known(one, KINDS, where, faults.NO_EVENT) for one in _listed(given, "done_by", where)
        ),
        as_written=_flag(given, "as_written", where),
        audience=audience(given["audience"], where) if given.get("audience") else "",
    )  # fmt: skip
    if not list(made.spans()):
        raise Unfit(faults.NO_TERM, where=where)
    return made


def _by_level(given: Given, where: str) -> tuple[tuple[int, Span], ...]:
    levels = given.get("by_level") or {}
    if not isinstance(levels, Mapping) or not all(str(level).isdecimal() for level in levels):
        raise Unfit(faults.BAD_BY_LEVEL, where=where)
    if far := next((level for level in levels if int(level) not in RANGES["level"]), None):
        raise Unfit(faults.NO_LEVEL, where=f"{where}, by_level", value=str(far), most=RANGES["level"][-1])
    return tuple(sorted((int(level), Span.parse(term, where)) for level, term in levels.items()))


def _flag(given: Given, key: str, where: str) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        raise Unfit(faults.NO_FLAG, where=where, part=key, value=repr(value))
    return value


def _each(given: Given, where: str) -> str:
    each = str(given.get("each", ""))
    if each not in ("", "change", "rise"):
        raise Unfit(faults.BAD_EACH, where=where, value=each)
    return each


def _start(where: str, given: Any) -> Start:
    if isinstance(given, str):
        given = {"event": given}
    if not isinstance(given, Mapping):
        raise Unfit(faults.NO_START, where=where)
    refuse_stray(given, OF_START, f"{where}, start", faults.STRAY_IN_START)
    return Start(
        event=_known(given.get("event"), KINDS, where, faults.NO_EVENT), rule=str(given.get("rule") or ""),
        stage=str(given.get("stage") or ""), last=_flag(given, "last", where),
    )  # fmt: skip


def _span(given: Given, key: str, where: str) -> Span | None:
    return Span.parse(given[key], where) if given.get(key) is not None else None


def _refuse_dangling(rule: Rule, known: Mapping[str, Rule]) -> None:
    """Refuse a chain or an order to a rule or a stage that is not there."""
    if unknown := next((one.rule for one in rule.before if one.rule and one.rule not in known), None):
        raise Unfit(faults.NO_SUCH_RULE, where=f"{rule.id}, before", value=unknown)
    for stage in rule.stages:
        start, where = stage.start, f"{rule.id}, {stage.name}"
        if start.rule and start.rule not in known:
            raise Unfit(faults.STARTS_NOWHERE, where=where, value=start.rule)
        if start.stage and start.stage not in {one.name for one in known[start.rule or rule.id].stages}:
            raise Unfit(faults.NO_SUCH_STAGE, where=where, value=start.stage)
    within = {
        one.name: [one.start.stage] for one in rule.stages if one.start.stage and one.start.rule == rule.id
    }
    if found := circle(within):
        raise Unfit(faults.STAGES_WAIT, where=rule.id, order=faults.in_turn(found))


def _refuse_circles(rules: Mapping[str, Rule]) -> None:
    """Refuse rules of which each must be submitted before the next, and the last before the first."""
    edges = {first.id: [then.id for then in rules.values() if first.bans(then)] for first in rules.values()}
    for rule in rules.values():
        for stage in rule.stages:
            if stage.start.rule and stage.start.rule != rule.id:
                edges[stage.start.rule].append(rule.id)
    if found := circle(edges):
        raise Unfit(faults.RULES_WAIT, order=faults.in_turn(found))


def _known(value: Any, allowed: Iterable[str], where: str, says: str) -> str:
    names = list(allowed)
    if not isinstance(value, str) or value not in names:
        raise Unfit(says, where=where, value=str(value), known=faults.listed(names))
    return value


def _listed(given: Given, key: str, where: str) -> list[Any]:
    found = given.get(key) or []
    if not isinstance(found, list):
        raise Unfit(faults.NO_LIST, where=where, part=key)
    return found


def _text(row: Given, key: str, name: str = "") -> str:
    value = row.get(key)
    if isinstance(value, Mapping | list):
        raise Unfit(faults.NOT_TEXT, where=name or str(row.get("id")), part=key)
    return str(value or "")


def _day(row: Given, key: str, where: str) -> date | None:
    value = row.get(key)
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise Unfit(faults.NO_DAY, where=f"{where}, {key}", value=str(value)) from error
