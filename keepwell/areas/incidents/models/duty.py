"""Who is on duty, and who was called to an incident until somebody took it up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
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
        IT = "it", _("IT")
        OT = "ot", _("OT")
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
        help_text=_("At a lower level this person is not called; while there is no level everybody is."),
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
    """One rung of the ladder: somebody on duty who was called to an incident, and whether it was taken up by then."""

    unit_field: ClassVar[str] = "incident__unit"
    key_fields = ("incident__number", "step")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="calls", verbose_name=_("incident"))
    step = models.PositiveSmallIntegerField(_("step"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("called"))
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    called_at = models.DateTimeField(_("called at"), default=moments.now)
    answer_by = models.DateTimeField(_("to be taken up by"))
    answered_at = models.DateTimeField(_("taken up"), null=True, blank=True)

    class Meta:
        verbose_name = _("escalation call")
        verbose_name_plural = _("escalation calls")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "step"], name="escalation_step_once",
                violation_error_message=_("That step was taken already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.incident}: {self.step}. {self.person}"

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """Whether it was taken up in time."""
        if self.answered_at:
            return Standing(gettext("Taken up"), "check", "good")
        if self.answer_by <= moments.now():
            return Standing(gettext("No answer"), "alert-triangle", "bad")
        return Standing(gettext("Waiting"), "clock", "warn")

    def settle_one(self, names: Collection[str]) -> None:
        """Every open room shows it."""
        beat(self.incident)
