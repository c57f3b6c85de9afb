"""The assessment of one site in one cycle."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models.cycles import Cycle
from keepwell.areas.assessment.models.words import Scope
from keepwell.areas.frameworks.models import Node
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import NOBODY, personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit


class AssessmentQuerySet(RecordQuerySet):
    def counted(self) -> AssessmentQuerySet:
        """Assessments that belong to their cycle still: neither withdrawn nor retired."""
        return self.current().exclude(state=Assessment.State.WITHDRAWN)

    def with_cycle(self) -> AssessmentQuerySet:
        """Each with its site and its cycle, and what every page and rule asks of those."""
        return self.select_related(
            "unit", "cycle__unit", "cycle__framework_version", "cycle__scale", "cycle__previous__framework_version"
        )  # fmt: skip

    def unanswered(self) -> AssessmentQuerySet:
        """Those whose answers their site still owes."""
        return self.counted().filter(state__in=Assessment.OWED)


PlainAssessmentRows = models.Manager.from_queryset(AssessmentQuerySet)


class AssessmentRows(PlainAssessmentRows):
    """Assessments, each with its site and cycle, which their names and keys need."""

    def get_queryset(self) -> AssessmentQuerySet:
        found: Any = super().get_queryset()  # an AssessmentQuerySet, which the stubs forget
        return found.select_related("unit", "cycle__unit")


@personal(by=("submitted_by", "validated_by"), says=("withdrawn_reason", "note"))
class Assessment(Record):
    """What one site answers in one cycle, for IT, for OT or for both: how far it is, and what it weighs."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("assessment", "Asked")
        ANSWERING = "answering", _("Being answered")
        SUBMITTED = "submitted", _("Submitted")
        RETURNED = "returned", _("Returned")
        VALIDATED = "validated", _("Validated")
        WITHDRAWN = "withdrawn", pgettext_lazy("assessment", "Withdrawn")

    OWED = (State.ASKED, State.ANSWERING, State.RETURNED)

    key_fields = ("cycle__unit__code", "cycle__name", "unit__code", "scope")

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="assessments", verbose_name=_("cycle"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assessments", verbose_name=_("site"))
    scope = models.CharField(_("scope"), max_length=8, choices=Scope)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED, editable=False)
    weight = models.DecimalField(
        _("weight"),
        max_digits=18,
        decimal_places=4,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0))],
    )
    due_on = models.DateField(_("due"))
    is_late = models.BooleanField(_("joined late"), default=False, editable=False)
    previous = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name=_("assessment before"),
    )  # fmt: skip
    note = models.CharField(_("note"), max_length=1000, blank=True, help_text=_("Why it was returned."))
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True, editable=False)
    submitted_by = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("submitted by"),
    )
    validated_at = models.DateTimeField(_("validated"), null=True, blank=True, editable=False)
    validated_by = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("validated by"),
    )
    withdrawn_at = models.DateTimeField(
        pgettext_lazy("assessment", "withdrawn"), null=True, blank=True, editable=False
    )
    withdrawn_reason = models.CharField(_("reason of withdrawal"), max_length=500, blank=True, editable=False)

    objects: ClassVar[AssessmentRows] = AssessmentRows()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "unit", "scope"], name="assessment_once",
                violation_error_message=_("This site is assessed in this cycle and scope already."),
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(withdrawn_reason=""), name="assessment_withdrawn_has_reason",
                violation_error_message=_("A withdrawn assessment has a reason."),
            ),
            models.CheckConstraint(
                condition=Q(weight__gte=0), name="assessment_weight_not_below_nought",
                violation_error_message=_("A weight is 0 or more."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unit.code} {self.get_scope_display()}, {self.cycle.name}"

    @classmethod
    def own(cls, person: Person) -> Q:
        """Who was asked to answer a part of it sees it."""
        mine = Share.objects.current().filter(person=person)
        return Q(pk__in=mine.values("assessment")) if mine.exists() else NOBODY

    @property
    def is_owed(self) -> bool:
        """Whether its site still owes the answers."""
        return self.state in self.OWED and self.retired_at is None

    @property
    def is_submitted(self) -> bool:
        return self.state == self.State.SUBMITTED

    @property
    def is_withdrawn(self) -> bool:
        return self.state == self.State.WITHDRAWN

    def is_overdue(self, day: date) -> bool:
        """Whether the answers were due before `day` and are still owed."""
        return self.is_owed and self.due_on < day

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """How far it has come."""
        return {
            self.State.ASKED: Standing(pgettext("assessment", "Asked"), "circle-dashed", "mute"),
            self.State.ANSWERING: Standing(gettext("Being answered"), "circle-dashed", "act"),
            self.State.SUBMITTED: Standing(gettext("Submitted"), "clock", "act"),
            self.State.RETURNED: Standing(gettext("Returned"), "alert-triangle", "warn"),
            self.State.VALIDATED: Standing(gettext("Validated"), "check", "good"),
            self.State.WITHDRAWN: Standing(pgettext("assessment", "Withdrawn"), "x", "mute"),
        }[self.State(self.state)]


@personal("person", says=("note",))
class Share(Record):
    """A colleague answers a requirement, and all below it, for the site."""

    unit_field: ClassVar[str] = "assessment__unit"
    key_fields = (
        "assessment__cycle__unit__code", "assessment__cycle__name", "assessment__unit__code", "assessment__scope",
        "node__code", "person__number",
    )  # fmt: skip

    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="shares", verbose_name=_("assessment")
    )
    node = models.ForeignKey(Node, models.PROTECT, related_name="shares", verbose_name=_("requirement"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="shares", verbose_name=_("person"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "node", "person"], name="share_once", condition=Q(retired_at__isnull=True),
                violation_error_message=_("This person answers this part already."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.node.code}, {self.person}"

    @classmethod
    def own(cls, person: Person) -> Q:
        """Everybody sees what they were asked."""
        return Q(person=person.pk)


def shared_parts(person: Person) -> Q:
    """Rows that name an assessment and a requirement of which `person` was asked to answer that part."""
    mine = Share.objects.current().filter(person=person)
    depths = mine.aggregate(deepest=models.Max("assessment__cycle__framework_version__nodes__depth"))
    if depths["deepest"] is None:
        return NOBODY
    above = ["node" + "__parent" * steps for steps in range(depths["deepest"] + 1)]
    asked = mine.filter(assessment=models.OuterRef("assessment"))
    return Q(models.Exists(asked.filter(reduce(or_, (Q(node=models.OuterRef(path)) for path in above)))))
