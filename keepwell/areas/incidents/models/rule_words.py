"""What a rule of notification asks, in the reader's language: whom it binds, what triggers it, by when what is due."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.sentences import words
from keepwell.areas.organization.models import LegalStanding
from keepwell.kernel.clocks.events import KINDS
from keepwell.kernel.clocks.factors import FACTORS, Condition
from keepwell.kernel.clocks.rules import ALWAYS, Rule, Stage
from keepwell.kernel.clocks.spans import Span

LEVELS = {"level": _("the group’s level"), "national_level": _("the level by Taiwan’s scale")}
SIGNS = {"=": "=", ">=": "≥", ">": ">", "<=": "≤", "<": "<"}
TERMS = {
    "minutes": _("%(n)s minutes"), "hours": _("%(n)s hours"), "days": _("%(n)s days"), "months": _("%(n)s months"),
    "business_days": _("%(n)s business days"), "end_of_day": _("the end of the day"),
    "before_opening": _("%(n)s hours before the market opens"),
    "before_next_business_day": _("the beginning of the next business day"),
}  # fmt: skip


def asked_in_words(rule: Rule) -> str:
    """What triggers it, in one line."""
    found = [_condition(one) for one in rule.trigger.conditions]
    if not found:
        return gettext("every incident")
    joint = gettext(" or ") if rule.trigger.any_will_do else gettext(" and ")
    return joint.join(found)


def _condition(one: Condition) -> str:
    spoken = words()
    if one.event:
        return spoken.say(KINDS[one.event])
    kind, asks = FACTORS[one.factor]
    told = str(LEVELS[one.factor]) if one.factor in LEVELS else spoken.say(asks)
    if kind is bool:
        return told if one.value else gettext("not: %(fact)s") % {"fact": told}
    return f"{told} {SIGNS[one.comparison]} {one.value:,}"


def bound_in_words(rule: Rule) -> str:
    """Whom it binds, in one line."""
    labels = dict(LegalStanding.Attribute.choices)
    unit_itself = gettext("the unit at which the incident lies")
    who = unit_itself if rule.binds == ALWAYS else str(labels.get(rule.binds, rule.binds))
    if not rule.countries:
        return who
    return gettext("%(who)s; in %(countries)s") % {"who": who, "countries": ", ".join(sorted(rule.countries))}


def terms_in_words(rule: Rule) -> list[str]:
    """Each of its stages with its term and its start, in lines."""
    return [_stage(stage) for stage in rule.stages]


def _stage(stage: Stage) -> str:
    by = gettext(", ").join(dict.fromkeys(_terms(stage)))
    spoken = words()
    facts = {"stage": spoken.told(stage.name), "term": by, "event": spoken.say(KINDS[stage.start.event])}
    if stage.deadline is None and not stage.by_level:
        return gettext("%(stage)s: our own deadline of %(term)s, from when %(event)s") % facts
    return gettext("%(stage)s: %(term)s, from when %(event)s") % facts


def _terms(stage: Stage) -> Iterator[str]:
    for level, term in stage.by_level:
        yield gettext("level %(level)s: %(term)s") % {"level": level, "term": span_in_words(term)}
    for plain in (stage.deadline, stage.internal):
        if plain:
            yield span_in_words(plain)
    for other in stage.instead:
        yield gettext("%(term)s if %(condition)s") % {
            "term": span_in_words(other.deadline), "condition": _condition(other.condition)
        }  # fmt: skip


def span_in_words(term: Span) -> str:
    """A term, as 24 hours."""
    return str(TERMS[term.unit]) % {"n": term.n}
