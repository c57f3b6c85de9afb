"""Standards, and the certificates that say a site meets them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.records.labels import labelled
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit

ENDING_SOON = timedelta(days=90)


def the_group() -> UUID | None:
    """The unit that owns what nobody else does; None before the group is entered."""
    return Unit.objects.filter(kind=Unit.Kind.GROUP).values_list("pk", flat=True).first()


def days_in_list(value: object) -> None:
    """Refuse a list whose items are no ISO days."""
    for item in value if isinstance(value, list) else [value]:
        try:
            date.fromisoformat(str(item))
        except ValueError as error:
            raise ValidationError(_("Write each day as 2023-02-28."), code="days") from error


class Standard(Record):
    """A standard or scheme a site can be certified to."""

    key_fields = ("code",)

    code = models.CharField(
        _("code"), max_length=40, unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("A code has small letters, digits and - only."))],
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=80)
    name_zh = models.CharField(_("Chinese name"), max_length=80, blank=True)
    publisher = models.CharField(_("publisher"), max_length=60, blank=True)
    editions = models.JSONField(_("editions"), default=list, blank=True)
    validity_months = models.PositiveSmallIntegerField(
        _("validity in months"), null=True, blank=True, help_text=_("Empty: the body sets it on each certificate.")
    )
    surveillance_months = models.PositiveSmallIntegerField(
        _("surveillance every … months"), null=True, blank=True, help_text=_("Empty: no audits in between.")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, default=the_group, related_name="standards", verbose_name=_("unit"))

    class Meta:
        verbose_name = _("standard")
        verbose_name_plural = _("standards")

    def __str__(self) -> str:
        return self.name_here

    @property
    def name_here(self) -> str:
        """The name in the reader's language, else in English."""
        return (self.name_zh if get_language() == "zh-hant" else "") or self.name


class CertificateQuerySet(RecordQuerySet):
    def counting_on(self, day: date) -> CertificateQuerySet:
        """Certificates in force on `day`: issued, not past their last day, neither withdrawn nor suspended by then."""
        return self.current().filter(
            Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=day),
            Q(suspended_on__isnull=True) | Q(suspended_on__gt=day),
            issued_on__lte=day, valid_until__gte=day,
        )  # fmt: skip

    def ending(self, day: date, within: timedelta) -> CertificateQuerySet:
        """Certificates in force on `day` whose last day comes within `within`."""
        return self.counting_on(day).filter(valid_until__lte=day + within)

    def lapsed(self, day: date) -> CertificateQuerySet:
        """Certificates whose last day is past and that no later one of the same body and standard replaced."""
        later = Certificate.objects.counting_on(day).filter(standard=models.OuterRef("standard"), sites=models.OuterRef("sites"))
        planned = Q(status=Certificate.Status.WITHDRAWN)
        return self.current().filter(valid_until__lt=day).exclude(planned).exclude(models.Exists(later)).distinct()


@dataclass(frozen=True)
class Standing:
    """How a certificate stands on a day: a word, an icon and a tint, all three."""

    word: str
    icon: str
    tint: str

    def __str__(self) -> str:
        return self.word


class Certificate(Record):
    """A body's statement that sites meet a standard, for a time. Whether it counts on a day is derived."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    key_fields = ("standard__code", "body", "number")
    also_at = ("sites",)

    standard = models.ForeignKey(Standard, models.PROTECT, related_name="certificates", verbose_name=_("standard"))
    number = models.CharField(
        _("number"), max_length=60, help_text=_("As printed; while planned, a working name as PLAN-PEN2-2026.")
    )
    body = models.CharField(_("certification body"), max_length=80)
    edition = models.CharField(_("edition"), max_length=40, blank=True)
    eal = models.CharField(_("assurance level"), max_length=20, blank=True, help_text=_("As EAL6, of ISO/IEC 15408 only."))
    scope = models.CharField(_("scope"), max_length=300)
    scope_zh = models.CharField(_("Chinese scope"), max_length=300, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="certificates_held", verbose_name=_("holder"))
    sites = models.ManyToManyField(Unit, related_name="certificates", verbose_name=_("sites"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    issued_on = models.DateField(_("issued"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("The last day on which it counts."))
    surveillance_on = models.JSONField(
        _("surveillance audits"), default=list, blank=True, validators=[days_in_list], help_text=_("Days, as 2023-02-28.")
    )
    planned_on = models.DateField(_("audit planned"), null=True, blank=True)
    suspended_on = models.DateField(_("suspended"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn"), null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.UniqueConstraint(
                fields=["standard", "body", "number"], name="certificate_once",
                violation_error_message=_("This body's certificate of that number is there already."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("issued_on")), name="certificate_ends_after_issue",
                violation_error_message=_("A certificate cannot end before it was issued."),
            ),
            models.CheckConstraint(
                condition=Q(status="planned") | Q(issued_on__isnull=False, valid_until__isnull=False), name="certificate_has_days",
                violation_error_message=_("Say when it was issued and until when it is valid, or that it is planned."),
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | Q(withdrawn_on__isnull=False), name="certificate_withdrawn_has_day",
                violation_error_message=_("Say on which day it was withdrawn."),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["valid_until"], name="certificate_by_end")]

    def __str__(self) -> str:
        return f"{self.standard} {self.number}"

    @property
    @labelled(_("scope"))
    def scope_here(self) -> str:
        """The scope in the reader's language."""
        return (self.scope_zh if get_language() == "zh-hant" else "") or self.scope

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """How it stands today at its holder."""
        return self.standing_on(moments.today(self.unit.time_zone))

    def counts_on(self, day: date) -> bool:
        """Whether it is in force on `day`."""
        if self.issued_on is None or self.valid_until is None or self.retired_at is not None:
            return False
        ended = any(d is not None and d <= day for d in (self.withdrawn_on, self.suspended_on))
        return self.issued_on <= day <= self.valid_until and not ended

    def standing_on(self, day: date) -> Standing:
        """Valid, ending, lapsed, planned, suspended or withdrawn on `day`."""
        if self.withdrawn_on and self.withdrawn_on <= day:
            return Standing(_t("Withdrawn"), "x", "mute")
        if self.issued_on is None or self.valid_until is None or self.issued_on > day:
            return Standing(_t("Planned"), "circle-dashed", "act")
        if self.valid_until < day:
            return Standing(_t("Lapsed"), "alert-triangle", "bad")
        if self.suspended_on and self.suspended_on <= day:
            return Standing(_t("Suspended"), "clock", "warn")
        left = (self.valid_until - day).days
        if left <= ENDING_SOON.days:
            return Standing(ngettext("Ends in %(days)d d", "Ends in %(days)d d", left) % {"days": left}, "clock", "warn")
        return Standing(_t("Valid"), "check", "good")

    def clean(self) -> None:
        """The rules of the row, as the database keeps them."""
        wrong: dict[str, str] = {}
        if self.status != self.Status.PLANNED and not (self.issued_on and self.valid_until):
            wrong["valid_until"] = _t("Say when it was issued and until when it is valid, or that it is planned.")
        if self.issued_on and self.valid_until and self.valid_until < self.issued_on:
            wrong["valid_until"] = _t("A certificate cannot end before it was issued.")
        if self.status == self.Status.WITHDRAWN and not self.withdrawn_on:
            wrong["withdrawn_on"] = _t("Say on which day it was withdrawn.")
        if self.status == self.Status.PLANNED and not self.planned_on:
            wrong["planned_on"] = _t("Say when the audit is planned.")
        if wrong:
            raise ValidationError(wrong)
