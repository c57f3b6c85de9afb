"""What is to be done about an incident, by whom and by when; and the playbooks from which such tasks come."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.clocks import Clock
from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.library import kinds
from keepwell.areas.incidents.models.marks import MarkedQuerySet, OwnMark, narrow
from keepwell.areas.incidents.models.own_rules import (
    RuleNamed,
    StageNamed,
    rule_choices,
    rules_now,
    stage_choices,
)
from keepwell.areas.incidents.models.teams import teams_here
from keepwell.areas.incidents.models.timeline import beat
from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.people.roles import ROLES
from keepwell.platform.records.models import Record
from keepwell.platform.tree.models import Unit

CODE = RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("A code has small letters, digits and - only."))
MOST_MINUTES = 60 * 24 * 90
ASKED = ("site_officer", "group_ciso", "secretariat")
"""Roles that may work on incidents, and so may owe a task of one."""


class Phase(models.TextChoices):
    """In which phase of the response a task lies."""

    TRIAGE = "triage", _("Triage")
    CONTAIN = "contain", _("Containment")
    CLEAN = "clean", _("Cleaning")
    RECOVER = "recover", _("Recovery")


class After(models.TextChoices):
    """The event from which its time runs."""

    AWARENESS = "awareness", _("awareness")
    LEVEL = "level", _("its level was given")
    CONTAINMENT = "containment", _("containment")
    CLOCK_START = "clock_start", _("the start of a clock")
    CLOCK_END = "clock_end", _("the end of a clock: before it")


BY_CLOCK = (After.CLOCK_START, After.CLOCK_END)
"""What a task may run from that is no event of the incident, but a clock of it."""


def moment_by(clocks: Iterable[Clock], one: Any) -> datetime | None:  # Any: a task, or what a playbook asks
    """When `one`, which runs from a clock, is due by those of the `clocks` that are meant: by the first that still runs,
    else by the first that did; None where none began or binds."""
    meant = [clock for clock in clocks if is_meant(clock, one) and clock.start_at and clock.ends_at]
    running = [clock for clock in meant if clock.state == Clock.State.RUNNING] or meant
    if one.after == After.CLOCK_START:
        return min(
            (clock.start_at + timedelta(minutes=one.minutes) for clock in running if clock.start_at),
            default=None,
        )
    return min(
        (clock.ends_at - timedelta(minutes=one.minutes) for clock in running if clock.ends_at), default=None
    )


def is_meant(clock: Clock, one: Any) -> bool:
    """Whether `one` runs from this clock: of its rule, and of its stage if it names one."""
    return clock.rule == one.rule and one.stage in ("", clock.stage)


def doubt_of(clocks: Iterable[Clock], task: IncidentTask) -> str:
    """Why a task that is due by a clock has no moment; "" where it has one, or is due by none."""
    if task.after not in BY_CLOCK or task.due_at is not None or not task.is_open:
        return ""
    named = {"rule": task.rule, "incident": task.incident}
    if any(is_meant(clock, task) for clock in clocks):
        return gettext("The clock of %(rule)s has not begun; the task is due by it once it has.") % named
    return (
        gettext("No clock of %(rule)s binds %(incident)s, so the task has no moment by which it is due.")
        % named
    )


def role_choices() -> list[tuple[str, Any]]:
    """The roles that may owe a task."""
    return [(name, ROLES[name].title) for name in ASKED]


class Playbook(Record):
    """What the group, or one of its units, does about certain types of incidents; it holds below its unit."""

    key_fields = ("code",)
    holds_below = True

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[CODE])
    title = models.CharField(_("title"), max_length=120)
    title_zh = models.CharField(_("Chinese title"), max_length=120, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="playbooks", verbose_name=_("unit"))
    kinds = models.JSONField(
        _("types"), default=list, blank=True,
        help_text=_("One type of incident a line, as ransomware; none: for every type."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("playbook")
        verbose_name_plural = _("playbooks")

    def __str__(self) -> str:
        return self.title_here

    @property
    @labelled(_("title"))
    def title_here(self) -> str:
        """The title in the reader's language, else as it was written."""
        return (self.title_zh if get_language() == "zh-hant" else "") or self.title

    def clean(self) -> None:
        """Types that there are."""
        known = isinstance(self.kinds, list) and all(one in kinds() for one in self.kinds)
        if not known:
            raise ValidationError({"kinds": _("Write ids of types, as ransomware, one a line.")})


