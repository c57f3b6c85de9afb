"""What is said about an answer."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models.assessments import Assessment, shared_parts
from keepwell.areas.frameworks.models import Node
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record


@personal(by=("written_by", "settled_by"), says=("text",))
class Comment(Record):
    """Something said about a requirement of an assessment; open until it is settled."""

    unit_field: ClassVar[str] = "assessment__unit"
    key_fields = ("assessment_id", "node__code", "written_by__number", "written_at")

    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="comments", verbose_name=_("assessment")
    )
    node = models.ForeignKey(Node, models.PROTECT, related_name="comments", verbose_name=_("requirement"))
    answers = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replies", verbose_name=_("in answer to")
    )
    text = models.CharField(_("text"), max_length=2000)
    written_by = models.ForeignKey(
        Person, models.PROTECT, related_name="+", editable=False, verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"), editable=False)
    settled_by = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("settled by"),
    )
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        indexes = [models.Index(fields=["assessment", "written_at", "id"], name="comment_in_order")]

    def __str__(self) -> str:
        return self.text[:60]

    @classmethod
    def own(cls, person: Person) -> Q:
        """Who was asked to answer a requirement, or what it belongs to, sees what is said about it."""
        return shared_parts(person)

    @property
    def is_settled(self) -> bool:
        return self.settled_at is not None
