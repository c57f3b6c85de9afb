"""What only a person can say of an incident: whether a clause applies whose words name no facts."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.timeline import beat
from keepwell.areas.organization.models import NoticeClause
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit


class ClauseQuestionQuerySet(RecordQuerySet):
    def open(self) -> ClauseQuestionQuerySet:
        """Questions that nobody has answered, of incidents that are not closed."""
        rows = self.current().filter(state=ClauseQuestion.State.OPEN, incident__retired_at__isnull=True)
        return rows.exclude(incident__state=Incident.State.CLOSED)


ClauseQuestionRows = models.Manager.from_queryset(ClauseQuestionQuerySet)


@personal(by=("person",), says=("reason",))
class ClauseQuestion(Record):
    """One clause of which somebody is to say whether it applies to one incident, and what they said."""

    class State(models.TextChoices):
        OPEN = "open", _("Not answered yet")
        APPLIES = "applies", _("It applies")
        NOT = "not", _("It does not apply")
        MOOT = "moot", _("No longer asked")

    unit_field: ClassVar[str] = "incident__unit"
    key_fields = ("incident__number", "unit__code", "clause_id")

    incident = models.ForeignKey(
        Incident, models.PROTECT, related_name="clause_questions", verbose_name=_("incident"), editable=False
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="+", verbose_name=_("who must tell"), editable=False
    )
    clause = models.ForeignKey(
        NoticeClause, models.PROTECT, related_name="questions", verbose_name=_("clause"), editable=False
    )
    state = models.CharField(
        pgettext_lazy("incidents", "answer"), max_length=7, choices=State, default=State.OPEN, editable=False
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, editable=False)
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name=pgettext_lazy("incidents", "answered by"),
    )  # fmt: skip
    answered_at = models.DateTimeField(
        pgettext_lazy("incidents", "answered"), null=True, blank=True, editable=False
    )

    objects: ClassVar[ClauseQuestionRows] = ClauseQuestionRows()

    class Meta:
        verbose_name = _("clause question")
        verbose_name_plural = _("clause questions")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "unit", "clause"], name="clause_asked_once",
                violation_error_message=_("Somebody is asked of this clause already."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("applies", "not"))
                | Q(answered_at__isnull=False, person__isnull=False) & ~Q(reason=""),
                name="clause_answer_has_person_and_reason",
                violation_error_message=_("An answer has its moment, who gave it, and a reason."),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["state", "incident"], name="clause_question_by_state")]

    def __str__(self) -> str:
        return gettext("%(incident)s: does %(clause)s apply?") % {
            "incident": self.incident,
            "clause": self.clause,
        }

    @property
    @labelled(_("what triggers it"))
    def trigger(self) -> str:
        """The words of the clause."""
        return self.clause.trigger

    @property
    def is_open(self) -> bool:
        """Whether somebody is still to answer."""
        return self.state == self.State.OPEN and self.retired_at is None

    @property
    def answer(self) -> bool | None:
        """Whether it applies, as somebody said; None: nobody did."""
        return {self.State.APPLIES.value: True, self.State.NOT.value: False}.get(str(self.state))

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """The answer as a badge."""
        icon, tint = {"open": ("question-mark", "warn"), "applies": ("clock", "act"), "not": ("ban", "mute"),
                      "moot": ("check", "mute")}[self.state]  # fmt: skip
        return Standing(str(self.get_state_display()), icon, tint)

    def settle_one(self, names: Collection[str]) -> None:
        """Every open room shows it; those asked in bulk are told of together."""
        beat(self.incident)