class PlaybookTask(Record):
    """One thing a playbook asks: in which phase, by whom, and how many minutes after which event."""

    unit_field: ClassVar[str] = "playbook__unit"
    key_fields = ("playbook__code", "title")
    holds_below = True

    playbook = models.ForeignKey(Playbook, models.PROTECT, related_name="tasks", verbose_name=_("playbook"))
    phase = models.CharField(_("phase"), max_length=7, choices=Phase, default=Phase.TRIAGE)
    title = models.CharField(_("what is to be done"), max_length=200)
    title_zh = models.CharField(_("what is to be done, in Chinese"), max_length=200, blank=True)
    after = models.CharField(_("time runs from"), max_length=11, choices=After, default=After.AWARENESS)
    minutes = models.PositiveIntegerField(
        _("minutes after it"), default=60, validators=[MaxValueValidator(MOST_MINUTES)],
        help_text=_("Of the end of a clock: minutes before it."),
    )  # fmt: skip
    rule = RuleNamed(
        _("clock of the rule"), max_length=60, blank=True, choices=rule_choices,
        help_text=_("Only where its time runs from a clock: of which rule."),
    )  # fmt: skip
    stage = StageNamed(
        _("stage"), max_length=60, blank=True, choices=stage_choices,
        help_text=_("Of several notices of the rule, which; empty: the first to end."),
    )  # fmt: skip
    role = models.CharField(
        _("role that owes it"), max_length=30, choices=role_choices, default="site_officer"
    )
    team = models.CharField(_("who has a hand in it"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("task of a playbook")
        verbose_name_plural = _("tasks of playbooks")
        constraints = [
            models.UniqueConstraint(
                fields=["playbook", "title"], name="playbook_task_once",
                violation_error_message=_("The playbook asks that already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """A clock is named where its time runs from one, and nowhere else; a stage is one of its rule."""
        if self.after in BY_CLOCK and not self.rule:
            raise ValidationError({"rule": _("Choose the rule from whose clock its time runs.")})
        if self.after not in BY_CLOCK and (self.rule or self.stage):
            raise ValidationError(
                {"after": _("A rule is named, so its time runs from the start or the end of a clock.")}
            )
        rule = rules_now().get(self.rule) if self.rule else None
        if self.stage and rule and self.stage not in {stage.name for stage in rule.stages}:
            known = ", ".join(stage.name for stage in rule.stages)
            told = gettext("%(rule)s has no stage “%(stage)s”; there are %(known)s.")
            raise ValidationError({"stage": told % {"rule": rule.id, "stage": self.stage, "known": known}})


class IncidentTaskQuerySet(MarkedQuerySet):
    def open(self) -> IncidentTaskQuerySet:
        """Tasks that are still to be done."""
        return self.current().filter(state=IncidentTask.State.OPEN)


IncidentTaskRows = models.Manager.from_queryset(IncidentTaskQuerySet)


@personal("person", by=("done_by",), says=("title", "title_zh", "team", "outcome"))
class IncidentTask(OwnMark):
    """One thing to be done about an incident: by `person`, or by whoever holds `role` at its unit."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("incidents", "Open")
        DONE = "done", _("Done")
        NOT_NEEDED = "not_needed", _("Not needed")

    key_fields = ("incident__number", "number")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="tasks", verbose_name=_("incident"))
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("what is to be done"), max_length=200)
    title_zh = models.CharField(_("what is to be done, in Chinese"), max_length=200, blank=True)
    phase = models.CharField(_("phase"), max_length=7, choices=Phase, default=Phase.TRIAGE)
    playbook = models.CharField(_("playbook"), max_length=40, blank=True)
    after = models.CharField(_("time runs from"), max_length=11, choices=After, blank=True)
    minutes = models.PositiveIntegerField(_("minutes after it"), null=True, blank=True)
    rule = models.CharField(_("clock of the rule"), max_length=60, blank=True)
    stage = models.CharField(_("stage"), max_length=60, blank=True)
    due_at = models.DateTimeField(
        _("due"),
        null=True,
        blank=True,
        help_text=_("Empty: the event from which its time runs has not come."),
    )
    role = models.CharField(_("role that owes it"), max_length=30, choices=role_choices, blank=True)
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="incident_tasks", verbose_name=_("who owes it")
    )  # fmt: skip
    team = models.CharField(_("who has a hand in it"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    outcome = models.CharField(_("outcome"), max_length=500, blank=True)
    done_at = models.DateTimeField(_("ended"), null=True, blank=True)
    done_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )

    objects: ClassVar[IncidentTaskRows] = IncidentTaskRows()

    class Meta:
        verbose_name = _("incident task")
        verbose_name_plural = _("incident tasks")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "number"], name="incident_task_number_once",
                violation_error_message=_("Somebody else added a task at this moment; look again."),
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | ~Q(role=""), name="incident_task_is_owed",
                violation_error_message=_("A person owes it, or a role."),
            ),
            models.CheckConstraint(
                condition=Q(state="open", done_at__isnull=True) | (~Q(state="open") & Q(done_at__isnull=False)),
                name="incident_task_ended_has_moment",
                violation_error_message=_("A task that ended has the moment of its end."),
            ),
            models.CheckConstraint(
                condition=~Q(state="not_needed") | ~Q(outcome=""), name="incident_task_not_needed_has_reason",
                violation_error_message=_("Say why it is not needed."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["incident", "state", "due_at"], name="incident_task_by_due"),
            narrow("incident_task_narrow"),
        ]

    def __str__(self) -> str:
        return self.title_here

    @property
    @labelled(_("what is to be done"))
    def title_here(self) -> str:
        """What is to be done, in the reader's language, else as it was written."""
        return (self.title_zh if get_language() == "zh-hant" else "") or self.title

    @property
    @labelled(_("owed by"))
    def who(self) -> str:
        """Who owes it, and who has a hand in it."""
        owes = str(self.person) if self.person else str(ROLES[self.role].title)
        return gettext(", ").join(filter(None, (owes, teams_here(self.team))))

    @property
    def urgency(self) -> int:
        """As grave as its incident."""
        return self.incident.urgency

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN and self.retired_at is None

    @property
    def follows(self) -> str:
        """What is to be known of it: that the clock by which it is due does not run here; "" else."""
        return doubt_of(Clock.objects.binding().filter(incident=self.incident_id), self)

    def is_late(self, now: datetime) -> bool:
        """Whether it was due before `now` and is still to be done."""
        return self.is_open and self.due_at is not None and self.due_at < now

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """How it stands at this moment."""
        if self.is_late(moments.now()):
            return Standing(gettext("Overdue"), "alert-triangle", "bad")
        return {
            "open": Standing(pgettext("incidents", "Open"), "circle", "mute"), "done": Standing(gettext("Done"), "check", "good"),
            "not_needed": Standing(gettext("Not needed"), "x", "mute"),
        }[self.state]  # fmt: skip

    def settle_one(self, names: Collection[str]) -> None:
        """Every open room shows it."""
        beat(self.incident)
