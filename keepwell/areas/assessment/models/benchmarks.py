"""Benchmarks: what others of the industry came to, as their publisher says it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models.words import Scope
from keepwell.areas.frameworks.models import Node, Scale, Version
from keepwell.areas.frameworks.models.outlines import SLUG
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet, RecordRows
from keepwell.platform.tree.models import Unit, the_group

CODE = RegexValidator(r"^[\w(][\w.()/ -]*$", _("A code has letters, digits, dots, dashes and brackets."))
STATISTICS = ("mean", "first_quartile", "median", "third_quartile")


class BenchmarkRows(RecordRows):
    """Benchmarks, each with its framework and scale, which every list and reading of them needs."""

    def get_queryset(self) -> RecordQuerySet:
        found: Any = super().get_queryset()  # a RecordQuerySet, which the stubs forget
        return found.select_related("framework_version__framework", "scale")


@personal(says=("note",))
class Benchmark(Record):
    """A set of figures from outside: who published it, of how many, on which framework and scale, on which terms."""

    key_fields = ("code",)
    holds_below = True

    code = models.CharField(
        _("code"), max_length=60, unique=True, validators=[SLUG], help_text=_("As semiconductor-2025.")
    )
    name = models.CharField(_("name"), max_length=160)
    unit = models.ForeignKey(
        Unit, models.PROTECT, default=the_group, related_name="benchmarks", verbose_name=_("unit"),
        help_text=_("It is read here and below."),
    )  # fmt: skip
    source = models.CharField(
        _("source"), max_length=300, help_text=_("Who published it, and where it stands.")
    )
    licence = models.CharField(
        _("terms of use"), max_length=300, help_text=_("Licence or agreement, and to whom it may be shown.")
    )
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(1990), MaxValueValidator(2999)]
    )
    sample = models.PositiveIntegerField(
        _("sample"),
        validators=[MinValueValidator(1)],
        help_text=_("How many organizations or sites were asked."),
    )
    population = models.CharField(
        _("population"),
        max_length=300,
        blank=True,
        help_text=_("Which ones, as semiconductor assembly in Asia."),
    )
    framework_version = models.ForeignKey(
        Version, models.PROTECT, related_name="benchmarks", verbose_name=_("framework version")
    )
    scale = models.ForeignKey(Scale, models.PROTECT, related_name="benchmarks", verbose_name=_("scale"))
    note = models.CharField(
        _("note"), max_length=1000, blank=True, help_text=_("How it was asked and rolled up.")
    )

    objects: ClassVar[BenchmarkRows] = BenchmarkRows()

    class Meta:
        verbose_name = _("benchmark")
        verbose_name_plural = _("benchmarks")

    def __str__(self) -> str:
        return f"{self.name} ({self.year})"


@personal(says=("note",))
class BenchmarkFigure(Record):
    """What a benchmark says of one requirement in one scope: mean, quartiles, or what of these it tells."""

    unit_field: ClassVar[str] = "benchmark__unit"
    key_fields = ("benchmark__code", "code", "scope")
    holds_below = True

    benchmark = models.ForeignKey(
        Benchmark, models.PROTECT, related_name="figures", verbose_name=_("benchmark")
    )
    code = models.CharField(
        _("requirement"),
        max_length=60,
        blank=True,
        validators=[CODE],
        help_text=_("Its code, as PR or PR.PS; empty: over all."),
    )
    scope = models.CharField(
        _("scope"),
        max_length=8,
        choices=Scope,
        blank=True,
        help_text=_("Empty: it does not tell IT from OT."),
    )
    sample = models.PositiveIntegerField(
        _("sample"), null=True, blank=True, validators=[MinValueValidator(1)],
        help_text=_("Empty: that of the whole benchmark."),
    )  # fmt: skip
    mean = models.DecimalField(_("mean"), max_digits=5, decimal_places=2, null=True, blank=True)
    first_quartile = models.DecimalField(
        _("first quartile"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    median = models.DecimalField(_("median"), max_digits=5, decimal_places=2, null=True, blank=True)
    third_quartile = models.DecimalField(
        _("third quartile"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("benchmark figure")
        verbose_name_plural = _("benchmark figures")
        constraints = [
            models.UniqueConstraint(
                "benchmark", "code", "scope", name="benchmark_figure_once",
                violation_error_message=_("This benchmark speaks of the requirement in that scope already."),
            ),
            models.CheckConstraint(
                condition=Q(mean__isnull=False) | Q(median__isnull=False), name="benchmark_figure_says_something",
                violation_error_message=_("Give the mean or the median."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return " · ".join(filter(None, (str(self.benchmark), self.code, self.get_scope_display())))

    @property
    def value(self) -> Decimal | None:
        """The figure that stands for all: the median, else the mean."""
        return self.median if self.median is not None else self.mean

    def clean(self) -> None:
        """On the scale of the benchmark, of a requirement of its framework version, quartiles in their order."""
        wrong: dict[str, Any] = {}
        scale = self.benchmark.scale
        for name in STATISTICS:
            value = getattr(self, name)
            if value is not None and not scale.lowest <= value <= scale.highest:
                wrong[name] = _("This lies outside the scale of the benchmark.")
        known = [v for v in (self.first_quartile, self.median, self.third_quartile) if v is not None]
        if known != sorted(known):
            wrong["median"] = _("Quartiles go up: the first, the median, the third.")
        if self.mean is None and self.median is None:
            wrong["median"] = _("Give the mean or the median.")
        if self.code and not self._is_known():
            wrong["code"] = _("This is no requirement of the framework version of the benchmark.")
        if wrong:
            raise ValidationError(wrong)

    def _is_known(self) -> bool:
        rows = Node.objects.filter(framework_version=self.benchmark.framework_version_id)
        return rows.active().filter(code=self.code).exists()
