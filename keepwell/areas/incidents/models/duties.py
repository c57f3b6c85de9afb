"""What decides on notices beside the incident itself: the rules in force, closures of calendars, events and facts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.of_rules import OfRule
from keepwell.areas.incidents.models.own_rules import OwnRule, RuleNamed, rule_choices, rules_now, worded
from keepwell.areas.incidents.models.sentences import read_here, regime_of, said
from keepwell.areas.incidents.models.turns import PUBLIC, firsts_before_public, refused_public
from keepwell.areas.organization.models import BusinessCalendar, known_calendar
from keepwell.kernel import moments
from keepwell.kernel.clocks.calendars import (
    LONGEST_CLOSURE,
    Calendar,
    kept,
    shut_after,
    weekdays_only,
)
from keepwell.kernel.clocks.events import AWARENESS, KINDS
from keepwell.kernel.clocks.factors import DERIVED, FACTORS, RANGES, Value
from keepwell.kernel.clocks.rules import Rule
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.people.roles import Level
from keepwell.platform.records.choices import when_shown
from keepwell.platform.records.models import Record
from keepwell.platform.tree.models import Ancestry, Unit

TOLD_ELSEWHERE = {"submission", "level_change", "materiality_determination"}
"""Kinds of events that follow from a notice, a classification, or a decision."""
OF_ONE_UNIT = gettext_noop("a unit became aware at a moment of its own")
"""An awareness that somebody records; that of the incident stands at the incident."""
LONGEST_TERM = 87_600  # hours: ten years, as a rule's own term at most


def event_choices() -> list[tuple[str, str | Promise]]:
    """The kinds of events that somebody records."""
    kinds = KINDS | {AWARENESS: OF_ONE_UNIT}
    return [(kind, when_shown(said, words)) for kind, words in kinds.items() if kind not in TOLD_ELSEWHERE]  # fmt: skip


def factor_choices() -> list[tuple[str, str | Promise]]:
    """The facts that decide on notices; levels come from the classification, some follow from the rules."""
    asked = (
        (name, asks) for name, (_kind, asks) in FACTORS.items() if name not in RANGES and name not in DERIVED
    )
    return [(name, when_shown(said, asks)) for name, asks in asked]


@personal(by=("confirmed_by",), says=("basis", "off_reason"))
class RuleInForce(Record):
    """Whether a rule of notification is on here: since when, until when, and on whose word.

    The text of a shipped rule stays in the shipped file; `rule` is its id there. `own` is the group's own text that
    holds instead. A rule that is switched on again, or gets another text, has a further row, with the next `turn`.
    """

    key_fields = ("rule", "turn")
    holds_below = True

    rule = models.CharField(_("rule"), max_length=60)
    turn = models.PositiveSmallIntegerField(_("turn"), default=1)
    own_text = models.ForeignKey(
        OwnRule, models.PROTECT, null=True, blank=True, related_name="turns", verbose_name=_("own text"),
        editable=False, help_text=_("Empty: the text that comes with Keepwell."),
    )  # fmt: skip
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="rules_in_force", verbose_name=_("unit"))
    is_confirmed = models.BooleanField(_("confirmed"), default=False)
    confirmed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_on = models.DateField(_("confirmed on"), null=True, blank=True)
    basis = models.CharField(_("confirmed on what"), max_length=500, blank=True)
    since = models.DateField(
        _("holds from"), null=True, blank=True,
        help_text=_("For incidents that became known from that day on; empty: for all."),
    )  # fmt: skip
    until = models.DateField(
        _("holds until"), null=True, blank=True, help_text=_("The last day; empty means still.")
    )  # fmt: skip
    off_reason = models.CharField(_("why it is off"), max_length=300, blank=True)
    own_hours = models.PositiveIntegerField(
        _("own deadline, hours"), null=True, blank=True,
        help_text=_("Our own where the regime sets no fixed end; empty: as shipped."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("rule in force")
        verbose_name_plural = _("rules in force")
        constraints = [
            models.UniqueConstraint(fields=["rule", "turn"], name="rule_in_force_once",
                violation_error_message=_("Somebody else switched this rule at this moment; look again.")),
            models.CheckConstraint(
                condition=Q(is_confirmed=False) | ~Q(basis=""), name="rule_in_force_confirmed_on_something",
                violation_error_message=_("Say on what the rule was confirmed."),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | ~Q(off_reason=""), name="rule_in_force_off_for_a_reason",
                violation_error_message=_("Say why the rule is switched off."),
            ),
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gte=F("since") ),
                name="rule_in_force_ends_after_start",
                violation_error_message=_("A rule cannot end before it begins."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.rule

    @property
    def wording(self) -> Rule | None:
        """The rule as it is shipped, or in the group's own text; None where a later version ships it no more."""
        return worded(self.rule, self.own_text_id)

    @property
    @labelled(_("regime"))
    def regime(self) -> str:
        """Where it is written, in the regime's words."""
        return regime_of(self.wording) if self.wording else ""

    @property
    @labelled(_("jurisdiction"))
    def jurisdiction(self) -> str:
        """Whose law it is, as TW."""
        return self.wording.jurisdiction if self.wording else ""

    @property
    @labelled(_("who must be told"))
    def recipient(self) -> str:
        """Who is told, in the regime's words."""
        return read_here(self.wording).recipient if self.wording else ""

    @property
    def told(self) -> OfRule | None:
        """What the rule says beside what is reckoned with; None where a later version ships it no more."""
        return OfRule(self.wording, rules_now()) if self.wording else None

    @property
    def is_on(self) -> bool:
        """Whether it holds until further notice."""
        return self.is_confirmed and self.until is None and self.retired_at is None

    @property
    def has_own_end(self) -> bool:
        """Whether a stage of it ends by our own deadline."""
        return self.wording is not None and any(stage.internal for stage in self.wording.stages)

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """On, off, or off until somebody confirms it."""
        if not self.is_confirmed:
            return Standing(gettext("Off until confirmed"), "circle-dashed", "warn")
        if self.until is not None:
            return Standing(gettext("Off"), "ban", "mute")
        return Standing(gettext("On"), "check", "good")


