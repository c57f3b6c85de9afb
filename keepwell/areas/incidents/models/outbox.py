"""What leaves by mail about incidents: rows of the outbox, written with the act that sends them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.meeting import ResponseMeeting
from keepwell.areas.incidents.models.notices import IncidentNotice
from keepwell.platform.notices.outgoing import Mail
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal

LONGEST_ADDRESS = 254


@personal(by=("asked_by",))
class NoticeMail(Mail):
    """One mail that carries one approved notice to its recipient, as `asked_by` said; its Message-ID is the proof that
    it was sent."""

    notice = models.ForeignKey(IncidentNotice, models.PROTECT, related_name="mails")
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice"], condition=models.Q(state="waiting"), name="notice_mail_waits_once"
            )
        ]
        indexes = [models.Index(fields=["state", "next_at"], name="notice_mail_waiting")]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def goes_to(self) -> str:
        """Its address."""
        return self.notice.mail


@personal(says=("address",))
class MeetingMail(Mail):
    """One mail that tells one address of one state of a meeting (RFC 5546): `sequence` counts the changes of it."""

    class Method(models.TextChoices):
        REQUEST = "REQUEST", _("Invitation")
        CANCEL = "CANCEL", _("Called off")

    meeting = models.ForeignKey(ResponseMeeting, models.PROTECT, related_name="mails")
    address = models.CharField(max_length=LONGEST_ADDRESS)
    method = models.CharField(_("kind"), max_length=7, choices=Method, default=Method.REQUEST)
    sequence = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "address", "sequence"], name="meeting_mail_once")
        ]
        indexes = [models.Index(fields=["state", "next_at"], name="meeting_mail_waiting")]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def goes_to(self) -> str:
        """Its address."""
        return self.address

    @property
    def what(self) -> str:
        """Invitation, or its end."""
        return str(self.get_method_display())
