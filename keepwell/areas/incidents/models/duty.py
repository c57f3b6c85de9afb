"""Who is on duty, and who was called to an incident, to a level it rose to or to a report, until somebody answered."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from datetime import datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Classification, Incident
from keepwell.areas.incidents.models.intake import Report
from keepwell.areas.incidents.models.knowing import concerning
from keepwell.areas.incidents.models.schemes import level_name
from keepwell.areas.incidents.models.timeline import beat
from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit

PHONE = RegexValidator(r"^\+?[0-9][0-9 ()./-]{2,28}$", _("Write a phone number, as +886 912 345 678."))


class DutyShiftQuerySet(RecordQuerySet):
    def on_duty(self, at: datetime) -> DutyShiftQuerySet:
        """Shifts under way at `at`: from their begin on, until the moment at which they are relieved."""
        return self.current().filter(since__lte=at, until__gt=at)


DutyShiftRows = models.Manager.from_queryset(DutyShiftQuerySet)


@personal("person", says=("phone",))
class DutyShift(Record):
    """One person on duty for a unit and all below it, from `since` until they are relieved at `until`."""

    class Duty(models.TextChoices):
        SECURITY = "security", _("Security")
        IT = "it", pgettext_lazy("incidents", "IT")
        OT = "ot", pgettext_lazy("incidents", "OT")
        LEGAL = "legal", _("Legal")
        MANAGEMENT = "management", _("Management")

    key_fields = ("unit__code", "duty", "rank", "since")
    holds_below = True

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="duty_shifts", verbose_name=_("unit"))
    duty = models.CharField(_("duty"), max_length=10, choices=Duty, default=Duty.SECURITY)
    person = models.ForeignKey(Person, models.PROTECT, related_name="duty_shifts", verbose_name=_("person"))
    phone = models.CharField(_("phone"), max_length=30, validators=[PHONE])
    rank = models.PositiveSmallIntegerField(
        _("called as number"), default=1, validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("1 is called first; the next one if nobody takes the incident up in time."),
    )  # fmt: skip
    from_level = models.PositiveSmallIntegerField(
        _("called from level"), default=0, validators=[MaxValueValidator(4)],
        help_text=_("At a lower level this person is not called; while there is no level everybody is. An incident that "
                    "rises to it wakes them also where somebody has taken it up."),
    )  # fmt: skip
    since = models.DateTimeField(_("from"), help_text=_("As 2025-11-14T00:00+08:00."))
    until = models.DateTimeField(
        _("relieved"), help_text=_("The moment from which somebody else is on duty.")
    )

    objects: ClassVar[DutyShiftRows] = DutyShiftRows()

    class Meta:
        verbose_name = _("duty shift")
        verbose_name_plural = _("duty shifts")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("since")), name="duty_shift_ends_after_start",
                violation_error_message=_("A shift cannot end before it begins."),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["unit", "until", "since"], name="duty_shift_by_end")]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_duty_display()}, {self.unit}"

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """Whether it is under way at this moment."""
        now = moments.now()
        if self.until <= now:
            return Standing(gettext("Over"), "check", "mute")
        if self.since > now:
            return Standing(gettext("To come"), "calendar-event", "mute")
        return Standing(gettext("On duty"), "clock", "act")

    def clean(self) -> None:
        """An end after the begin."""
        if self.since and self.until and self.until <= self.since:
            raise ValidationError({"until": _("A shift cannot end before it begins.")})


@personal("person", says=("phone",))
class EscalationCall(Record):
    """One rung of a ladder: somebody on duty who was called, and whether it was answered by then.

    What was to be answered: an incident that nobody had taken up; with `rise`, the level to which a classification
    raised it, for whoever is on duty at `roster`; with `report`, a report that nobody had looked at. A report's calls
    go with it into the incident that is made of it.
    """

    kept_with: ClassVar[str] = "incident"
    key_fields = ("about", "step")

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="+", verbose_name=_("unit"), editable=False,
        help_text=_("Where the incident or the report lies."),
    )  # fmt: skip
    incident = models.ForeignKey(
        Incident, models.PROTECT, null=True, blank=True, related_name="calls", verbose_name=_("incident")
    )
    report = models.ForeignKey(
        Report, models.PROTECT, null=True, blank=True, related_name="calls", verbose_name=_("report")
    )
    rise = models.ForeignKey(
        Classification, models.PROTECT, null=True, blank=True, related_name="calls",
        verbose_name=_("level raised by"), editable=False,
    )  # fmt: skip
    roster = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("woken at"),
        editable=False,
    )
    step = models.PositiveSmallIntegerField(_("step"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("called"))
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    called_at = models.DateTimeField(_("called at"), default=moments.now)
    answer_by = models.DateTimeField(_("to be answered by"))
    answered_at = models.DateTimeField(pgettext_lazy("incidents", "answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("escalation call")
        verbose_name_plural = _("escalation calls")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "step"], condition=Q(report__isnull=True), name="escalation_step_once",
                violation_error_message=_("That step was taken already."),
            ),
            models.UniqueConstraint(
                fields=["report", "step"], condition=Q(report__isnull=False), name="escalation_report_step_once",
                violation_error_message=_("That step was taken already."),
            ),
            models.CheckConstraint(
                condition=Q(incident__isnull=False) | Q(report__isnull=False), name="escalation_call_to_something",
                violation_error_message=_("Somebody is called to an incident or to a report."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.about}: {self.step}. {self.person}"

    @property
    def may_be_withheld(self) -> bool:
        """Whether it is a call to a report whose mark keeps it from anybody."""
        return self.report is not None and self.report.may_be_withheld

    @classmethod
    def withheld_from(cls, person: Person) -> Q:
        """Calls to reports that are kept from `person`; whether they may know the incident is asked apart."""
        return Q(report__in=Report.objects.filter(Report.withheld_from(person)).values("pk"))

    @classmethod
    def knowing(cls, person: Person) -> Hashable:
        """All that `withheld_from` depends on: the same as for the incidents."""
        return Incident.knowing(person)

    def may_be_withheld_from(self, person: Person) -> bool:
        """Whether it is a call to a report that concerns `person`."""
        return self.report_id in concerning(person)

    @property
    def about(self) -> Report | Incident | None:
        """To what somebody was called: a report, also where an incident was made of it, else an incident."""
        return self.report or self.incident

    @property
    @labelled(_("for level"))
    def for_level(self) -> str:
        """The level that was to be acknowledged; "" where it was something else."""
        return level_name(self.rise.level) if self.rise is not None else ""

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """Whether it was answered in time."""
        if self.answered_at:
            word = gettext("Level acknowledged") if self.rise_id else gettext("Taken up")
            return Standing(gettext("Looked at") if self.report_id else word, "check", "good")
        if self.answer_by <= moments.now():
            return Standing(gettext("No answer"), "alert-triangle", "bad")
        return Standing(pgettext("incidents", "Waiting"), "clock", "warn")

    def clean(self) -> None:
        """It lies where that lies to which somebody is called."""
        if self.about is not None:
            self.unit_id = self.about.unit_id

    def settle_one(self, names: Collection[str]) -> None:
        """Every open room shows it."""
        if self.incident is not None:
            beat(self.incident)
