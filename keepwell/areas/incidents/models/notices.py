"""Notices: what is told to the outside under a clock, from its draft to the proof that it was sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.clocks import Clock, contents_of
from keepwell.areas.incidents.models.marks import MarkedQuerySet, OwnMark, narrow
from keepwell.areas.incidents.models.of_rules import CHANNELS
from keepwell.areas.incidents.models.timeline import beat
from keepwell.areas.incidents.models.tongues import doubts, titled
from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal

LONGEST_CONTENT = 4_000


@dataclass(frozen=True)
class Content:
    """One thing that a notice must say: its name in the notice's language, and what it says."""

    name: str
    title: str
    text: str


class IncidentNoticeQuerySet(MarkedQuerySet):
    def standing(self) -> IncidentNoticeQuerySet:
        """Notices that were not discarded."""
        return self.current()

    def sent(self) -> IncidentNoticeQuerySet:
        """Notices that were sent."""
        return self.current().filter(state=IncidentNotice.State.SENT)


IncidentNoticeRows = models.Manager.from_queryset(IncidentNoticeQuerySet)


@personal(
    by=("drafted_by", "approved_by", "sent_by", "supplemented_by"),
    says=(
        "recipient",
        "mail",
        "subject",
        "proof",
        "gaps_reason",
        "out_of_turn",
        "blocked",
        "supplement_proof",
    ),
)
class IncidentNotice(OwnMark):
    """What is told under one clock, in one language: drafted, approved by somebody else, sent with proof."""

    class State(models.TextChoices):
        DRAFTED = "drafted", _("Drafted")
        APPROVED = "approved", _("Approved")
        SENT = "sent", _("Sent")

    class Channel(models.TextChoices):
        PORTAL = "portal", CHANNELS["portal"]
        MAIL = "mail", CHANNELS["mail"]
        PHONE = "phone", CHANNELS["phone"]
        FAX = "fax", CHANNELS["fax"]
        HAND = "hand", CHANNELS["hand"]
        POST = "post", CHANNELS["post"]

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        CHINESE = "zh-hant", "繁體中文"
        SIMPLIFIED = "zh-hans", "简体中文"
        JAPANESE = "ja", "日本語"
        KOREAN = "ko", "한국어"
        GERMAN = "de", "Deutsch"
        MALAY = "ms", "Bahasa Melayu"
        THAI = "th", "ไทย"
        VIETNAMESE = "vi", "Tiếng Việt"
        FRENCH = "fr", "Français"
        SPANISH = "es", "Español"
        ITALIAN = "it", "Italiano"
        DUTCH = "nl", "Nederlands"
        POLISH = "pl", "Polski"
        CZECH = "cs", "Čeština"

    unit_field: ClassVar[str] = "clock__incident__unit"
    kept_with: ClassVar[str] = "clock"
    way_to_incident: ClassVar[str] = "clock__incident"
    key_fields = ("clock__incident__number", "clock__rule", "clock__stage", "clock_id", "number")

    clock = models.ForeignKey(
        Clock, models.PROTECT, related_name="notices", verbose_name=_("clock"), editable=False
    )
    number = models.PositiveSmallIntegerField(_("number"), default=1, editable=False)
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.ENGLISH)
    recipient = models.CharField(_("recipient"), max_length=200)
    mail = models.EmailField(_("mail address"), blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    contents = models.JSONField(_("contents"), default=dict, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFTED, editable=False)
    drafted_by = models.ForeignKey(
        Person, models.PROTECT, related_name="+", verbose_name=_("drafted by"), editable=False
    )
    drafted_at = models.DateTimeField(_("drafted"), default=moments.now, editable=False)
    approved_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by"), editable=False
    )  # fmt: skip
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    in_place = models.CharField(
        _("why in place of whom its rule names"), max_length=500, blank=True, editable=False
    )
    gaps_reason = models.CharField(_("why approved with gaps"), max_length=300, blank=True, editable=False)
    sent_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sent by"), editable=False
    )  # fmt: skip
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)
    channel = models.CharField(_("channel"), max_length=6, choices=Channel, blank=True, editable=False)
    proof = models.CharField(_("proof"), max_length=500, blank=True, editable=False)
    out_of_turn = models.CharField(_("why out of turn"), max_length=500, blank=True, editable=False)
    blocked = models.CharField(
        _("why the first channel was blocked"), max_length=500, blank=True, editable=False
    )
    is_to_supplement = models.BooleanField(_("to be supplemented"), default=False, editable=False)
    supplemented_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("supplemented by"),
        editable=False,
    )  # fmt: skip
    supplemented_at = models.DateTimeField(_("supplemented"), null=True, blank=True, editable=False)
    supplement_proof = models.CharField(
        _("proof of the supplement"), max_length=500, blank=True, editable=False
    )

    objects: ClassVar[IncidentNoticeRows] = IncidentNoticeRows()

    class Meta:
        verbose_name = _("incident notice")
        verbose_name_plural = _("incident notices")
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "number"], name="incident_notice_once",
                violation_error_message=_("Somebody else drafted a notice at this moment; look again."),
            ),
            models.CheckConstraint(
                condition=Q(state="drafted") | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="incident_notice_was_approved", violation_error_message=_("A notice is approved before it is sent."),
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("drafted_by")),
                name="incident_notice_approved_by_another",
                violation_error_message=_("Somebody else than who drafted it approves a notice."),
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | (Q(sent_at__isnull=False) & ~Q(channel="") & ~Q(proof="")),
                name="incident_notice_sent_with_proof",
                violation_error_message=_("A notice that was sent has its moment, its channel and its proof."),
            ),
            models.CheckConstraint(
                condition=Q(is_to_supplement=False) | ~Q(blocked=""), name="incident_notice_supplemented_for_a_reason",
                violation_error_message=_("What is to be supplemented says why its first channel was blocked."),
            ),
            models.CheckConstraint(
                condition=Q(supplemented_at__isnull=True)
                | Q(is_to_supplement=True, supplemented_by__isnull=False) & ~Q(supplement_proof=""),
                name="incident_notice_supplement_with_proof",
                violation_error_message=_("A supplement that was sent has its proof."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["state", "clock"], name="incident_notice_by_state"),
            narrow("incident_notice_narrow"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """The state as a badge."""
        looks = {"drafted": ("pencil", "warn"), "approved": ("signature", "act"), "sent": ("check", "good")}
        icon, tint = looks[self.state]
        return Standing(str(self.State(self.state).label), icon, tint)

    @property
    def said(self) -> list[Content]:
        """What it must say and what it says, in its own language."""
        with override(self.language):
            return [
                Content(name, titled(name), self.contents.get(name, "")) for name in contents_of(self.clock)
            ]

    @property
    def doubts(self) -> list[str]:
        """What is to be known of its language before it is approved, in the reader's."""
        is_sent = self.state == self.State.SENT
        return [] if is_sent else doubts(self.language, contents_of(self.clock))

    @property
    def missing(self) -> list[Content]:
        """What it must say and does not."""
        return [one for one in self.said if not one.text.strip()]

    @property
    def is_draft(self) -> bool:
        """Whether what it says can still be changed."""
        return self.state == self.State.DRAFTED and self.retired_at is None

    @property
    def owes_supplement(self) -> bool:
        """Whether it was told by another way, and a supplement through the first one is still due."""
        is_sent = self.state == self.State.SENT and self.retired_at is None
        return is_sent and self.is_to_supplement and self.supplemented_at is None

    @property
    def way(self) -> str:
        """The channel that its rule names, in the reader's language; "" if it names none."""
        rule = self.clock.wording
        return str(self.Channel(rule.way.channel).label) if rule and rule.way.channel else ""

    @property
    def no_mail(self) -> str:
        """Why it cannot be sent by mail, and where what is missing is entered; "" if it can, or was sent."""
        if self.state == self.State.SENT or self.retired_at is not None:
            return ""
        if not settings.MAIL.is_on:
            return gettext(
                "No mail leaves this Keepwell (KEEPWELL_MAIL_URL is not set): tell the recipient another way, and record it."
            )
        if self.mail:
            return ""
        if self.is_draft:
            return gettext(
                "It cannot be sent by mail, for its recipient has no mail address: enter one under “Write”."
            )
        return gettext(
            "It cannot be sent by mail, for its recipient has no mail address: send it back, and enter one under “Write”."
        )

    @property
    @labelled(_("complete"))
    def complete(self) -> str:
        """How many of its contents are there, as “5 of 6 contents”."""
        asked = self.said
        return gettext("%(n)d of %(m)d contents") % {"n": len(asked) - len(self.missing), "m": len(asked)}

    def settle_one(self, names: Collection[str]) -> None:
        """Every open room shows how far it is."""
        beat(self.clock.incident)
