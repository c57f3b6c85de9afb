"""Indicators of an incident: addresses, names, digests and traces that people found while they worked on it."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.marks import Marked, MarkedQuerySet
from keepwell.areas.incidents.models.timeline import TimelineEntry
from keepwell.kernel import indicators as kernel
from keepwell.kernel import moments
from keepwell.kernel.indicators import fangs, spelling
from keepwell.kernel.indicators.kinds import DIGITS_OF, LONGEST_BYTES
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal

SHORT_DIGEST = 16


class IndicatorQuerySet(MarkedQuerySet):
    def in_rooms_of(self, person: Person) -> IndicatorQuerySet:
        """Those of incidents whose rooms are open to `person`, also because a unit of theirs is touched, as far as marks
        let them read it."""
        return self.filter(incident__in=Incident.objects.visible_to(person).values("pk")).readable_by(person)


IndicatorRows = models.Manager.from_queryset(IndicatorQuerySet)


@personal(by=("person",), says=("value", "file_name", "remark", "source"))
class Indicator(Marked):
    """One thing by which the attack, or what it touched, can be known again. An incident has each once, and once
    more under another mark where whoever added it must not know of the first.

    What was taken for one by mistake is retracted with a reason, and stays.
    """

    class Kind(models.TextChoices):
        IPV4 = "ipv4", _("IPv4 address")
        IPV6 = "ipv6", _("IPv6 address")
        DOMAIN = "domain", _("Domain")
        URL = "url", "URL"
        MAIL = "mail", _("Mail address")
        SUBJECT = "subject", _("Mail subject")
        MD5 = "md5", "MD5"
        SHA1 = "sha1", "SHA-1"
        SHA256 = "sha256", "SHA-256"
        FILE = "file", _("File or path")
        REGISTRY = "registry", _("Registry key")
        COMMAND = "command", _("Command line")
        MUTEX = "mutex", "Mutex"
        AGENT = "agent", "User-Agent"
        ACCOUNT = "account", _("Account")
        HOST = "host", _("Host name")

    class Role(models.TextChoices):
        ATTACKER = "attacker", _("Attacker’s infrastructure")
        TOOL = "tool", _("Attacker’s tool")
        LURE = "lure", _("Lure")
        VICTIM = "victim", _("Victim")
        UNKNOWN = "unknown", _("Not known")

    Confidence = TimelineEntry.Confidence
    key_fields = ("incident__number", "kind", "value", "tlp")
    files_alone = ("value",)

    incident = models.ForeignKey(
        Incident, models.PROTECT, related_name="indicators", verbose_name=_("incident")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    value = models.CharField(pgettext_lazy("of an indicator", "value"), max_length=LONGEST_BYTES)
    file_name = models.CharField(
        _("file name"), max_length=255, blank=True, help_text=_("Of the file whose digest it is.")
    )
    role = models.CharField(_("seen as"), max_length=8, choices=Role, default=Role.UNKNOWN)
    confidence = models.CharField(
        _("confidence"), max_length=9, choices=TimelineEntry.Confidence, default=TimelineEntry.Confidence.CONFIRMED
    )  # fmt: skip
    first_seen_at = models.DateTimeField(
        _("first seen"), null=True, blank=True, help_text=_("Empty: nobody said.")
    )
    last_seen_at = models.DateTimeField(
        _("last seen"), null=True, blank=True, help_text=_("Empty: nobody said.")
    )
    source = models.CharField(
        _("source"), max_length=200, blank=True, help_text=_("Where it is known from, as a log, a report, a person.")
    )  # fmt: skip
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("added by"))
    recorded_at = models.DateTimeField(_("added"), default=moments.now)

    objects: ClassVar[IndicatorRows] = IndicatorRows()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        constraints = [
            models.UniqueConstraint(
                # Once under each mark: from a refusal nobody learns of one whose mark keeps it from them.
                fields=["incident", "kind", "value", "tlp"], name="indicator_once_in_an_incident",
                violation_error_message=_("This indicator stands in the incident already."),
            ),
            models.CheckConstraint(
                condition=Q(first_seen_at__isnull=True, last_seen_at__isnull=True)
                | Q(first_seen_at__isnull=False, last_seen_at__gte=F("first_seen_at")),
                name="indicator_seen_first_then_last",
                violation_error_message=_("It cannot be seen last before it was seen first."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["value", "kind"], name="indicator_by_value"),
            models.Index(fields=["incident", "recorded_at"], name="indicator_by_entry"),
            models.Index(fields=["id"], condition=Q(tlp__in=["strict", "red"]), name="indicator_narrow"),
        ]

    def __str__(self) -> str:
        return self.shown

    @property
    @labelled(_("indicator"))
    def shown(self) -> str:
        """Its value, written so that nobody opens it by mistake."""
        return fangs.defanged(kernel.Kind(self.kind), self.value)

    @property
    def in_short(self) -> str:
        """The same; of a digest the beginning."""
        return f"{self.value[:SHORT_DIGEST]}…" if self.kind in DIGITS_OF else self.shown

    @property
    def letters(self) -> str:
        """The letters behind a name that is kept as xn--…; "" where there are none."""
        return spelling.reads_as(kernel.Kind(self.kind), self.value)

    @property
    def is_lookalike(self) -> bool:
        """Whether its letters are taken for others."""
        return spelling.looks_alike(self.letters)

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """Whether it holds, and how sure it is."""
        if self.retired_at is not None:
            return Standing(gettext("Retracted"), "x", "mute")
        icon, tint = {
            "confirmed": ("check", "mute"), "likely": ("circle-dashed", "mute"), "unclear": ("question-mark", "warn"),
        }[self.confidence]  # fmt: skip
        return Standing(str(self.get_confidence_display()), icon, tint)

    def clean(self) -> None:
        """A value in the one spelling of its kind, moments that have come, and a name of a file beside a digest alone."""
        wrong: dict[str, str | Promise] = {}
        try:
            is_spelled = spelling.normalized(kernel.Kind(self.kind), self.value) == self.value
        except spelling.NotOne:
            is_spelled = False
        if not is_spelled:
            wrong["value"] = _("This is no indicator of that kind.")
        if self.file_name and self.kind not in DIGITS_OF:
            wrong["file_name"] = _("The name of a file stands beside a digest alone.")
        if self.last_seen_at and self.last_seen_at > moments.now() and self._state.adding:
            wrong["last_seen_at"] = _("That moment lies ahead.")
        if wrong:
            raise ValidationError(wrong)
