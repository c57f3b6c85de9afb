"""Rules of notification that the group wrote itself, and every rule as it stands today: shipped, or in its own text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.approving import said_approval
from keepwell.areas.incidents.models.library import clock_rules
from keepwell.areas.incidents.models.rule_words import asked_in_words, bound_in_words, terms_in_words
from keepwell.areas.incidents.models.sentences import read_here, said, words
from keepwell.areas.organization.models import LegalStanding
from keepwell.kernel import moments
from keepwell.kernel.clocks import trial
from keepwell.kernel.clocks.own import numbered
from keepwell.kernel.clocks.rules import ALWAYS, Rule, rule_of
from keepwell.kernel.clocks.written import put
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.permissions import asked_once
from keepwell.platform.people.personal import personal
from keepwell.platform.records.choices import GrowingChoice, when_shown
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit

MOST_AGAINST = 10
EARLIEST_ZONE = "Pacific/Kiritimati"  # where every day begins first
_READ: dict[UUID, Rule] = {}
"""Own texts that this process has read. A text never changes, so what was read once stays right."""


class OwnRuleQuerySet(RecordQuerySet):
    def in_force(self) -> OwnRuleQuerySet:
        """The texts that hold on the newest day that has begun anywhere; of one rule there is one at most."""
        day = newest_day()
        since = Q(turns__since__isnull=True) | Q(turns__since__lte=day)
        until = Q(turns__until__isnull=True) | Q(turns__until__gte=day)
        return self.filter(since, until, turns__is_confirmed=True, turns__retired_at__isnull=True)


def newest_day() -> date:
    """The newest day that has begun anywhere."""
    return moments.today(EARLIEST_ZONE)


OwnRuleRows = models.Manager.from_queryset(OwnRuleQuerySet)


@personal(says=("note",))
class OwnRule(Record):
    """One edition of a rule of notification in the group's own words: a rule of its own, or a newer text of a shipped one.

    `text` has the form of an entry of the shipped file and is never changed: a change is a further edition. From when
    an edition holds, until when and on whose word, is kept where the rules in force are.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        CONFIRMED = "confirmed", _("Confirmed")
        REPLACED = "replaced", _("Replaced")

    key_fields = ("rule", "edition")
    holds_below = True

    rule = models.CharField(_("rule"), max_length=60, editable=False)
    edition = models.PositiveSmallIntegerField(_("edition"), default=1, editable=False)
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="own_rules", verbose_name=_("unit"),
        help_text=_("It binds this unit and all under it."),
    )  # fmt: skip
    text = models.JSONField(_("text"), default=dict, editable=False)
    note = models.CharField(_("note"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT, editable=False)

    objects: ClassVar[OwnRuleRows] = OwnRuleRows()

    class Meta:
        verbose_name = _("own rule")
        verbose_name_plural = _("own rules")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "edition"], name="own_rule_edition_once",
                violation_error_message=_("Somebody else brought in this edition at this moment; look again."),
            ),
            models.UniqueConstraint(
                fields=["rule"], condition=Q(state="draft", retired_at__isnull=True), name="own_rule_one_draft",
                violation_error_message=_("There is a draft of this rule already: confirm or discard it first."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return gettext("%(rule)s, edition %(edition)s") % {"rule": self.rule, "edition": self.edition}

    @property
    def wording(self) -> Rule:
        """The rule as the clocks reckon by it."""
        return rule_of(numbered(self.text, self.edition), 1)

    @property
    @labelled(_("regime"))
    def regime(self) -> str:
        """Where it is written."""
        return read_here(self.wording).regime

    @property
    @labelled(_("jurisdiction"))
    def jurisdiction(self) -> str:
        """Whose law it is, as TW; group for a rule of our own."""
        return self.wording.jurisdiction

    @property
    @labelled(_("who must be told"))
    def recipient(self) -> str:
        """Who is told."""
        return read_here(self.wording).recipient

    @property
    @labelled(_("source"))
    def source(self) -> str:
        """From where the text was taken."""
        return read_here(self.wording).source

    @property
    def replaces_shipped(self) -> bool:
        """Whether it is a newer text of a rule that comes with Keepwell."""
        return self.rule in clock_rules()

    @property
    def written(self) -> str:
        """Its text as a file holds it."""
        return put([numbered(self.text, self.edition)])

    @property
    def asks(self) -> Asks:
        """What it asks, whom it binds today, and what contradicts it."""
        rule = self.wording
        return Asks(rule, self.unit, contradictions({rule.id: rule}).get(rule.id, []))

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """Draft, confirmed, replaced or discarded."""
        if self.retired_at is not None:
            return Standing(gettext("Discarded"), "ban", "mute")
        icon, tint = {"draft": ("circle-dashed", "warn"), "confirmed": ("check", "good"),
                      "replaced": ("arrow-right", "mute")}[self.state]  # fmt: skip
        return Standing(str(self.State(self.state).label), icon, tint)


def own_wording(pk: UUID) -> Rule:
    """The own text `pk` as the clocks reckon by it; a query only for what this process has not read yet."""
    if pk not in _READ:
        _READ.update({one.pk: one.wording for one in OwnRule.objects.only("rule", "edition", "text")})
    return _READ[pk]


def worded(rule: str, own: UUID | None) -> Rule | None:
    """The rule called `rule` in the own text `own`, or as it is shipped; None where a later version ships it no more."""
    return own_wording(own) if own else clock_rules().get(rule)


def rules_now() -> dict[str, Rule]:
    """Every rule by id as it stands today: the shipped ones, and over or beside them the group's own that are in force.

    One query, and inside a page one for all who ask.
    """
    keys = asked_once(
        "own rules in force", lambda: list(OwnRule.objects.in_force().values_list("pk", flat=True))
    )
    own = {rule.id: rule for rule in map(own_wording, keys)}
    return {**clock_rules(), **own}


@dataclass(frozen=True)
class Asks:
    """What `rule`, brought in at `unit`, asks there, in the reader's language; `against` are its contradictions."""

    rule: Rule
    unit: Unit
    against: list[str]

    @property
    def here(self) -> Rule:
        """Its texts as the reader reads them."""
        return read_here(self.rule)

    @property
    def triggered(self) -> str:
        """What triggers it."""
        return asked_in_words(self.rule)

    @property
    def terms(self) -> list[str]:
        """By when what is due."""
        return terms_in_words(self.rule)

    @property
    def bound(self) -> str:
        """Whom it binds."""
        return bound_in_words(self.rule)

    @property
    def approves(self) -> str:
        """Whom it names to approve its notices; "" if it names nobody."""
        return said_approval(self.rule.approval)

    @property
    def units(self) -> list[Unit]:
        """The group, companies and sites at `unit` and below that it binds today, by name; departments go with them."""
        day = moments.today(self.unit.time_zone)
        found = Unit.objects.below(self.unit).active(day).exclude(kind=Unit.Kind.UNIT)
        if self.rule.binds != ALWAYS:
            standing = LegalStanding.objects.holding(day).filter(attribute=self.rule.binds)
            found = found.filter(pk__in=standing.values("unit"))
        if self.rule.countries:
            found = found.filter(country__in=sorted(self.rule.countries))
        return list(found.order_by("name", "pk"))


def contradictions(fresh: Mapping[str, Rule]) -> dict[str, list[str]]:
    """By rule, in sentences: which of `fresh` must be told before or after another rule that ends at the wrong time."""
    at, on = moments.now(), _switched_on()
    every = {**{name: rule for name, rule in rules_now().items() if name in on}, **fresh}
    found: dict[str, set[str]] = {}
    for turn in trial.contradicting(list(fresh), every, at):
        for name in {turn.first.rule.id, turn.then.rule.id} & set(fresh):
            found.setdefault(name, set()).add(trial.told(turn, at, words()))
    return {name: sorted(told)[:MOST_AGAINST] for name, told in found.items()}


def _switched_on() -> set[str]:
    """The rules that hold today; a shipped one that nobody entered yet holds if it was verified."""
    turns: Any = OwnRule._meta.get_field("turns").related_model  # declared above this, for it points here
    rows = turns.objects.current().values_list("rule", "is_confirmed", "until")
    day, entered = newest_day(), {rule for rule, _is_confirmed, _until in rows}
    on = {rule for rule, is_confirmed, until in rows if is_confirmed and (until is None or day <= until)}
    return on | {rule.id for rule in clock_rules().values() if rule.is_verified and rule.id not in entered}


def stage_here(rule: str, stage: str) -> str:
    """A stage of a rule as it stands today, in the reader's language."""
    found = rules_now().get(rule)
    return said(next((one.name for one in found.stages if one.name == stage), stage) if found else stage)


def rule_choices() -> list[tuple[str, str]]:
    """The shipped rules as a field offers them."""
    return [(rule, rule) for rule in clock_rules()]


def stage_choices() -> list[tuple[str, str | Promise]]:
    """The stages of the shipped rules, each name once."""
    names = sorted({stage.name for rule in clock_rules().values() for stage in rule.stages})
    return [(name, when_shown(said, name)) for name in names]


class RuleNamed(GrowingChoice):
    """The id of a rule: a shipped one, or one of the group's own that is in force."""

    def added(self) -> Mapping[str, Any]:
        return {name: name for name in rules_now() if name not in clock_rules()}


class StageNamed(GrowingChoice):
    """The name of a stage of a rule."""

    def added(self) -> Mapping[str, Any]:
        return {stage.name: said(stage.name) for rule in rules_now().values() for stage in rule.stages}
