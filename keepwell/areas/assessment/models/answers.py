"""Answers: what one source says of one requirement at one site."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.areas.assessment.models.assessments import Assessment, shared_parts
from keepwell.areas.assessment.models.words import Source
from keepwell.areas.frameworks.models import Node
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet

NEEDS_REASON = _("Say why it does not apply.")
NO_SCORE = _("What does not apply has no score.")
NEEDS_SCORE = _("Give a score, or say that it does not apply.")


class AnswerQuerySet(RecordQuerySet):
    def given(self) -> AnswerQuerySet:
        """Answers of this cycle: not those that wait to be examined."""
        return self.current().exclude(standing=Answer.Standing.TO_EXAMINE)


AnswerRows = models.Manager.from_queryset(AnswerQuerySet)


@personal(by=("answered_by",), says=("reason",))
class Answer(Record):
    """A score with its reason: of one requirement, at one site, by one source.

    A cycle with one dimension keeps its score as `practice`. `previous` is the answer of the cycle before to
    the same requirement; where the framework changed, an estimate from several may stand in its place.
    """

    class Standing(models.TextChoices):
        TO_EXAMINE = "to_examine", _("To re-examine")
        NEW = "new", _("New")
        UNCHANGED = "unchanged", _("Unchanged")
        CHANGED = "changed", _("Changed")
        ACCEPTED = "accepted", _("As the site said")

    unit_field: ClassVar[str] = "assessment__unit"
    key_fields = (
        "assessment__cycle__unit__code", "assessment__cycle__name", "assessment__unit__code", "assessment__scope",
        "node__code", "source",
    )  # fmt: skip

    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="answers", verbose_name=_("assessment"), db_index=False
    )
    node = models.ForeignKey(
        Node, models.PROTECT, related_name="answers", verbose_name=_("requirement"), db_index=False
    )
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.SELF)
    policy = models.DecimalField(_("policy"), max_digits=5, decimal_places=2, null=True, blank=True)
    practice = models.DecimalField(_("practice"), max_digits=5, decimal_places=2, null=True, blank=True)
    not_applicable = models.BooleanField(_("does not apply"), default=False)
    reason = models.CharField(_("reason"), max_length=4000, blank=True)
    standing = models.CharField(
        pgettext_lazy("assessment", "standing"), max_length=10, choices=Standing, default=Standing.NEW
    )
    is_estimated = models.BooleanField(
        _("estimated"), default=False, help_text=_("Carried over from another version of the framework.")
    )
    answered_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", editable=False, verbose_name=_("answered by"),
        db_index=False,
    )  # fmt: skip
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True, editable=False)
    previous = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name=_("answer before"), db_index=False,
    )  # fmt: skip

    objects: ClassVar[AnswerRows] = AnswerRows()

    class Meta:
        verbose_name = pgettext_lazy("assessment", "answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "node", "source"], name="answer_once",
                violation_error_message=_("This source has answered this requirement already."),
            ),
            models.CheckConstraint(
                condition=Q(not_applicable=False) | Q(policy__isnull=True, practice__isnull=True),
                name="answer_without_score", violation_error_message=NO_SCORE,
            ),
            models.CheckConstraint(
                condition=Q(not_applicable=False) | ~Q(reason=""), name="answer_not_applicable_has_reason",
                violation_error_message=NEEDS_REASON,
            ),
            models.CheckConstraint(
                condition=Q(not_applicable=True) | Q(practice__isnull=False), name="answer_has_score",
                violation_error_message=NEEDS_SCORE,
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["answered_at", "id"], name="answer_by_moment")]

    def __str__(self) -> str:
        return f"{self.node.code}, {self.assessment}"

    @classmethod
    def own(cls, person: Person) -> Q:
        """Who was asked to answer a requirement, or what it belongs to, sees what is said of it."""
        return shared_parts(person)

    @property
    def is_given(self) -> bool:
        """Whether it was answered in this cycle."""
        return self.standing != self.Standing.TO_EXAMINE

    def clean(self) -> None:
        """A score, or the reason why there is none."""
        wrong: dict[str, Any] = {}
        if self.not_applicable and (self.policy is not None or self.practice is not None):
            wrong["not_applicable"] = NO_SCORE
        if self.not_applicable and not self.reason.strip():
            wrong["reason"] = NEEDS_REASON
        if not self.not_applicable and self.practice is None:
            wrong["practice"] = NEEDS_SCORE
        if wrong:
            raise ValidationError(wrong)
