"""What other sites were asked about an incident: are you exposed?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.knowing import concerning, incidents_concerning
from keepwell.areas.incidents.models.marks import OwnMark, as_marked, narrow
from keepwell.areas.incidents.models.timeline import beat
from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.tree.models import Unit

LONGEST_QUESTION = 2_000


@personal(by=("asked_by", "person"), says=("asks", "words"))
class ExposureAnswer(OwnMark):
    """One site that was asked whether it is exposed, and what it answered.

    It lies at the site that is asked: its officers see the question and their own answer, not the incident; who sees
    the incident sees all answers in its room. Whom the incident concerns sees neither. A mark of its own keeps question
    and answer from whom it must, at the site and in the room; without one they are for both, whatever the incident is.
    """

    class State(models.TextChoices):
        OPEN = "open", _("No answer yet")
        EXPOSED = "exposed", _("Exposed")
        NOT_EXPOSED = "not_exposed", _("Not exposed")
        NOT_SURE = "not_sure", _("Not sure")

    unit_field: ClassVar[str] = "unit"
    kept_with: ClassVar[str] = ""
    # Programs are told the key wherever they may see the answer, which is no reason to know the incident by its number.
    key_fields = ("incident_id", "unit__code", "asked_at")

    incident = models.ForeignKey(
        Incident, models.PROTECT, related_name="exposure_answers", verbose_name=_("incident")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="exposure_answers", verbose_name=_("site asked")
    )
    asks = models.TextField(_("question"), max_length=LONGEST_QUESTION)
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(pgettext_lazy("incidents", "asked"), default=moments.now)
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(
        pgettext_lazy("incidents", "answer"), max_length=11, choices=State, default=State.OPEN
    )
    words = models.CharField(_("in words"), max_length=1000, blank=True)
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("incidents", "answered by"),
    )
    answered_at = models.DateTimeField(pgettext_lazy("incidents", "answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("exposure answer")
        verbose_name_plural = _("exposure answers")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True)
                | (~Q(state="open") & Q(answered_at__isnull=False, person__isnull=False)),
                name="exposure_answer_has_moment_and_person",
                violation_error_message=_("An answer has its moment and who gave it."),
            ),
            models.UniqueConstraint(
                fields=["incident", "unit", "asked_at"], name="exposure_asked_once",
                violation_error_message=_("The site was asked at this moment already."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["incident", "state"], name="exposure_by_incident"),
            narrow("exposure_answer_narrow"),
        ]

    def __str__(self) -> str:
        return gettext("Are you exposed? %(unit)s") % {"unit": self.unit}

    @classmethod
    def withheld_from(cls, person: Person) -> Q:
        """What is kept from `person` by its mark, or was asked because of an incident that concerns them."""
        return super().withheld_from(person) | Q(incident__in=incidents_concerning(person))

    def may_be_withheld_from(self, person: Person) -> bool:
        """Whether it was asked because of an incident that concerns `person`."""
        return self.incident_id in concerning(person)

    @property
    def asked_of_you(self) -> str:
        """The question, which stands above the form of the answer."""
        return self.asks

    @property
    @labelled(_("TLP"))
    def mark_in_effect(self) -> Standing:
        """Its own mark, or that it has none: whoever is asked need not know how the incident is marked."""
        if self.tlp:
            return as_marked(self.tlp, self.tlp)
        return Standing(gettext("No mark of its own"), "eye-off", "mute")

    def is_late(self, now: datetime) -> bool:
        """Whether the answer was due before `now` and has not come."""
        return self.state == self.State.OPEN and self.due_at < now

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """What was answered, or how long it has been waited for."""
        if self.is_late(moments.now()):
            return Standing(gettext("Answer late"), "alert-triangle", "bad")
        icon, tint = {
            "open": ("circle-dashed", "mute"), "exposed": ("alert-triangle", "bad"), "not_exposed": ("check", "good"),
            "not_sure": ("question-mark", "warn"),
        }[self.state]  # fmt: skip
        return Standing(str(self.get_state_display()), icon, tint)

    def settle_one(self, names: Collection[str]) -> None:
        """Every open room of the incident shows it."""
        beat(self.incident)
