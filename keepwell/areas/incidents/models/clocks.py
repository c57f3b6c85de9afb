"""Clocks: by when whom must be told of an incident, as it was reckoned and as it stands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.approving import ApprovedByRule
from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.own_rules import OwnRule, rules_now, worded
from keepwell.areas.incidents.models.sentences import said, sentence, stage_of
from keepwell.areas.incidents.models.timeline import beat
from keepwell.areas.incidents.models.tongues import Named, read_under
from keepwell.areas.incidents.models.turns import Against, decided, turns_around, waiting
from keepwell.areas.organization.models import NoticeClause
from keepwell.kernel import moments
from keepwell.kernel.clocks.rules import Rule, Stage
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit

USUAL = (
    gettext_noop("what happened"),
    gettext_noop("when it happened and when it was known"),
    gettext_noop("what and whom it concerns"),
    gettext_noop("likely consequences"),
    gettext_noop("measures taken and planned"),
    gettext_noop("whom to ask"),
)
"""What a notice says where its regime names no contents."""
SHARE_LEFT, MOST_LEFT = 4, timedelta(hours=24)
"""A clock is at risk in the last quarter of its term, at most so long before its end."""


class ClockQuerySet(RecordQuerySet):
    def binding(self) -> ClockQuerySet:
        """Clocks of duties that still hold, whether they were met or not."""
        return self.current().exclude(state=Clock.State.LAPSED).filter(incident__retired_at__isnull=True)

    def counted(self) -> ClockQuerySet:
        """Clocks of duties that hold, or were met, late or missed before their incident was withdrawn: that stays so."""
        return self.current().exclude(state=Clock.State.LAPSED)

    def running(self) -> ClockQuerySet:
        """Clocks that run and of which nothing is done yet, in time or not."""
        return self.binding().filter(state=Clock.State.RUNNING)

    def missed(self, now: datetime) -> ClockQuerySet:
        """Clocks that ran out before `now` with nothing done."""
        return self.counted().filter(state=Clock.State.RUNNING, ends_at__lt=now)

    def done(self) -> ClockQuerySet:
        """Clocks whose duty was done, in time or late."""
        return self.binding().filter(state__in=(Clock.State.MET, Clock.State.LATE))


ClockRows = models.Manager.from_queryset(ClockQuerySet)


@personal(by=("owner", "reason_by"), says=("reason",))
class Clock(ApprovedByRule, Record):
    """One duty of one unit to tell somebody of an incident, under a rule and a stage, and under a clause where a
    contract words it.

    `reckoning` keeps what the sentence of the clock needs. That a clock was missed is never kept: it follows from
    `ends_at` and the moment at which one asks.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("incidents", "Waiting")
        RUNNING = "running", pgettext_lazy("incidents", "Running")
        MET = "met", _("Met")
        LATE = "late", _("Late")
        LAPSED = "lapsed", _("No longer binding")

    class Duty(models.TextChoices):
        HARD = "hard", _("Fixed by the regime")
        SOFT = "soft", _("Without a fixed end")
        INBOUND = "inbound", _("The authority’s own")
        CONTRACTUAL = "contractual", _("By contract")
        INTERNAL = "internal", _("Our own rule")

    unit_field: ClassVar[str] = "incident__unit"
    key_fields = ("incident__number", "rule", "stage", "unit__code", "clause_id", "occasion")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="clocks", verbose_name=_("incident"))
    rule = models.CharField(_("rule"), max_length=60, editable=False)
    own_text = models.ForeignKey(
        OwnRule, models.PROTECT, null=True, blank=True, related_name="clocks", verbose_name=_("own text"),
        editable=False,
    )  # fmt: skip
    stage = models.CharField(_("stage"), max_length=60, editable=False)
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="clocks", verbose_name=_("who must tell"), editable=False
    )
    clause = models.ForeignKey(
        NoticeClause, models.PROTECT, null=True, blank=True, related_name="clocks", verbose_name=_("clause"),
        editable=False,
    )  # fmt: skip
    occasion = models.CharField(
        _("occasion"), max_length=40, blank=True, editable=False,
        help_text=_("The moment of the event, of a stage that each such event starts anew."),
    )  # fmt: skip
    duty = models.CharField(_("kind of duty"), max_length=12, choices=Duty, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State, editable=False)
    zone = models.CharField(_("time zone"), max_length=40, editable=False)
    start_at = models.DateTimeField(_("runs from"), null=True, editable=False)
    due_at = models.DateTimeField(_("due"), null=True, editable=False)
    internal_due_at = models.DateTimeField(_("own deadline"), null=True, editable=False)
    ends_at = models.DateTimeField(pgettext_lazy("clock", "by"), null=True, editable=False)
    done_at = models.DateTimeField(_("done"), null=True, editable=False)
    reckoning = models.JSONField(_("reckoning"), default=dict, blank=True, editable=False)
    lapse = models.JSONField(_("why it no longer binds"), default=dict, blank=True, editable=False)
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="clocks_owned", verbose_name=_("owner"),
        editable=False,
    )  # fmt: skip
    reason = models.CharField(_("why late or missed"), max_length=500, blank=True, editable=False)
    reason_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reason given by"),
        editable=False,
    )  # fmt: skip

    objects: ClassVar[ClockRows] = ClockRows()

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "rule", "stage", "unit", "occasion"], condition=Q(clause__isnull=True),
                name="clock_of_rule_once", violation_error_message=_("This clock is there already."),
            ),
            models.UniqueConstraint(
                fields=["incident", "rule", "stage", "unit", "clause", "occasion"], condition=Q(clause__isnull=False),
                name="clock_of_clause_once", violation_error_message=_("This clock is there already."),
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(state="lapsed") | Q(start_at__isnull=False, ends_at__isnull=False),
                name="clock_runs_from_and_to", violation_error_message=_("A clock that runs has a start and an end."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("met", "late")) | Q(done_at__isnull=False), name="clock_done_has_moment",
                violation_error_message=_("A duty that was done has the moment at which it was."),
            ),
            models.CheckConstraint(
                condition=~Q(state="met") | Q(done_at__lte=F("ends_at")), name="clock_met_in_time",
                violation_error_message=_("A clock is met up to the last moment of its term."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["state", "ends_at", "id"], name="clock_by_end"),
        ]

    def __str__(self) -> str:
        return gettext("%(incident)s: %(what)s") % {"incident": self.incident, "what": self.whom}

    @property
    def wording(self) -> Rule | None:
        """The rule in the text by which the clock runs; None where a later version ships it no more."""
        return worded(self.rule, self.own_text_id)

    @property
    def stage_wording(self) -> Stage | None:
        """The stage in that text."""
        return next((s for s in self.wording.stages if s.name == self.stage), None) if self.wording else None

    @property
    @labelled(_("who must be told"))
    def whom(self) -> str:
        """Whom the duty asks to tell: the other side of a clause, else the recipient that the rule names."""
        if self.clause_id and self.clause:
            return self.clause.counterparty
        rule, stage = self.wording, self.stage_wording
        named = rule.recipient if rule else ""
        if not named and stage and stage.start.rule:
            named = rules_now()[stage.start.rule].recipient if stage.start.rule in rules_now() else ""
        return said(named) if named else (rule.regime if rule else self.rule)

    @property
    @labelled(_("stage"))
    def stage_here(self) -> str:
        """The stage in the reader's language."""
        return stage_of(self)

    @property
    def why(self) -> str:
        """Why it ends when it ends, or why it no longer binds, in the reader's language."""
        return sentence(self)

    @property
    def is_of_list(self) -> bool:
        """Whether it came with a list of what was told in the past, and was never reckoned here."""
        return bool(self.reckoning.get("from_list"))

    @property
    def takes_notices(self) -> bool:
        """Whether it is ours to tell; what an authority does for itself takes none, and what came from a list is over."""
        return self.duty != self.Duty.INBOUND and not self.is_of_list

    @property
    def asks(self) -> list[str]:
        """What a notice under it must say, in the reader's language."""
        return [said(name) for name in contents_of(self)]

    @property
    def read_in(self) -> Named | None:
        """The language in which its recipient reads; None where its rule does not tell."""
        return read_under(self.wording.jurisdiction, self.unit.country) if self.wording else None

    @property
    def waits(self) -> list[str]:
        """What must be told before it, in sentences; one query."""
        return waiting(turns_around(self))

    @property
    def against(self) -> list[Against]:
        """The terms that contradict its own; one query, and one for each of them."""
        return [Against(turn, decided(self)) for turn in turns_around(self) if turn.contradicts]

    def is_missed(self, now: datetime) -> bool:
        """Whether it ran out before `now` with nothing done."""
        return self.state == self.State.RUNNING and self.ends_at is not None and self.ends_at < now

    def is_at_risk(self, now: datetime) -> bool:
        """Whether less than a quarter of its term, and at most a day, is left at `now` and nothing is done."""
        if self.state != self.State.RUNNING or self.ends_at is None or self.start_at is None:
            return False
        left = self.ends_at - now
        return timedelta() <= left < min((self.ends_at - self.start_at) / SHARE_LEFT, MOST_LEFT)

    @property
    def state_now(self) -> str:
        """The state as of now, with "missed" for what ran out with nothing done."""
        return "missed" if self.is_missed(moments.now()) else str(self.state)

    @property
    def needs_reason(self) -> bool:
        """Whether somebody must say why it was late, or missed, and nobody did."""
        return not self.reason and (self.state == self.State.LATE or self.is_missed(moments.now()))

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """The state as a badge, as of now."""
        if self.is_missed(moments.now()):
            return Standing(gettext("Missed"), "alert-triangle", "bad")
        if self.is_at_risk(moments.now()) and self.duty != self.Duty.INBOUND:
            return Standing(gettext("At risk"), "clock", "bad")
        icon, tint = {"waiting": ("circle-dashed", "mute"), "running": ("clock", "warn"), "met": ("check", "good"),
                      "late": ("alert-triangle", "bad"), "lapsed": ("ban", "mute")}[self.state]  # fmt: skip
        return Standing(str(self.State(self.state).label), icon, tint)

    def settle_one(self, names: Collection[str]) -> None:
        """Every open room shows it; those reckoned in bulk are told of together."""
        beat(self.incident)


def contents_of(clock: Clock) -> tuple[str, ...]:
    """What a notice under `clock` must say, in English as the rule names it."""
    named = clock.wording.content if clock.wording else ()
    return named or USUAL
