"""Standards, and the certificates that say a site meets them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit, on, the_group

ENDING_SOON = timedelta(days=90)
AUDIT_SOON = timedelta(days=30)
LAPSED_LATELY = timedelta(days=180)

NEEDS_DAYS = _("Say when it was issued and until when it is valid, or that it is planned.")
NEEDS_PLAN = _("A planned certificate has the day of its audit, and none of issue or end yet.")
NEEDS_WITHDRAWAL = _("A withdrawn certificate has the day of its withdrawal, and no other has one.")
ENDS_AFTER_ISSUE = _("A certificate cannot end before it was issued.")
WITHDRAWN_AFTER_ISSUE = _("A certificate cannot be withdrawn before it was issued.")


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
    holds_below = True

    code = models.CharField(
        _("code"), max_length=40, unique=True,
        validators=[
            RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("A code has small letters, digits and - only."))
        ],
    )  # fmt: skip
    name = models.CharField(
        _("name"), max_length=120, help_text=_("Its designation, a comma, what it is about.")
    )
    name_zh = models.CharField(_("Chinese name"), max_length=120, blank=True)
    publisher = models.CharField(_("publisher"), max_length=60, blank=True)
    editions = models.JSONField(_("editions"), default=list, blank=True)
    validity_months = models.PositiveSmallIntegerField(
        _("validity in months"),
        null=True,
        blank=True,
        help_text=_("Empty: the body sets it on each certificate."),
    )
    surveillance_months = models.PositiveSmallIntegerField(
        _("surveillance every … months"), null=True, blank=True, help_text=_("Empty: no audits in between.")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, default=the_group, related_name="standards", verbose_name=_("unit")
    )

    class Meta:
        verbose_name = _("standard")
        verbose_name_plural = _("standards")

    def __str__(self) -> str:
        """Its designation alone, as ISO/IEC 27001: the same in every language."""
        return self.name.partition(",")[0]

    @property
    @labelled(_("name"))
    def name_here(self) -> str:
        """The name in the reader's language, else in English."""
        return (self.name_zh if get_language() == "zh-hant" else "") or self.name


class CertificateQuerySet(RecordQuerySet):
    def counting_on(self, day: date) -> CertificateQuerySet:
        """Certificates in force on `day`: issued, not past the last day, not withdrawn, not suspended."""
        suspended = Suspension.objects.current().filter(on(day), certificate=models.OuterRef("pk"))
        return self.current().filter(
            ~models.Exists(suspended), Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=day),
            issued_on__lte=day, valid_until__gte=day,
        )  # fmt: skip

    def with_renewals(self) -> CertificateQuerySet:
        """Each with `is_renewed`: one issued later to the same standard covers one of its sites."""
        return self.annotate(is_renewed=_has_later())

    def ending(self, day: date, within: timedelta) -> CertificateQuerySet:
        """Certificates in force on `day` whose last day comes within `within`."""
        return self.counting_on(day).filter(valid_until__lte=day + within)

    def lapsed(self, day: date) -> CertificateQuerySet:
        """Certificates past their last day at a site that holds no other to that standard on `day`."""
        other = Certificate.objects.counting_on(day).filter(
            standard=models.OuterRef("standard"), sites=models.OuterRef("sites")
        )
        ended = self.current().filter(
            Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=F("valid_until")), valid_until__lt=day
        )
        return ended.exclude(models.Exists(other)).distinct()


@cache
def _has_later() -> models.Exists:
    """Made once: every question about certificates asks it."""
    sites = Certificate.sites.through.objects.filter(certificate=models.OuterRef(models.OuterRef("pk")))
    later = CertificateQuerySet(Certificate).current().filter(
        standard=models.OuterRef("standard"), issued_on__gt=models.OuterRef("issued_on"), sites__in=sites.values("unit")
    )  # fmt: skip
    return models.Exists(later)


PlainCertificateRows = models.Manager.from_queryset(CertificateQuerySet)


