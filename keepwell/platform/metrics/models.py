"""What each metric read, unit by unit, as of a day."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.kernel.rounding import half_up, hours
from keepwell.platform.metrics.metric import METRICS
from keepwell.platform.records.models import VisibleRows
from keepwell.platform.tree.models import Unit


class Reading(models.Model):
    """The figure of one metric for one unit and all below it: counted, therefore replaced when stale.

    Whoever publishes a figure keeps value and digest; a reading only says what the records say now.
    """

    area: ClassVar[str] = "reporting"

    metric = models.CharField(_("metric"), max_length=80)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="readings", verbose_name=_("unit"))
    year = models.PositiveSmallIntegerField(_("year"))
    day = models.DateField(_("as of"))
    numerator = models.BigIntegerField(_("numerator"), null=True, help_text=_("Empty: no data."))
    denominator = models.BigIntegerField(_("denominator"), null=True, help_text=_("Of shares only."))
    records = models.PositiveBigIntegerField(_("records"), help_text=_("How many rows the figure opens."))
    excluded = models.PositiveBigIntegerField(
        _("excluded"), help_text=_("Rows that lie in no unit and count nowhere.")
    )
    digest = models.CharField(
        _("digest"), max_length=64, help_text=_("SHA-256 of the keys of what was counted.")
    )
    stamp = models.CharField(max_length=64, help_text="What the records were when it was counted.")
    counted_at = models.DateTimeField(_("counted at"))

    objects: ClassVar[VisibleRows] = VisibleRows()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        constraints = [models.UniqueConstraint(fields=["metric", "year", "day", "unit"], name="reading_once")]
        indexes = [models.Index(fields=["unit", "year", "day"], name="reading_of_unit")]

    def __str__(self) -> str:
        return f"{self.metric} {self.year}: {self.value}"

    @property
    def has_data(self) -> bool:
        """Whether there is a figure at all, be it zero."""
        return self.numerator is not None

    @property
    def value(self) -> int | float | bool | None:
        """The figure in its metric's unit: hours rounded half up, lengths of time in hours and scores to one decimal,
        shares from 0 to 1; None: no data."""
        if self.numerator is None:
            return None
        unit = METRICS[self.metric].unit
        if unit == "hours":
            return hours(self.numerator)
        if unit == "duration":
            return float(half_up(Fraction(self.numerator, 60), 1))
        if unit == "yes_no":
            return self.numerator > 0
        if unit == "score":
            return float(half_up(Fraction(self.numerator, self.denominator or 1), 1))
        return self.numerator / self.denominator if self.denominator else self.numerator

    @property
    def percent(self) -> Decimal | None:
        """A share in hundredths, rounded half up to one place; None: no data, or no share."""
        if self.numerator is None or not self.denominator:
            return None
        return half_up(Decimal(100 * self.numerator) / self.denominator, 1)
