"""The cycle: one year's assessment of many sites as one object."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models.words import Source
from keepwell.areas.frameworks.models import Scale, Version
from keepwell.kernel.rollup.tree import Method
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet, RecordRows
from keepwell.platform.tree.models import Unit, the_group

CALENDAR = _("A cycle opens, then is answered, then validated: the days come in this order.")
SHARE_ONLY = _("A share of the policy score belongs to weighted scores, and those need one.")
FOR_ALL = {"kind": Unit.Kind.SITE}
WHOLE = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))]


class CycleRows(RecordRows):
    """Cycles, each with its unit and framework, which their names and keys need."""

    def get_queryset(self) -> RecordQuerySet:
        found: Any = super().get_queryset()  # a RecordQuerySet, which the stubs forget
        return found.select_related("unit", "framework_version__framework")


@personal(says=("note",))
class Cycle(Record):
    """The assessment of sites against one version of a framework in one year: how it is scored, what counts,
    how it rolls up, and how far it has come."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        VALIDATION = "validation", _("In validation")
        PUBLISHED = "published", _("Published")
        FROZEN = "frozen", _("Frozen")

    class Dimensions(models.TextChoices):
        BOTH = "both", _("Policy and practice")
        ONE = "one", _("One score")

    class Combining(models.TextChoices):
        MEAN = "mean", _("Mean of policy and practice")
        PRACTICE = "practice", _("Practice alone")
        WEIGHTED = "weighted", _("Weighted by a share of policy")
        MINIMUM = "minimum", _("The lower of both")

    class Counting(models.TextChoices):
        VALIDATED_SELF = "validated self", _("Validated, else self")
        CONSULTANT_FIRST = "consultant validated self", _("Consultant, else validated, else self")
        AUDIT_FIRST = "audit validated self", _("Audit, else validated, else self")
        VALIDATED = "validated", _("Validated alone")
        SELF = "self", _("Self alone")
        IMPORTED = "imported validated self", _("Imported, else validated, else self")

    class Counts(models.TextChoices):
        MEAN_OF_MEANS = Method.MEAN_OF_MEANS.value, _("Mean of means")
        FLAT_MEAN = Method.FLAT_MEAN.value, _("Flat mean")
        CUTBACK = Method.CUTBACK.value, _("Mean of means, cut back to targets")
        MINIMUM = Method.MINIMUM.value, _("Minimum")
        SHARE_AT_TARGET = Method.SHARE_AT_TARGET.value, _("Share at target")

    class Weights(models.TextChoices):
        EQUAL = "equal", _("Every site alike")
        HEADCOUNT = "headcount", _("By headcount")
        REVENUE = "revenue", _("By revenue")
        CRITICALITY = "criticality", _("By criticality")
        OWN = "own", _("Own weights")

    key_fields = ("unit__code", "name")
    holds_below = True

    name = models.CharField(_("name"), max_length=60, help_text=_("As CSF 2025."))
    unit = models.ForeignKey(
        Unit, models.PROTECT, default=the_group, related_name="cycles", verbose_name=_("unit"),
        help_text=_("The group or a company whose sites are assessed."),
    )  # fmt: skip
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(1990), MaxValueValidator(2999)]
    )
    framework_version = models.ForeignKey(
        Version, models.PROTECT, related_name="cycles", verbose_name=_("framework version")
    )
    scale = models.ForeignKey(Scale, models.PROTECT, related_name="cycles", verbose_name=_("scale"))
    previous = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="following", verbose_name=_("cycle before"),
        help_text=_("Whose answers are carried over."),
    )  # fmt: skip
    dimensions = models.CharField(_("dimensions"), max_length=6, choices=Dimensions, default=Dimensions.BOTH)
    combining = models.CharField(
        _("one score of both"), max_length=10, choices=Combining, default=Combining.MEAN
    )
    policy_share = models.DecimalField(
        _("share of policy"), max_digits=4, decimal_places=3, null=True, blank=True, validators=WHOLE,
        help_text=_("0 to 1, of weighted scores only."),
    )  # fmt: skip
    counting = models.CharField(
        _("which score counts"), max_length=30, choices=Counting, default=Counting.VALIDATED_SELF
    )
    method = models.CharField(_("method"), max_length=20, choices=Counts, default=Counts.MEAN_OF_MEANS)
    weights = models.CharField(_("weights of sites"), max_length=12, choices=Weights, default=Weights.EQUAL)
    coverage_threshold = models.DecimalField(
        _("least coverage"), max_digits=4, decimal_places=3, default=Decimal("0.8"), validators=WHOLE,
        help_text=_("0 to 1; with fewer answers a score is not shown."),
    )  # fmt: skip
    reason_step = models.DecimalField(
        _("reason from"), max_digits=4, decimal_places=2, default=Decimal("0.5"),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("A score that moved by more than this since the cycle before needs a reason."),
    )  # fmt: skip
    it_sites = models.ManyToManyField(
        Unit, blank=True, related_name="+", verbose_name=_("sites, IT"), limit_choices_to=FOR_ALL
    )
    ot_sites = models.ManyToManyField(
        Unit, blank=True, related_name="+", verbose_name=_("sites, OT"), limit_choices_to=FOR_ALL
    )
    combined_sites = models.ManyToManyField(
        Unit,
        blank=True,
        related_name="+",
        verbose_name=_("sites, IT and OT together"),
        limit_choices_to=FOR_ALL,
    )
    opens_on = models.DateField(_("opens"))
    answers_due_on = models.DateField(_("answers due"))
    validation_due_on = models.DateField(_("validation due"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT, editable=False)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    frozen_at = models.DateTimeField(_("frozen"), null=True, blank=True, editable=False)

    objects: ClassVar[CycleRows] = CycleRows()

    class Meta:
        verbose_name = _("cycle")
        verbose_name_plural = _("cycles")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], name="cycle_once",
                violation_error_message=_("This unit has a cycle of that name already."),
            ),
            models.CheckConstraint(
                condition=Q(answers_due_on__gte=F("opens_on"))
                & (Q(validation_due_on__isnull=True) | Q(validation_due_on__gte=F("answers_due_on"))),
                name="cycle_days_in_order", violation_error_message=CALENDAR,
            ),
            models.CheckConstraint(
                condition=Q(combining="weighted", policy_share__isnull=False)
                | (~Q(combining="weighted") & Q(policy_share__isnull=True)),
                name="cycle_share_of_policy", violation_error_message=SHARE_ONLY,
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["year", "id"], name="cycle_by_year")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The rules of the row, as the database keeps them; a cycle does not follow itself."""
        wrong: dict[str, Any] = {}
        if self.opens_on and self.answers_due_on and self.answers_due_on < self.opens_on:
            wrong["answers_due_on"] = CALENDAR
        if self.validation_due_on and self.answers_due_on and self.validation_due_on < self.answers_due_on:
            wrong["validation_due_on"] = CALENDAR
        if (self.combining == self.Combining.WEIGHTED) != (self.policy_share is not None):
            wrong["policy_share"] = SHARE_ONLY
        if self.previous_id == self.pk:
            wrong["previous"] = _("A cycle does not follow itself.")
        if wrong:
            raise ValidationError(wrong)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources that count, the first one with an answer before the others."""
        return tuple(Source(name) for name in self.counting.split())

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_running(self) -> bool:
        """Whether answers may still change."""
        return self.state in (self.State.OPEN, self.State.VALIDATION)

    @property
    def is_frozen(self) -> bool:
        return self.state == self.State.FROZEN

    @property
    def has_two_dimensions(self) -> bool:
        return self.dimensions == self.Dimensions.BOTH

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """How far it has come."""
        return {
            self.State.DRAFT: Standing(gettext("Draft"), "circle-dashed", "mute"),
            self.State.OPEN: Standing(gettext("Open"), "circle-dashed", "act"),
            self.State.VALIDATION: Standing(gettext("In validation"), "circle-dashed", "act"),
            self.State.PUBLISHED: Standing(gettext("Published"), "check", "good"),
            self.State.FROZEN: Standing(gettext("Frozen"), "lock", "good"),
        }[self.State(self.state)]
