"""Two incidents that belong together: seen as related, or one merged into the other."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.kernel import moments
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record


@personal(by=("person",), says=("reason",))
class IncidentLink(Record):
    """That two incidents belong together: related, `first` was merged into `second`, or split off from it.

    `moved` keeps what went with that, keys by kind: of a merge from the first to the second, of a split the other way.

    It has no register: each of the two is shown to who may see both, in the room of the other.
    """

    class Kind(models.TextChoices):
        RELATED = "related", _("Related")
        MERGED = "merged", _("Merged into")
        SPLIT = "split", _("Split off from")

    unit_field: ClassVar[str] = "first__unit"
    key_fields = ("first__number", "second__number")

    first = models.ForeignKey(Incident, models.PROTECT, related_name="links", verbose_name=_("incident"))
    kind = models.CharField(_("kind"), max_length=7, choices=Kind, default=Kind.RELATED)
    second = models.ForeignKey(
        Incident, models.PROTECT, related_name="linked_from", verbose_name=_("other incident")
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("linked by"))
    at = models.DateTimeField(_("linked"), default=moments.now)
    moved = models.JSONField(_("what went"), default=dict, blank=True)

    class Meta:
        verbose_name = _("incident link")
        verbose_name_plural = _("incident links")
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"], name="incident_link_once",
                violation_error_message=_("These two are linked already."),
            ),
            models.CheckConstraint(
                condition=~Q(first=F("second")), name="incident_link_of_two",
                violation_error_message=_("An incident cannot be linked to itself."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.first} – {self.second}"
