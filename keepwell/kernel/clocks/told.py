"""What an own rule asks, in sentences, for whoever checks a file before anybody brings it in."""

from __future__ import annotations

from collections.abc import Iterator

from keepwell.kernel.clocks.events import KINDS
from keepwell.kernel.clocks.factors import FACTORS, Condition
from keepwell.kernel.clocks.languages import within
from keepwell.kernel.clocks.rules import ALWAYS, Rule, Stage
from keepwell.kernel.clocks.sentences import ENGLISH, Words, nothing_before
from keepwell.kernel.clocks.spans import Span

IS_OWN = "%(rule)s (%(regime)s) is a rule of your own."
REPLACES = "%(rule)s (%(regime)s) takes the place of the shipped text."
BINDS_UNIT = "It binds the unit at which the incident lies."
BINDS_UNIT_IN = "It binds the unit at which the incident lies in %(countries)s."
BINDS = "It binds units with the attribute %(attribute)s."
BINDS_IN = "It binds units with the attribute %(attribute)s in %(countries)s."
TRIGGERED = "It is triggered if %(conditions)s."
BY_EVERY = "Every incident triggers it."
STAGE = "%(stage)s: %(recipient)s is told %(terms)s, from when %(event)s."
AND, OR, THEN = " and ", " or ", ", "
NOT_SO = "not so: %(fact)s"
IS_SO_MUCH = "%(fact)s, is %(comparison)s %(value)s"
AT_LEVEL = "%(term)s at level %(level)s"
ALSO_IN = "Its texts are there in further languages: %(languages)s."
IF = "%(term)s if %(condition)s"
TERMS = {
    "minutes": "within %(n)s minutes", "hours": "within %(n)s hours", "days": "within %(n)s days",
    "months": "within %(n)s months", "business_days": "within %(n)s business days",
    "end_of_day": "by the end of the day", "before_next_business_day": "before the next business day begins",
    "before_opening": "%(n)s hours before the market opens",
}  # fmt: skip
SENTENCES = (
    IS_OWN, REPLACES, BINDS_UNIT, BINDS_UNIT_IN, BINDS, BINDS_IN, TRIGGERED, BY_EVERY, STAGE, AND, OR, THEN, NOT_SO,
    IS_SO_MUCH, AT_LEVEL, IF, ALSO_IN, *TERMS.values(),
)  # fmt: skip
"""Every sentence, and every part of one."""


def asks(rule: Rule, *, replaces: bool, words: Words = ENGLISH) -> str:
    """The rule in sentences: whether it is new, whom it binds, what triggers it, and by when what is due."""
    return words.joined.join(_sentences(rule, words, replaces=replaces))


def _sentences(rule: Rule, words: Words, *, replaces: bool) -> Iterator[str]:
    say, rule = words.say, within(rule, words.language)
    yield say(REPLACES if replaces else IS_OWN) % {"rule": rule.id, "regime": rule.regime}
    yield _bound(rule, words)
    conditions = [_condition(one, words) for one in rule.trigger.conditions]
    joint = say(OR if rule.trigger.any_will_do else AND)
    yield say(TRIGGERED) % {"conditions": joint.join(conditions)} if conditions else say(BY_EVERY)
    for stage in rule.stages:
        yield say(STAGE) % {
            "stage": stage.name, "recipient": rule.recipient, "terms": _terms(stage, words),
            "event": say(KINDS[stage.start.event]),
        }  # fmt: skip
    yield from (nothing_before(one, words) for one in rule.before)
    if rule.languages:
        yield say(ALSO_IN) % {"languages": ", ".join(rule.languages)}


def _bound(rule: Rule, words: Words) -> str:
    plain, within = (BINDS_UNIT, BINDS_UNIT_IN) if rule.binds == ALWAYS else (BINDS, BINDS_IN)
    facts = {"attribute": rule.binds, "countries": ", ".join(sorted(rule.countries))}
    return words.say(within if rule.countries else plain) % facts


def _condition(one: Condition, words: Words) -> str:
    if one.event:
        return words.say(KINDS[one.event])
    kind, told = FACTORS[one.factor]
    fact = words.say(told)
    if kind is bool:
        return fact if one.value else words.say(NOT_SO) % {"fact": fact}
    return words.say(IS_SO_MUCH) % {"fact": fact, "comparison": one.comparison, "value": f"{one.value:,}"}


def _terms(stage: Stage, words: Words) -> str:
    plain = [_span(span, words) for span in (stage.deadline, stage.internal) if span]
    levels = [
        words.say(AT_LEVEL) % {"term": _span(span, words), "level": level} for level, span in stage.by_level
    ]
    others = [
        words.say(IF) % {"term": _span(one.deadline, words), "condition": _condition(one.condition, words)}
        for one in stage.instead
    ]
    return words.say(THEN).join(dict.fromkeys([*levels, *plain, *others]))


def _span(span: Span, words: Words) -> str:
    return words.say(TERMS[span.unit]) % {"n": span.n}