class CalendarDay(Record):
    """A day on which an exchange or an office is closed, or open, otherwise than its calendar says: a typhoon day.

    It holds for the clocks of its unit and of all units under it.
    """

    class Kind(models.TextChoices):
        CLOSED = "closed", pgettext_lazy("calendar", "Closed")
        OPENED = "opened", _("Open all the same")

    written_at: ClassVar[Level] = Level.DECIDE
    key_fields = ("calendar", "day", "unit__code")
    holds_below = True

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="calendar_days", verbose_name=_("unit"),
        help_text=_("It holds for the clocks of this unit and of all under it."),
    )  # fmt: skip
    calendar = models.CharField(
        _("calendar"), max_length=20, validators=[known_calendar],
        help_text=_("An exchange as TWSE, a country as DE, a part of it as DE-BY, or the code of a business calendar."),
    )  # fmt: skip
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.CLOSED)
    reason = models.CharField(
        _("reason"), max_length=200, help_text=_("As typhoon day; it stands in the sentence of the clock.")
    )  # fmt: skip

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "day", "unit"], name="calendar_day_once",
                violation_error_message=_("This day of that calendar is there already for the unit."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.calendar}, {self.day}"

    def _own(self) -> BusinessCalendar | None:
        """The calendar of one's own that it names, where both can hold for one clock: above the day's unit or under it."""
        now = Ancestry.objects.filter(until__isnull=True)
        above, under = now.filter(descendant=self.unit_id), now.filter(ancestor=self.unit_id)
        reached = Q(unit__in=above.values("ancestor")) | Q(unit__in=under.values("descendant"))
        return BusinessCalendar.objects.current().filter(reached, code=self.calendar).first()

    @property
    def follows(self) -> str:
        """What follows where its calendar has no business day left for longer than any closure lasts; "" else."""
        if self.kind != self.Kind.CLOSED or self.retired_at is not None:
            return ""
        above = Ancestry.objects.filter(descendant=self.unit_id, until__isnull=True).values("ancestor")
        own = self._own()
        base = own.reckoned() if own else kept(self.calendar) or weekdays_only(self.calendar, "")
        days = CalendarDay.objects.current().filter(calendar=self.calendar, unit__in=above)
        before = (self.day - timedelta(days=n) for n in range(LONGEST_CLOSURE, 0, -1))
        last = shut_after(altered(base, list(days)), before)
        if last is None:
            return ""
        return gettext(
            "%(calendar)s now has no business day within %(most)s days after %(day)s: clocks that count by it cannot be "
            "reckoned and stand with an end of our own, weekends alone left out, until days are taken back or opened."
        ) % {"calendar": self.calendar, "most": LONGEST_CLOSURE, "day": last.isoformat()}


def altered(base: Calendar, days: Collection[CalendarDay]) -> Calendar:
    """The calendar `base` with `days` closed and opened over it."""
    closed = {day.day: day.reason for day in days if day.kind == CalendarDay.Kind.CLOSED}
    opened = {day.day for day in days if day.kind == CalendarDay.Kind.OPENED} - closed.keys()
    return replace(base, closed={**base.closed, **closed}, opened=(base.opened | opened) - closed.keys())


