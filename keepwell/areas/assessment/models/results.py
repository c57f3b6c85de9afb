"""What the answers of an assessment come to, and frozen years."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models.assessments import Assessment
from keepwell.areas.assessment.models.cycles import Cycle
from keepwell.areas.assessment.models.words import View
from keepwell.kernel.rollup.tree import Rolled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, VisibleRows

LONGEST = 120


def told(value: Fraction | None) -> str:
    """An exact value as it is kept: 89/30; empty for none."""
    return "" if value is None else str(value)


# A map hears thousands of values, and most of them many times: the same text is the same number for ever.
@lru_cache(maxsize=16_384)
def heard(text: str) -> Fraction | None:
    """An exact value from how it is kept."""
    if not text:
        return None
    top, _stroke, bottom = text.partition("/")
    return Fraction(int(top), int(bottom) if bottom else 1)


ROLLED = ("mean", "flat", "cutback", "minimum", "target", "met", "aimed", "answered", "applicable")
"""The columns of a result that the kernel reckons with, in the order of `rolled_of`."""


def rolled_of(mean: str, flat: str, cutback: str, minimum: str, target: str, met: int, aimed: int,
              answered: int, applicable: int) -> Rolled:  # fmt: skip
    """The values of `ROLLED` as the kernel reckons with them."""
    return Rolled(
        heard(mean), heard(flat), heard(cutback), heard(minimum), heard(target), _count(met), _count(aimed),
        _count(answered), answered, applicable,
    )  # fmt: skip


@lru_cache(maxsize=2_048)
def _count(number: int) -> Fraction:
    return Fraction(number)


class Result(models.Model):
    """What the answers below one inner node come to in one assessment, by one view: derived, therefore replaced.

    `code` is the node's, empty for the whole. `on_version` is empty, or the code of another framework version
    on which the answers were restated through the crosswalk: estimates. Exact values are fractions as text.
    """

    area: ClassVar[str] = "assessment"
    unit_field: ClassVar[str] = "assessment__unit"

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="results", db_index=False)
    view = models.CharField(max_length=10, choices=View)
    on_version = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=60, blank=True)
    mean = models.CharField(max_length=LONGEST, blank=True)
    flat = models.CharField(max_length=LONGEST, blank=True)
    cutback = models.CharField(max_length=LONGEST, blank=True)
    minimum = models.CharField(max_length=LONGEST, blank=True)
    target = models.CharField(max_length=LONGEST, blank=True)
    met = models.PositiveIntegerField(default=0, help_text="Answers with a target that reached it.")
    aimed = models.PositiveIntegerField(default=0, help_text="Answers with a target.")
    answered = models.PositiveIntegerField(default=0)
    applicable = models.PositiveIntegerField(default=0)
    score = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        null=True,
        help_text="By the cycle's method, rounded; empty: not enough answers.",
    )

    objects: ClassVar[VisibleRows] = VisibleRows()

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        constraints = [
            models.UniqueConstraint(fields=["assessment", "view", "on_version", "code"], name="result_once")
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.view} {self.code}"

    @property
    def rolled(self) -> Rolled:
        """The values as the kernel reckons with them."""
        return rolled_of(*(getattr(self, name) for name in ROLLED))


@personal(by=("taken_by",), says=("reason",))
class Snapshot(Record):
    """A frozen year as it was published, kept under its digest; a restatement stands beside it."""

    unit_field: ClassVar[str] = "cycle__unit"
    key_fields = ("cycle__unit__code", "cycle__name", "number")
    holds_below = True

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="snapshots", verbose_name=_("cycle"))
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("0 as frozen; then each restatement."))
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    size_bytes = models.PositiveIntegerField(_("size"), editable=False)
    structure = models.JSONField(
        default=dict,
        editable=False,
        help_text="Where each unit lay: its id, and those of itself and all above it, the nearest first.",
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    taken_by = models.ForeignKey(
        Person, models.PROTECT, related_name="+", editable=False, verbose_name=_("taken by")
    )
    taken_at = models.DateTimeField(_("taken"), editable=False)

    class Meta:
        verbose_name = _("frozen cycle")
        verbose_name_plural = _("frozen cycles")
        constraints = [models.UniqueConstraint(fields=["cycle", "number"], name="snapshot_once")]

    def __str__(self) -> str:
        return f"{self.cycle.name} ({self.number})"
