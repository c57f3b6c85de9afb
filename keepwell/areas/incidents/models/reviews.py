"""The review of an incident: what happened, why, what worked and what did not."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.marks import OwnMark, narrow
from keepwell.areas.incidents.models.timeline import beat
from keepwell.kernel import moments
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal

LONGEST_PART = 20_000
PARTS = ("happened", "causes", "worked", "failed")


@personal(by=("person",), says=PARTS)
class IncidentReview(OwnMark):
    """What was learned of one incident, in four parts. It is written while the incident is in review, and an incident
    closes with all four; one that came with the past may have fewer."""

    key_fields = ("incident__number",)

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="reviews", verbose_name=_("incident"))
    happened = models.TextField(pgettext_lazy("review", "what happened"), max_length=LONGEST_PART, blank=True)
    causes = models.TextField(_("causes"), max_length=LONGEST_PART, blank=True)
    worked = models.TextField(_("what worked"), max_length=LONGEST_PART, blank=True)
    failed = models.TextField(_("what did not work"), max_length=LONGEST_PART, blank=True)
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=pgettext_lazy("review", "written by"),
        help_text=_("Who wrote it last; empty: not known, it came with the past."),
    )  # fmt: skip
    recorded_at = models.DateTimeField(pgettext_lazy("review", "written"), default=moments.now)

    class Meta:
        verbose_name = _("incident review")
        verbose_name_plural = _("incident reviews")
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], name="incident_review_once",
                violation_error_message=_("The incident has its review already."),
            )
        ]  # fmt: skip
        indexes = [narrow("incident_review_narrow")]

    def __str__(self) -> str:
        return str(self.incident)

    @classmethod
    def withheld_changes(cls, person: Person) -> Q:
        """Rows of the trail about incidents that tell the words of a review kept from `person`: until it was a record
        of its own, a review was columns of its incident, and what was answered when that was closed."""
        kept = cls.objects.kept_from(person).values("incident")
        told = Q(after__has_key="review") | Q(answers__has_key="review")
        return Q(record_type=Incident.type_name(), record_id__in=kept) & told

    @property
    def is_whole(self) -> bool:
        """Whether all four parts are written."""
        return all(getattr(self, part) for part in PARTS)

    def settle_one(self, names: Collection[str]) -> None:
        """Every open room shows it."""
        beat(self.incident)


def review_of(incident: Incident) -> Any:  # Any: the record, or None
    """The review of `incident` as it stands, whoever may read it; None while there is none."""
    return IncidentReview.objects.current().filter(incident=incident).select_related("incident__unit").first()
