"""What does not fit in a group's own rules of notification: where it stands, and in one sentence what to do.

The sentences are English with their facts apart, so that whoever shows them can put them into a reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

AT_LINE = "Line %(line)s: %(says)s"
NO_RULE = 'The file holds no rule; it begins with "rules:" and a list, or with "- id: own-…".'
NOT_HELD = "%(value)s is nothing that a rule holds; write texts, numbers, lists and tables."
BAD_SIGNS = "A text holds signs that cannot be kept; take them out."

NO_LIST_OF_RULES = "Give a list with at least one rule."
TOO_MANY_RULES = "%(count)s rules are too many; %(most)s can be brought in at once."
SAME_ID = "%(where)s: two rules have this id; give each its own, or bring in one after the other."
SAME_ID_SHIPPED = "%(where)s: two rules have this id; give each its own, or one an end."
NO_ID = "rule %(number)s: a rule has an id."
LONG_ID = "%(where)s…: an id has %(most)s signs at most."
BAD_ID = '%(where)s: the id of an own rule begins with "own-" and has small letters, digits and - only.'
ID_IS_SHIPPED = (
    '%(where)s: a shipped rule has this id; write "replaces: true" if this text takes its place, else choose an id '
    'that begins with "own-".'
)
ID_IS_NOT_SHIPPED = (
    '%(where)s: it replaces a shipped rule, and none has this id; leave "replaces" out, or correct the id.'
)
NO_REGIME = "%(where)s: name the regime, as the law with its article, or the policy."
NO_JURISDICTION = "%(where)s: name the jurisdiction: two letters of a country, EU, contract, or group for a rule of our own."
NO_RECIPIENT = "%(where)s: say who is told."
BAD_JURISDICTION = (
    '%(where)s: "%(value)s" is no jurisdiction; name the jurisdiction: two letters of a country, EU, contract, or group '
    "for a rule of our own."
)
LONG_TEXT = "%(where)s: %(count)s signs are too many; %(most)s fit."
LONG_LIST = "%(where)s: %(count)s are too many; %(most)s fit."
BAD_CONTENT = "%(where)s: each is a text of 1 to %(most)s signs."
LONG_STAGE = "%(where)s: the name of a stage has %(most)s signs at most."
NO_CALENDAR = (
    '%(where)s: no calendar is called "%(value)s"; write an exchange as TWSE, a country as DE, or the code of a business '
    "calendar of your own."
)
BY_CONTRACT = (
    "%(where)s: %(value)s is by contract; record the clause with its term, or write always and name the contract under "
    "regime."
)
BINDS_NOBODY = (
    '%(where)s: "%(value)s" is nothing by which a unit is bound; write always, or one of %(known)s.'
)

WITHIN = "%(where)s: %(fault)s"
STRAY_IN_RULE = '%(where)s: "%(value)s" is no part of a rule; there are %(known)s.'
STRAY_IN_CONDITION = '%(where)s: "%(value)s" is no part of a condition; there are %(known)s.'
STRAY_IN_STAGE = '%(where)s: "%(value)s" is no part of a stage; there are %(known)s.'
STRAY_IN_START = '%(where)s: "%(value)s" is no part of a start; there are %(known)s.'
NO_EVENT = '%(where)s: "%(value)s" is no kind of event; there are %(known)s.'
NO_FACTOR = '%(where)s: "%(value)s" is no factor; there are %(known)s.'
NO_COMPARISON = '%(where)s: "%(value)s" is no comparison; there are %(known)s.'
NO_DUTY = '%(where)s: "%(value)s" is no kind of duty; there are %(known)s.'
NO_AUDIENCE = '%(where)s: "%(value)s" is no audience; there are %(known)s.'
NO_CHANNEL = '%(where)s: "%(value)s" is no channel; there are %(known)s.'
NOT_VERIFIED_SO = '%(where)s: "%(value)s" is not how it was verified; there are %(known)s.'
NO_LIST = "%(where)s: %(part)s is a list."
NOT_TEXT = "%(where)s: %(part)s is a text, not a list or a table."
NO_FLAG = "%(where)s: %(part)s is true or false, not %(value)s."
NO_DAY = '%(where)s: write the day as 2026-01-05, not "%(value)s".'
NO_EDITION = "%(where)s: an edition is a number from 1 on, not %(value)s."
NO_ZONE = 'No time zone is called "%(value)s"; write it as Asia/Taipei.'
NO_COUNTRY = '"%(value)s" is no country of ISO 3166; give its two letters, as TW.'
ENDS_FIRST = "%(where)s: it ends on %(until)s, before it begins on %(since)s; correct one of the days."
NAME_CALENDAR = "%(where)s: its deadline counts business days; name the calendar."

BAD_JOINED = '%(where)s: conditions are joined by "all" or "any", not "%(value)s".'
NO_CONDITION = "%(where)s: write a condition as {factor, is, value} or {event}."
ASKED_WHETHER = "%(where)s: it is asked whether it is so; compare with true or false, not %(value)s."
EQUAL_ALONE = '%(where)s: what is so or not so is compared with "=" alone, not "%(value)s".'
ASKED_HOW_MUCH = "%(where)s: it is asked how much; compare with a number, not %(value)s."
OUTSIDE = "%(where)s: %(value)s is outside %(least)s to %(most)s."
NEVER = "%(where)s: %(value)s cannot be; compare with 0 or more."

NO_STAGES = "%(where)s: a rule has at least one stage."
SAME_STAGE = '%(where)s: two stages are called "%(value)s"; give each its own name.'
NO_STAGE = "%(where)s: write a stage as {stage, start, deadline}."
NO_TERM = "%(where)s: give it a deadline, or an internal one where the regime sets none."
BAD_LANGUAGES = "%(where)s: write the texts by language, as {zh-hant: {recipient: …}}."
NO_LANGUAGE = '%(where)s: "%(value)s" is no language in which somebody reads; there are %(known)s.'
STRAY_IN_LANGUAGE = '%(where)s: "%(value)s" is no text of a rule; there are %(known)s.'
NOT_SAID = "%(where)s: the rule itself says nothing there; write it in its first language, or leave this out."
BAD_WORDS = "%(where)s: write a text of 1 to %(most)s signs."
BAD_CONTENTS = "%(where)s: list as many contents as the rule itself (%(count)s), in the same order."
BAD_STAGES = "%(where)s: write them by the names of the stages, as {notice: …}."

BAD_BY_LEVEL = "%(where)s: write by_level as {1: {n, unit}, …}."
NO_LEVEL = "%(where)s: %(value)s is no level; there are 0 to %(most)s."
BAD_EACH = '%(where)s: it is run again for each "change" or each "rise", not "%(value)s".'
NO_START = "%(where)s: say from which event it starts."
STARTS_NOWHERE = '%(where)s: it starts from "%(value)s", and there is no such rule.'
NO_SUCH_STAGE = '%(where)s: there is no stage called "%(value)s".'
NO_SUCH_RULE = '%(where)s: there is no rule "%(value)s".'
FIRST_THEN = "%(first)s before %(then)s"
STAGES_WAIT = "%(where)s: %(order)s: each stage waits for the next; let one start otherwise."
RULES_WAIT = "%(order)s: each must be submitted before the next; take one of these out."

NO_BAN = "%(where)s: say to whom nothing may be told, or under which rule, one of the two."
NO_ORDER = '%(where)s: the order is strict or weighed, not "%(value)s".'
NO_FIRST_CHANNEL = "%(where)s: name the channel that the others stand in for."
NO_APPROVAL = "%(where)s: say who approves by a role, or as {role, at}."
NO_APPROVER = '%(where)s: "%(value)s" approves nothing; there are %(known)s.'
NO_PLACE = '%(where)s: who approves is of the unit or of the group, not of "%(value)s".'

NO_SPAN = '%(where)s: a deadline is {n, unit} or {rule}, not "%(value)s".'
NO_UNIT = '%(where)s: "%(value)s" is no unit of a deadline; there are %(known)s.'
NO_RULE_OF_SPAN = '%(where)s: "%(value)s" is no rule of a deadline; there are %(known)s.'
BAD_OPENING = '%(where)s: write the opening as 09:00 and hours as a number, not "%(value)s".'
BEFORE_OPENING = "%(where)s: it ends 0 to %(most)s hours before the opening, not %(value)s."
BAD_COUNT = {
    "minutes": "%(where)s: a deadline has 1 to %(most)s minutes, not %(value)s.",
    "hours": "%(where)s: a deadline has 1 to %(most)s hours, not %(value)s.",
    "days": "%(where)s: a deadline has 1 to %(most)s days, not %(value)s.",
    "business_days": "%(where)s: a deadline has 1 to %(most)s business days, not %(value)s.",
    "months": "%(where)s: a deadline has 1 to %(most)s months, not %(value)s.",
}
SENTENCES = (
    AT_LINE, NO_RULE, NOT_HELD,
    BAD_SIGNS, NO_LIST_OF_RULES, TOO_MANY_RULES, SAME_ID, SAME_ID_SHIPPED, NO_ID, LONG_ID, BAD_ID, ID_IS_SHIPPED,
    ID_IS_NOT_SHIPPED, NO_REGIME, NO_JURISDICTION, NO_RECIPIENT, BAD_JURISDICTION, LONG_TEXT, LONG_LIST, BAD_CONTENT,
    LONG_STAGE, NO_CALENDAR, BY_CONTRACT, BINDS_NOBODY, WITHIN, STRAY_IN_RULE, STRAY_IN_CONDITION, STRAY_IN_STAGE,
    STRAY_IN_START, NO_EVENT, NO_FACTOR, NO_COMPARISON, NO_DUTY, NO_AUDIENCE, NO_CHANNEL, NOT_VERIFIED_SO, NO_LIST,
    NOT_TEXT, NO_FLAG, NO_DAY, NO_EDITION, NO_ZONE, NO_COUNTRY, ENDS_FIRST, NAME_CALENDAR, BAD_JOINED, NO_CONDITION,
    ASKED_WHETHER, EQUAL_ALONE, ASKED_HOW_MUCH, OUTSIDE, NEVER, NO_STAGES, SAME_STAGE, NO_STAGE, NO_TERM, BAD_BY_LEVEL,
    BAD_LANGUAGES, NO_LANGUAGE, STRAY_IN_LANGUAGE, NOT_SAID, BAD_WORDS, BAD_CONTENTS, BAD_STAGES,
    NO_LEVEL, BAD_EACH, NO_START, STARTS_NOWHERE, NO_SUCH_STAGE, NO_SUCH_RULE, FIRST_THEN, STAGES_WAIT, RULES_WAIT,
    NO_BAN, NO_ORDER, NO_FIRST_CHANNEL, NO_APPROVAL, NO_APPROVER, NO_PLACE,
    NO_SPAN, NO_UNIT, NO_RULE_OF_SPAN, BAD_OPENING, BEFORE_OPENING,
    *BAD_COUNT.values(),
)  # fmt: skip
"""Every sentence that says what does not fit."""


@dataclass(frozen=True)
class Fault:
    """One thing that does not fit: a sentence with its facts, of which one may be a sentence too."""

    says: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.within(str)

    def within(self, say: Callable[[str], str]) -> str:
        """The sentence in the language into which `say` puts it; facts that are sentences too go with it."""
        facts = {name: one.within(say) if isinstance(one, Fault) else one for name, one in self.facts.items()}
        return say(self.says) % facts if facts else say(self.says)


Fact = str | int | Fault


def at_line(fault: Fault, place: object) -> Fault:
    """The fault with the line in which `place` begins, where the file told it and the fault names none yet."""
    line = getattr(place, "line", None)
    return Fault(AT_LINE, {"line": line, "says": fault}) if line and fault.says != AT_LINE else fault


def listed(names: Iterable[str]) -> str:
    """Names of a file as a sentence lists them."""
    return ", ".join(names)


def in_turn(names: Sequence[str]) -> Fact:
    """Names, each before the next; halved, so that a long row is not nested deeply."""
    if len(names) == 1:
        return names[0]
    half = len(names) // 2
    return Fault(FIRST_THEN, {"first": in_turn(names[:half]), "then": in_turn(names[half:])})
