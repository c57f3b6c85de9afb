"""Notices that leave by mail: rows of the outbox, written with the act that sends them."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db import models

from keepwell.areas.incidents.models.notices import IncidentNotice
from keepwell.platform.notices.outgoing import Outgoing
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal


@personal(by=("asked_by",))
class NoticeMail(Outgoing):
    """One mail that carries one approved notice to its recipient, as `asked_by` said."""

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
    def message_id(self) -> str:
        """The same in every try, so that whoever gets it twice keeps it once; the proof that it was sent."""
        return f"<{self.pk}@{urlsplit(settings.KEEPWELL_URL).hostname}>"