class CertificateRows(PlainCertificateRows):
    """Certificates, each knowing whether another one renewed it."""

    def get_queryset(self) -> CertificateQuerySet:
        found: Any = super().get_queryset()  # a CertificateQuerySet, which the stubs forget
        return found.with_renewals()


class Certificate(Record):
    """A body's statement that sites meet a standard, for a time. Whether it counts on a day is derived."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    is_renewed: bool = False  # set by the manager
    key_fields = ("standard__code", "body", "number")
    also_at = ("sites",)

    standard = models.ForeignKey(
        Standard, models.PROTECT, related_name="certificates", verbose_name=_("standard")
    )
    number = models.CharField(
        _("number"),
        max_length=60,
        help_text=_("As printed; while planned, a working name as PLAN-PEN2-2026."),
    )
    body = models.CharField(_("certification body"), max_length=80)
    edition = models.CharField(_("edition"), max_length=40, blank=True)
    eal = models.CharField(
        _("assurance level"), max_length=20, blank=True, help_text=_("As EAL6, of ISO/IEC 15408 only.")
    )
    scope = models.CharField(pgettext_lazy("certificates", "scope"), max_length=300)
    scope_zh = models.CharField(_("Chinese scope"), max_length=300, blank=True)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="certificates_held",
        verbose_name=pgettext_lazy("certificates", "holder"),
    )
    sites = models.ManyToManyField(
        Unit, related_name="certificates", verbose_name=_("sites"), limit_choices_to={"kind": Unit.Kind.SITE}
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    issued_on = models.DateField(_("issued"), null=True, blank=True)
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The last day on which it counts.")
    )
    surveillance_on = models.JSONField(
        _("surveillance audits"),
        default=list,
        blank=True,
        validators=[days_in_list],
        help_text=_("Days, as 2023-02-28."),
    )
    planned_on = models.DateField(_("audit planned"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn"), null=True, blank=True)

    objects: ClassVar[CertificateRows] = CertificateRows()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.UniqueConstraint(
                fields=["standard", "body", "number"], name="certificate_once",
                violation_error_message=_("This body's certificate of that number is there already."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("issued_on")),
                name="certificate_ends_after_issue", violation_error_message=ENDS_AFTER_ISSUE,
            ),
            models.CheckConstraint(
                condition=Q(status="planned") | Q(issued_on__isnull=False, valid_until__isnull=False),
                name="certificate_has_days", violation_error_message=NEEDS_DAYS,
            ),
            models.CheckConstraint(
                condition=~Q(status="planned")
                | Q(issued_on__isnull=True, valid_until__isnull=True, planned_on__isnull=False),
                name="certificate_planned_has_audit", violation_error_message=NEEDS_PLAN,
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_on__isnull=False)
                | (~Q(status="withdrawn") & Q(withdrawn_on__isnull=True)),
                name="certificate_withdrawn_has_day", violation_error_message=NEEDS_WITHDRAWAL,
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("issued_on")),
                name="certificate_withdrawn_after_issue", violation_error_message=WITHDRAWN_AFTER_ISSUE,
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["valid_until"], name="certificate_by_end")]

    def __str__(self) -> str:
        return f"{self.standard} {self.number}"

    @property
    @labelled(pgettext_lazy("certificates", "scope"))
    def scope_here(self) -> str:
        """The scope in the reader's language."""
        return (self.scope_zh if get_language() == "zh-hant" else "") or self.scope

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """How it stands today at its holder; its status says whether it is suspended today."""
        suspended = self.status == self.Status.SUSPENDED
        return self._standing(moments.today(self.unit.time_zone), suspended=suspended)

    def standing_on(self, day: date) -> Standing:
        """Valid, ending, surveillance due, lapsed, planned, suspended or withdrawn on `day`."""
        return self._standing(day, suspended=self.is_suspended_on(day))

    def counts_on(self, day: date) -> bool:
        """Whether it is in force on `day`, the first and the last day included."""
        if self.issued_on is None or self.valid_until is None or self.retired_at is not None:
            return False
        withdrawn = self.withdrawn_on is not None and self.withdrawn_on <= day
        return self.issued_on <= day <= self.valid_until and not withdrawn and not self.is_suspended_on(day)

    def is_suspended_on(self, day: date) -> bool:
        """Whether a suspension covers `day`; fetch `suspensions` before the loop."""
        return any(s.covers(day) for s in self.suspensions.all())

    def _standing(self, day: date, *, suspended: bool) -> Standing:
        if self.withdrawn_on and self.withdrawn_on <= day:
            return Standing(gettext("Withdrawn"), "x", "mute")
        if self.issued_on is None or self.valid_until is None or self.issued_on > day:
            return Standing(gettext("Planned"), "circle-dashed", "act")
        if self.valid_until < day:
            if self.is_renewed or self.valid_until < day - LAPSED_LATELY:
                return Standing(pgettext("certificates", "Ended"), "minus", "mute")
            return Standing(gettext("Lapsed"), "alert-triangle", "bad")
        if suspended:
            return Standing(gettext("Suspended"), "clock", "warn")
        if self.valid_until <= day + ENDING_SOON:
            return Standing(
                gettext("Ends in %(days)d d") % {"days": (self.valid_until - day).days}, "clock", "warn"
            )
        if self._is_audited_soon(day):
            return Standing(gettext("Surveillance due"), "calendar-event", "act")
        return Standing(gettext("Valid"), "check", "good")

    def _is_audited_soon(self, day: date) -> bool:
        return any(day <= date.fromisoformat(audit) <= day + AUDIT_SOON for audit in self.surveillance_on)

    def clean(self) -> None:
        """The rules of the row, as the database keeps them."""
        wrong = {name: sentence for name, sentence, holds in self._rules() if not holds}
        if wrong:
            raise ValidationError(wrong)
        if self.status == self.Status.SUSPENDED and not self._has_open_suspension():
            raise ValidationError({"status": _("“Suspend” makes it so, and asks from which day.")})
        if self.status == self.Status.ACTIVE and not self._state.adding and self._has_open_suspension():
            raise ValidationError({"status": _("“Resume” makes it so, and asks from which day.")})

    def _has_open_suspension(self) -> bool:
        return Suspension.objects.current().filter(certificate=self.pk, until__isnull=True).exists()

    def _rules(self) -> list[tuple[str, str | Promise, bool]]:
        """Each rule of the row: the field it speaks of, its sentence, whether it holds."""
        planned, withdrawn = self.status == self.Status.PLANNED, self.status == self.Status.WITHDRAWN
        issued, until, ended = self.issued_on, self.valid_until, self.withdrawn_on
        return [
            ("withdrawn_on", WITHDRAWN_AFTER_ISSUE, not (issued and ended) or ended >= issued),
            ("withdrawn_on", NEEDS_WITHDRAWAL, withdrawn == (ended is not None)),
            (
                "planned_on",
                NEEDS_PLAN,
                not planned or (self.planned_on is not None and not issued and not until),
            ),
            ("valid_until", ENDS_AFTER_ISSUE, not (issued and until) or until >= issued),
            ("valid_until", NEEDS_DAYS, planned or bool(issued and until)),
        ]


class Suspension(Record):
    """The body suspended a certificate from `since` up to and with `until` (None: still)."""

    unit_field: ClassVar[str] = "certificate__unit"
    key_fields = ("certificate__standard__code", "certificate__body", "certificate__number", "since")

    certificate = models.ForeignKey(
        Certificate, models.PROTECT, related_name="suspensions", verbose_name=_("certificate")
    )
    since = models.DateField(_("suspended from"))
    until = models.DateField(
        _("suspended until"), null=True, blank=True, help_text=_("The last day; empty means still.")
    )

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="suspension_ends_after_start",
                violation_error_message=_("A suspension cannot end before it begins."),
            ),
            models.UniqueConstraint(
                fields=["certificate", "since"], name="suspension_once_a_day",
                violation_error_message=_("The certificate was suspended on that day already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.certificate} {self.since}"

    def covers(self, day: date) -> bool:
        """Whether the certificate was suspended on `day`."""
        return self.retired_at is None and self.since <= day and (self.until is None or day <= self.until)
