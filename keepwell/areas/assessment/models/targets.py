"""Targets: how mature a site is to be."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models.cycles import Cycle
from keepwell.areas.assessment.models.words import Scope
from keepwell.areas.frameworks.models import Node
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit, the_group

EVERY = 0
MOST_CRITICAL = 4


class TargetQuerySet(RecordQuerySet):
    def approved(self) -> TargetQuerySet:
        """Targets that hold."""
        return self.current().filter(approved_at__isnull=False)


TargetRows = models.Manager.from_queryset(TargetQuerySet)


@personal(by=("approved_by",), says=("note",))
class Target(Record):
    """What a requirement and all below it is to reach in a cycle: at `unit` and below it, for sites of one
    criticality (0: all) and one scope (empty: all). It holds once it is approved.

    Of several the one at the nearest unit holds; then one for the site's criticality; then the one of the
    nearest requirement; then one for the scope.
    """

    key_fields = ("cycle__unit__code", "cycle__name", "unit__code", "node__code", "scope", "criticality")
    holds_below = True

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="targets", verbose_name=_("cycle"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, default=the_group, related_name="maturity_targets", verbose_name=_("unit"),
        help_text=_("It holds here and below."),
    )  # fmt: skip
    node = models.ForeignKey(
        Node, models.PROTECT, related_name="targets", verbose_name=_("requirement"),
        help_text=_("As nist-csf-2.0|PR; it holds for all below."),
    )  # fmt: skip
    scope = models.CharField(
        _("scope"), max_length=8, choices=Scope, blank=True, help_text=_("Empty: IT and OT alike.")
    )
    criticality = models.PositiveSmallIntegerField(
        _("criticality of the site"), default=EVERY, validators=[MaxValueValidator(MOST_CRITICAL)],
        help_text=_("1 to 4; 0: every site."),
    )  # fmt: skip
    value = models.DecimalField(_("target"), max_digits=5, decimal_places=2)
    note = models.CharField(_("note"), max_length=300, blank=True, help_text=_("Why it is so."))
    approved_by = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)

    objects: ClassVar[TargetRows] = TargetRows()

    class Meta:
        verbose_name = _("maturity target")
        verbose_name_plural = _("maturity targets")
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "unit", "node", "scope", "criticality"], name="target_once",
                condition=Q(retired_at__isnull=True),
                violation_error_message=_("There is a target for this already."),
            ),
            models.CheckConstraint(
                condition=Q(criticality__lte=MOST_CRITICAL), name="target_criticality_0_to_4",
                violation_error_message=_("Criticality runs from 1 to 4; 0 means every site."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.node.code} {self.value.normalize():f}, {self.cycle.name}"

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None and self.retired_at is None

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """Whether it holds."""
        if self.is_approved:
            return Standing(gettext("Approved"), "check", "good")
        return Standing(gettext("Proposed"), "circle-dashed", "mute")

    def clean(self) -> None:
        """It speaks of the cycle's own framework, on the cycle's scale."""
        if self.node.framework_version_id != self.cycle.framework_version_id:
            raise ValidationError({"node": _("This requirement is not of the cycle's framework version.")})
        if self.value is not None and not self.cycle.scale.holds(self.value):
            raise ValidationError({"value": _("A target lies on the scale of the cycle, in its steps.")})
