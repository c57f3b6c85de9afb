"""Who is named to know an incident that is kept from all others."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.kernel import moments
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet


class NamedQuerySet(RecordQuerySet):
    def in_force(self, at: datetime | None = None) -> NamedQuerySet:
        """Those that hold at a moment (None: now)."""
        moment = at or moments.now()
        return self.current().filter(Q(until__isnull=True) | Q(until__gt=moment), since__lte=moment)


NamedRows = models.Manager.from_queryset(NamedQuerySet)


@personal("person", by=("by",), says=("reason",))
class NamedPerson(Record):
    """One person who may know a restricted incident, from a moment on; rights are given apart from it."""

    unit_field: ClassVar[str] = "incident__unit"
    key_fields = ("incident__number", "person__number", "since")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="named", verbose_name=_("incident"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    since = models.DateTimeField(_("since"), default=moments.now)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("named by"))
    reason = models.CharField(_("reason"), max_length=300)
    is_break_glass = models.BooleanField(_("opened in an emergency"), default=False)

    objects: ClassVar[NamedRows] = NamedRows()

    class Meta:
        verbose_name = _("named person")
        verbose_name_plural = _("named persons")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="named_until_after_since",
                violation_error_message=_("The end lies before the beginning."),
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["person", "incident"], name="named_by_person")]

    def __str__(self) -> str:
        return f"{self.incident}, {self.person}"
