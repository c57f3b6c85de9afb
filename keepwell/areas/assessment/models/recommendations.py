"""Recommendations: what to do about a gap."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models.assessments import Assessment
from keepwell.areas.frameworks.models import Node
from keepwell.areas.improvement.models import Action
from keepwell.kernel.rounding import half_up
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet

LEAST_EFFORT, MOST_EFFORT = 1, 5
NOTHING = Decimal(0)


def priority_of(gap: Decimal | None, weight: Decimal, effort: int) -> Decimal:
    """How soon a gap is to be closed: gap in levels × weight ÷ effort, to two decimals, halves up; 0 without a gap.

    The weight is the criticality of the site (1..4) unless somebody gives another; the effort runs from 1 (days)
    to 5 (a programme of a year).
    """
    if gap is None or gap <= 0:
        return NOTHING
    return half_up(gap * weight / effort, 2)


class RecommendationQuerySet(RecordQuerySet):
    def proposed(self) -> RecommendationQuerySet:
        """Those about which nobody decided yet."""
        return self.current().filter(state=Recommendation.State.PROPOSED)

    def with_place(self) -> RecommendationQuerySet:
        """Each with what its name, its place and its acts ask."""
        return self.select_related(
            "node__framework_version", "assessment__unit", "assessment__cycle__unit", "assessment__cycle__scale",
            "assessment__cycle__framework_version", "action__unit",
        )  # fmt: skip


PlainRecommendationRows = models.Manager.from_queryset(RecommendationQuerySet)


class RecommendationRows(PlainRecommendationRows):
    """Recommendations, each with its requirement and assessment, which their names need."""

    def get_queryset(self) -> RecommendationQuerySet:
        found: Any = super().get_queryset()  # a RecommendationQuerySet, which the stubs forget
        return found.select_related("node__framework_version", "assessment__unit", "assessment__cycle__unit")


@personal(by=("decided_by",), says=("text", "text_zh", "reason"))
class Recommendation(Record):
    """What one site should do about one requirement below its target in one scope of a cycle.

    `score` and `target` are those of the moment when it was made or brought in line, to two decimals; `uplift` is by
    how many levels it is expected to lift policy and practice.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    class Origin(models.TextChoices):
        LIBRARY = "library", _("Library of advice")
        CONSULTANT = "consultant", _("Consultant's list")
        HAND = "hand", _("By hand")

    unit_field: ClassVar[str] = "assessment__unit"
    key_fields = (
        "assessment__cycle__unit__code", "assessment__cycle__name", "assessment__unit__code", "assessment__scope",
        "node__code",
    )  # fmt: skip

    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="recommendations", verbose_name=_("assessment")
    )
    node = models.ForeignKey(
        Node, models.PROTECT, related_name="recommendations", verbose_name=_("requirement"),
        help_text=_("As nist-csf-2.0|PR.PS-02."),
    )  # fmt: skip
    text = models.CharField(_("recommendation"), max_length=2000)
    text_zh = models.CharField(_("recommendation in Chinese"), max_length=2000, blank=True)
    origin = models.CharField(
        _("comes from"), max_length=10, choices=Origin, default=Origin.HAND, editable=False
    )
    score = models.DecimalField(
        _("score"), max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )
    target = models.DecimalField(
        _("target"), max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )
    weight = models.DecimalField(
        _("weight"), max_digits=5, decimal_places=2, default=Decimal(1), validators=[MinValueValidator(NOTHING)],
        help_text=_("The criticality of the site, unless you give another."),
    )  # fmt: skip
    effort = models.PositiveSmallIntegerField(
        _("effort"), default=3, validators=[MinValueValidator(LEAST_EFFORT), MaxValueValidator(MOST_EFFORT)],
        help_text=_("1 days, 2 weeks, 3 a quarter, 4 half a year, 5 a year."),
    )  # fmt: skip
    uplift = models.DecimalField(
        _("expected uplift in levels"), max_digits=5, decimal_places=2, default=Decimal(1),
        validators=[MinValueValidator(NOTHING)],
    )  # fmt: skip
    priority = models.DecimalField(
        _("priority"), max_digits=9, decimal_places=2, default=NOTHING, editable=False,
        help_text=_("Gap × weight ÷ effort."),
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED, editable=False)
    reason = models.CharField(_("reason"), max_length=1000, blank=True, editable=False)
    decided_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", editable=False, verbose_name=_("decided by")
    )  # fmt: skip
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    action = models.ForeignKey(
        Action, models.PROTECT, null=True, blank=True, related_name="recommendations", editable=False,
        verbose_name=_("action"),
    )  # fmt: skip

    objects: ClassVar[RecommendationRows] = RecommendationRows()

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "node"], name="recommendation_once", condition=Q(retired_at__isnull=True),
                violation_error_message=_("There is a recommendation for this gap already."),
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(action__isnull=False), name="recommendation_accepted_has_action",
                violation_error_message=_("An accepted recommendation has its action."),
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(reason=""), name="recommendation_declined_has_reason",
                violation_error_message=_("A declined recommendation has a reason."),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["-priority", "id"], name="recommendation_by_priority")]

    def __str__(self) -> str:
        return f"{self.node.code}, {self.assessment}"

    @property
    @labelled(_("gap"))
    def gap(self) -> Decimal | None:
        """Target less score, in levels; None where one of them is not known."""
        return None if self.score is None or self.target is None else self.target - self.score

    @property
    @labelled(_("recommendation"))
    def text_here(self) -> str:
        """The text in the reader's language, else as it was written."""
        return (self.text_zh if get_language() == "zh-hant" else "") or self.text

    @property
    def is_proposed(self) -> bool:
        return self.state == self.State.PROPOSED and self.retired_at is None

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """What was decided about it."""
        return {
            self.State.PROPOSED: Standing(gettext("Proposed"), "circle-dashed", "act"),
            self.State.ACCEPTED: Standing(gettext("Accepted"), "check", "good"),
            self.State.DECLINED: Standing(gettext("Declined"), "x", "mute"),
        }[self.State(self.state)]

    def rank(self) -> None:
        """Let the priority follow from gap, weight and effort."""
        self.priority = priority_of(self.gap, self.weight, self.effort)

    def clean(self) -> None:
        """It speaks of something that is answered in the cycle's own framework; its priority follows."""
        if self.node.framework_version_id != self.assessment.cycle.framework_version_id:
            raise ValidationError({"node": _("This requirement is not of the cycle's framework version.")})
        if not self.node.is_scored:
            raise ValidationError({"node": _("Choose a requirement that is answered itself.")})
        self.rank()
