"""Whom a report or an incident concerns: they never know it, whatever rights they hold (security.md R12)."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.intake import Report
from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit

LONGEST_REASON = 300
TINTS = {"claimed": ("alert-triangle", "warn"), "confirmed": ("lock", "act"), "cleared": ("minus", "mute")}


class ImplicatedQuerySet(RecordQuerySet):
    def in_force(self) -> ImplicatedQuerySet:
        """Those that keep somebody out now."""
        return self.current().exclude(state=ImplicatedPerson.State.CLEARED)


ImplicatedRows = models.Manager.from_queryset(ImplicatedQuerySet)


@personal("person", by=("by", "decided_by"), says=("reason", "decision"))
class ImplicatedPerson(Record):
    """One person whom a report or an incident concerns, and who is kept out of it for that.

    A person said so (`by`), or the words of who reported it did (`by` is empty): then it is claimed, and holds until
    somebody else who may know the report confirms or clears it. It is kept from the person itself like all of it.
    """

    class State(models.TextChoices):
        CLAIMED = "claimed", _("Kept out by the words of the report; to be confirmed or cleared")
        CONFIRMED = "confirmed", pgettext_lazy("incidents", "Kept out")
        CLEARED = "cleared", _("Cleared")

    key_fields = ("about", "person__number")

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="+", verbose_name=_("unit"), editable=False,
        help_text=_("Where the incident or the report lies."),
    )  # fmt: skip
    report = models.ForeignKey(
        Report, models.PROTECT, null=True, blank=True, related_name="implicated", verbose_name=_("report")
    )
    incident = models.ForeignKey(
        Incident, models.PROTECT, null=True, blank=True, related_name="implicated", verbose_name=_("incident")
    )
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.CONFIRMED)
    by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("kept out by"),
        help_text=_("Empty: the words of the report named them."),
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=LONGEST_REASON, blank=True)
    at = models.DateTimeField(_("since"), default=moments.now)
    decided_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decision = models.CharField(_("why it was confirmed or cleared"), max_length=LONGEST_REASON, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects: ClassVar[ImplicatedRows] = ImplicatedRows()

    class Meta:
        verbose_name = _("implicated person")
        verbose_name_plural = _("implicated persons")
        constraints = [
            models.CheckConstraint(
                condition=Q(report__isnull=True, incident__isnull=False) | Q(report__isnull=False, incident__isnull=True),
                name="implicated_in_one", violation_error_message=_("Name either a report or an incident."),
            ),
            models.UniqueConstraint(
                fields=["report", "person"], condition=Q(report__isnull=False), name="implicated_in_report_once",
                violation_error_message=_("They are kept out already."),
            ),
            models.UniqueConstraint(
                fields=["incident", "person"], condition=Q(incident__isnull=False), name="implicated_in_incident_once",
                violation_error_message=_("They are kept out already."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["person"], condition=~Q(state="cleared"), name="implicated_by_person")
        ]

    def __str__(self) -> str:
        return f"{self.about}, {self.person}"

    @property
    def about(self) -> Report | Incident | None:
        """What concerns the person."""
        return self.report or self.incident

    @property
    def is_in_force(self) -> bool:
        """Whether it keeps the person out now."""
        return self.retired_at is None and self.state != self.State.CLEARED

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """The state as a badge."""
        return Standing(str(self.State(self.state).label), *TINTS[self.state])

    may_be_withheld = True

    @classmethod
    def withheld_from(cls, person: Person) -> Q:
        """Those about what `person` must not know."""
        incidents = Incident.objects.filter(Incident.withheld_from(person)).values("pk")
        kept = Report.withheld_from(person) | Q(incident__in=incidents)
        return Q(incident__in=incidents) | Q(report__in=Report.objects.filter(kept).values("pk"))

    @classmethod
    def knowing(cls, person: Person) -> Hashable:
        """All that `withheld_from` depends on."""
        return Incident.knowing(person)

    def clean(self) -> None:
        """It lies where that lies which concerns the person."""
        if self.about is not None:
            self.unit_id = self.about.unit_id
