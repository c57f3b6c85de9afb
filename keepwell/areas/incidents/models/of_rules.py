"""What a shipped rule says beside what is reckoned with, as its page shows it: order, channels, and its own words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.library import clock_rules
from keepwell.areas.incidents.models.sentences import words
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
"""What a shipped rule says beside what is reckoned with, by its name in the file."""


@dataclass(frozen=True)
class OfRule:
    """What `rule` says, in the reader's language where it is ours."""

    rule: Rule

    @property
    def order(self) -> list[str]:
        """To whom nothing may be told before its notice is submitted, and which rules come before it, in sentences."""
        every, spoken = clock_rules().values(), words()
        closes = [nothing_before(one, spoken) for one in self.rule.before]
        return closes + [waits_for(first.id, one, spoken) for first in every for one in first.bans(self.rule)]

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
    def more(self) -> list[tuple[str, str]]:
        """Its further words, each under its name."""
        told = [*self.rule.words, *([("note", self.rule.note)] if self.rule.note else [])]
        return [(str(WORDS_OF_RULES[name]), text) for name, text in told]
