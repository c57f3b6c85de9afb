"""Response meetings: called at once, with a bridge, and with an invitation by mail to each who is to come."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.marks import OwnMark, narrow
from keepwell.areas.incidents.models.timeline import beat
from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal

MOST_MINUTES = 8 * 60


@personal(by=("called_by",), says=("about", "bridge", "invited"))
class ResponseMeeting(OwnMark):
    """One meeting about an incident: when, where one joins, and the mail addresses that are invited. `sequence` counts
    its changes (null `changed_at`: it was not changed yet); one that was called off is retired."""

    key_fields = ("incident__number", "starts_at", "called_at")

    incident = models.ForeignKey(
        Incident, models.PROTECT, related_name="meetings", verbose_name=_("incident")
    )
    starts_at = models.DateTimeField(_("begins"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=30, validators=[MinValueValidator(5), MaxValueValidator(MOST_MINUTES)]
    )
    bridge = models.CharField(
        _("bridge"), max_length=300, help_text=_("Where one joins: an https address, or a number to dial.")
    )
    about = models.CharField(_("what it is about"), max_length=500, blank=True)
    invited = models.JSONField(_("invited"), default=list, blank=True)
    called_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("called by"))
    called_at = models.DateTimeField(_("called at"), default=moments.now)
    sequence = models.PositiveIntegerField(_("changes"), default=0, editable=False)
    changed_at = models.DateTimeField(
        pgettext_lazy("incidents", "changed"), null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("response meeting")
        verbose_name_plural = _("response meetings")
        indexes = [narrow("response_meeting_narrow")]

    def __str__(self) -> str:
        return f"{self.incident} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """Whether it is to come, under way, over, or was called off."""
        now = moments.now()
        if self.retired_at is not None:
            return Standing(gettext("Called off"), "x", "mute")
        if self.ends_at <= now:
            return Standing(gettext("Over"), "check", "mute")
        return Standing(gettext("Under way"), "clock", "act") if self.starts_at <= now else Standing(
            gettext("To come"), "calendar-event", "act")  # fmt: skip

    @property
    def is_to_come(self) -> bool:
        """Whether it is neither over nor called off."""
        return self.retired_at is None and self.ends_at > moments.now()

    def mails_shown(self) -> models.QuerySet[Any]:
        """The mails about it, the last first."""
        return self.mails.order_by("-sequence", "address")

    @property
    def is_link(self) -> bool:
        """Whether its bridge is an address that a browser opens."""
        return self.bridge.startswith("https://")

    def clean(self) -> None:
        """A bridge that leads to no strange place."""
        if ":" in self.bridge and not self.is_link and not self.bridge.startswith(("tel:", "sip:")):
            raise ValidationError(
                {"bridge": _("Write an address that begins with https://, or a number to dial.")}
            )

    def settle_one(self, names: Collection[str]) -> None:
        """Every open room shows the way to join."""
        beat(self.incident)
