"""What a rule says beside what is reckoned with, as its page shows it: order, channels, and its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.approving import said_approval
from keepwell.areas.incidents.models.rule_words import asked_in_words, terms_in_words
from keepwell.areas.incidents.models.sentences import read_here, words
from keepwell.kernel.clocks.rules import Rule
from keepwell.kernel.clocks.sentences import nothing_before, waits_for

CHANNELS = {"portal": _("Portal of the recipient"), "mail": _("Mail"), "phone": _("Phone"), "fax": _("Fax"),
            "hand": _("By hand"), "post": _("Post")}  # fmt: skip
WORDS_OF_RULES = {
    "action": _("What is to be done"), "repeat": _("Again"), "followup": _("What follows"),
    "extendable": _("Can be extended"), "fallback": _("If the channel is blocked"), "rule_before": _("What comes first"),
    "rule": _("What else it asks"), "status": _("Standing of the law"), "penalty": _("Penalty"),
    "record_retention": _("Records are kept for"), "verified_text": _("How it was verified"), "note": _("Note"),
}  # fmt: skip
"""What a rule says beside what is reckoned with, by its name in the file."""


@dataclass(frozen=True)
class OfRule:
    """What `rule` says, in the reader's language where it is ours; `every` are all rules of today."""

    rule: Rule
    every: Mapping[str, Rule]

    @property
    def here(self) -> Rule:
        """Its texts as the reader reads them."""
        return read_here(self.rule)

    @property
    def order(self) -> list[str]:
        """To whom nothing may be told before its notice is submitted, and which rules come before it, in sentences."""
        spoken = words()
        closes = [nothing_before(one, spoken) for one in self.rule.before]
        return closes + [
            waits_for(first.id, one, spoken) for first in self.every.values() for one in first.bans(self.rule)
        ]

    @property
    def triggered(self) -> str:
        """What triggers it, in one line."""
        return asked_in_words(self.rule)

    @property
    def terms(self) -> list[str]:
        """Each of its stages with its term and its start."""
        return terms_in_words(self.rule)

    @property
    def channels(self) -> list[str]:
        """By which way its notice goes, and by which others where that one is blocked, in sentences."""
        way = self.rule.way
        told = (
            [gettext("It goes by this way: %(way)s.") % {"way": CHANNELS[way.channel]}] if way.channel else []
        )
        if way.others:
            others = gettext(", ").join(str(CHANNELS[one]) for one in way.others)
            told.append(
                gettext("Where that is blocked, by another, with the reason: %(ways)s.") % {"ways": others}
            )
        if way.is_supplemented:
            told.append(gettext("It is then supplemented through the first one."))
        return told

    @property
    def approves(self) -> str:
        """Whom it names to approve its notices; "" if it names nobody."""
        return said_approval(self.rule.approval)

    @property
    def more(self) -> list[tuple[str, str]]:
        """Its further words, each under its name."""
        rule = self.here
        told = [*rule.words, *([("note", rule.note)] if rule.note else [])]
        return [(str(WORDS_OF_RULES[name]), text) for name, text in told]
