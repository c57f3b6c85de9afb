"""Scales on which requirements are scored, and what a level of one asks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.areas.frameworks.models.outlines import SLUG, Node, in_reader_language
from keepwell.platform.history.labels import labelled
from keepwell.platform.records.models import Record
from keepwell.platform.tree.models import Unit, the_group


class Scale(Record):
    """A scale from `lowest` to `highest`, scored in steps; its levels have names and meanings."""

    key_fields = ("code",)
    holds_below = True

    code = models.CharField(
        _("code"), max_length=40, unique=True, validators=[SLUG], help_text=_("As cmmi-0-5.")
    )
    name = models.CharField(_("name"), max_length=160)
    name_zh = models.CharField(_("Chinese name"), max_length=160, blank=True)
    lowest = models.DecimalField(_("lowest"), max_digits=5, decimal_places=2, default=Decimal("0"))
    highest = models.DecimalField(_("highest"), max_digits=5, decimal_places=2)
    step = models.DecimalField(
        pgettext_lazy("frameworks", "step"), max_digits=5, decimal_places=2, default=Decimal("0.1"),
        help_text=_("The finest difference between two scores."),
    )  # fmt: skip
    levels = models.JSONField(
        _("levels"), default=list, blank=True, editable=False,
        help_text="Each with value, name, name_zh, meaning, meaning_zh; the lowest first.",
    )  # fmt: skip
    note = models.CharField(_("note"), max_length=500, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, default=the_group, related_name="scales", verbose_name=_("unit")
    )

    class Meta:
        verbose_name = _("scale")
        verbose_name_plural = _("scales")
        constraints = [
            models.CheckConstraint(
                condition=Q(highest__gt=F("lowest")), name="scale_goes_up",
                violation_error_message=_("The highest value lies above the lowest."),
            ),
            models.CheckConstraint(
                condition=Q(step__gt=0), name="scale_has_step",
                violation_error_message=_("The step is more than 0."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name_here

    @property
    @labelled(_("name"))
    def name_here(self) -> str:
        """The name in the reader's language, else in English."""
        return in_reader_language(self.name, self.name_zh)

    @property
    @labelled(_("levels"))
    def levels_here(self) -> str:
        """The levels in the reader's language, as `0 Not performed · 1 Initial`."""
        return " · ".join(f"{level['value']} {name}" for level, name in self._named())

    def _named(self) -> list[tuple[dict[str, Any], str]]:
        return [(level, in_reader_language(level["name"], level.get("name_zh", ""))) for level in self.levels]

    def level_names(self) -> dict[int, str]:
        """The name of each level by its value, in the reader's language."""
        return {level["value"]: name for level, name in self._named()}

    def holds(self, value: Decimal) -> bool:
        """Whether `value` may be scored: within the scale and no finer than its step."""
        return self.lowest <= value <= self.highest and (value - self.lowest) % self.step == 0

    def clean(self) -> None:
        """The rules of the row, as the database keeps them."""
        wrong: dict[str, Any] = {}
        if self.lowest is not None and self.highest is not None and self.highest <= self.lowest:
            wrong["highest"] = _("The highest value lies above the lowest.")
        if self.step is not None and self.step <= 0:
            wrong["step"] = _("The step is more than 0.")
        if wrong:
            raise ValidationError(wrong)


class Guidance(Record):
    """What one level of a scale asks of a requirement, and of everything below it that has none of its own."""

    unit_field: ClassVar[str] = "node__framework_version__framework__unit"
    key_fields = ("node__framework_version__code", "node__code", "scale__code", "level")
    holds_below = True

    node = models.ForeignKey(
        Node, models.PROTECT, related_name="guidance", verbose_name=_("requirement"),
        help_text=_("As nist-csf-2.0|GV.RR."),
    )  # fmt: skip
    scale = models.ForeignKey(Scale, models.PROTECT, related_name="guidance", verbose_name=_("scale"))
    level = models.PositiveSmallIntegerField(_("level"))
    text = models.CharField(_("text"), max_length=1000)
    text_zh = models.CharField(_("Chinese text"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("guidance")
        verbose_name_plural = _("guidance")
        constraints = [
            models.UniqueConstraint(
                fields=["node", "scale", "level"], name="guidance_once",
                violation_error_message=_("This level of the requirement has its guidance already."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.node.code} · {self.level}"

    @property
    @labelled(_("text"))
    def text_here(self) -> str:
        """The text in the reader's language, else in English."""
        return in_reader_language(self.text, self.text_zh)

    def clean(self) -> None:
        """A level lies on its scale."""
        if not self.scale.lowest <= self.level <= self.scale.highest:
            raise ValidationError({"level": _("The level lies on the scale.")})