@personal(says=("note",))
class IncidentEvent(Record):
    """Something that happened in an incident from which a clock may run: a report of the media, a ransom paid.

    An awareness names its `aware_unit`, for which it counts instead of the incident's; other events hold for all (None).
    """

    unit_field: ClassVar[str] = "incident__unit"
    key_fields = ("incident__number", "kind", "at")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="events", verbose_name=_("incident"))
    kind = models.CharField(_("what happened"), max_length=40, choices=event_choices)
    at = models.DateTimeField(_("at"), help_text=_("As 2025-11-14T02:10+08:00."))
    aware_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit that became aware"),
        help_text=_("Only for a unit that became aware at a moment of its own: a site, or a legal entity above it."),
    )  # fmt: skip
    note = models.CharField(_("note"), max_length=500, blank=True)
    rule = RuleNamed(
        _("rule"), max_length=60, blank=True, choices=rule_choices,
        help_text=_("Only for a later day that a recipient agreed to: of which rule."),
    )  # fmt: skip
    until = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Only for a later day that a recipient agreed to.")
    )

    class Meta:
        verbose_name = _("incident event")
        verbose_name_plural = _("incident events")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "kind", "at"], condition=Q(aware_unit__isnull=True), name="incident_event_once",
                violation_error_message=_("This event is recorded already."),
            ),
            models.UniqueConstraint(
                fields=["incident", "kind", "at", "aware_unit"], condition=Q(aware_unit__isnull=False),
                name="incident_event_of_unit_once", violation_error_message=_("This event is recorded already."),
            ),
            models.CheckConstraint(
                condition=Q(kind="awareness", aware_unit__isnull=False) | ~Q(kind="awareness") & Q(aware_unit__isnull=True),
                name="incident_event_awareness_is_of_unit",
                violation_error_message=_("An awareness names its unit, and nothing else that happened does."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.incident}, {self.get_kind_display()}"

    @property
    def out_of_turn(self) -> list[Any]:
        """The clocks that had to be told before it, where it was said in public before them; none else. One query."""
        is_public = self.kind in PUBLIC and self.at and self.incident_id
        return firsts_before_public(self.incident, self.at) if is_public else []

    def clean(self) -> None:
        """It has happened; an extension names its rule and its end; what was public too early says why."""
        if self.at and self.at > moments.now():
            raise ValidationError({"at": _("That moment lies ahead.")})
        self._clean_unit()
        if self.kind == "extension" and not self.rule:
            raise ValidationError({"rule": _("Choose the rule whose recipient agreed to a later day.")})
        if self.kind == "extension" and not self.until:
            raise ValidationError({"until": _("Say until when the recipient agreed.")})
        if self._state.adding and not self.note.strip() and (firsts := self.out_of_turn):
            raise ValidationError({"note": refused_public(firsts)})

    def _clean_unit(self) -> None:
        """An awareness names a unit that the incident touches, or one above it; nothing else names one."""
        if self.kind != AWARENESS:
            if self.aware_unit_id:
                raise ValidationError(
                    {"aware_unit": _("Only an awareness is of a unit of its own; leave it empty.")}
                )
            return
        if not self.aware_unit_id:
            said = _(
                "Name the unit that became aware; since when all knew stands at the incident, as “site aware”."
            )
            raise ValidationError({"aware_unit": said})
        if not self.incident_id:
            return
        touched = [self.incident.unit_id, *self.incident.affected_units.values_list("pk", flat=True)]
        above = Ancestry.objects.filter(
            until__isnull=True, descendant__in=touched, ancestor=self.aware_unit_id
        )
        if not above.exists():
            raise ValidationError(
                {"aware_unit": _("The incident touches neither that unit nor one below it.")}
            )


@personal(says=("note",))
class NoticeFact(Record):
    """What is known of an incident that no classification asks, and that decides whether a rule asks for a notice."""

    unit_field: ClassVar[str] = "incident__unit"
    key_fields = ("incident__number", "factor")

    incident = models.ForeignKey(
        Incident, models.PROTECT, related_name="notice_facts", verbose_name=_("incident")
    )
    factor = models.CharField(_("fact"), max_length=40, choices=factor_choices)
    holds = models.BooleanField(
        _("holds"), null=True, blank=True, help_text=_("Where it is asked whether something is so.")
    )
    amount = models.DecimalField(
        _("number"), max_digits=17, decimal_places=2, null=True, blank=True,
        help_text=_("Where it is asked how many or how much."),
    )  # fmt: skip
    note = models.CharField(_("how it is known"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("fact for notices")
        verbose_name_plural = _("facts for notices")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "factor"], name="notice_fact_once",
                violation_error_message=_("This fact is answered already; change its answer."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.incident}, {self.factor}"

    @property
    def is_yes_or_no(self) -> bool:
        """Whether it is asked whether something is so, and not how many or how much."""
        return FACTORS[self.factor][0] is bool

    @property
    def value(self) -> Value:
        """The answer as the clocks reckon with it."""
        if self.is_yes_or_no:
            return bool(self.holds)
        amount = self.amount or Decimal(0)
        return int(amount) if amount == int(amount) else float(amount)

    @property
    @labelled(pgettext_lazy("incidents", "answer"))
    def answer(self) -> str:
        """The answer in words."""
        if not self.is_yes_or_no:
            return f"{self.value:,}"
        return gettext("Yes") if self.holds else gettext("No")

    def clean(self) -> None:
        """An answer to what is asked, and to nothing else."""
        if self.factor not in FACTORS:
            return
        if self.is_yes_or_no and (self.holds is None or self.amount is not None):
            raise ValidationError({"holds": _("Answer yes or no, without a number.")})
        if not self.is_yes_or_no and (self.amount is None or self.amount < 0 or self.holds is not None):
            raise ValidationError({"amount": _("Answer with a number, 0 or more.")})
