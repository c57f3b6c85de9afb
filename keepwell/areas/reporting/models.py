"""Figures of a year and the documents that told them."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from keepwell.platform.history.labels import labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record
from keepwell.platform.tree.models import Unit


@personal(by=("signed_by", "frozen_by"))
class Figure(Record):
    """One figure of one year of one unit, from the day it was signed: what was counted, and who answers for it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SIGNED_OFF = "signed_off", _("Signed")
        FROZEN = "frozen", _("Frozen")

    area: ClassVar[str] = "reporting"
    key_fields = ("unit__code", "year", "name")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="figures", verbose_name=_("unit"))
    year = models.PositiveSmallIntegerField(_("year"), help_text=_("Fiscal year, named by the day it ends."))
    name = models.CharField(_("figure"), max_length=80, help_text=_("Its id, as training.person_times."))
    kind = models.CharField(_("counted in"), max_length=20)
    title = models.CharField(_("title"), max_length=160)
    title_zh = models.CharField(_("Chinese title"), max_length=160, blank=True)
    definition = models.CharField(_("definition"), max_length=500)
    definition_zh = models.CharField(_("Chinese definition"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT, editable=False)
    as_of = models.DateField(_("as of"))
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4, null=True, editable=False,
                                help_text=_("Empty means no data."))  # fmt: skip
    records = models.PositiveIntegerField(_("records"), default=0, editable=False)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    signed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", editable=False, verbose_name=_("signed by")
    )
    signed_at = models.DateTimeField(_("signed"), null=True, editable=False)
    frozen_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", editable=False, verbose_name=_("frozen by")
    )
    frozen_at = models.DateTimeField(_("frozen"), null=True, editable=False)
    restated_value = models.DecimalField(
        _("restated value"), max_digits=20, decimal_places=4, null=True, editable=False
    )
    restated_digest = models.CharField(max_length=64, blank=True, editable=False)
    restated_reason = models.CharField(_("reason of restatement"), max_length=500, blank=True, editable=False)
    restated_at = models.DateTimeField(_("restated"), null=True, editable=False)

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "name"], name="figure_once_a_year"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(signed_at__isnull=False),
                name="figure_signed_has_signature",
                violation_error_message=_("A signed figure has the moment at which it was signed."),
            ),
            models.CheckConstraint(
                condition=~Q(state="frozen") | Q(frozen_at__isnull=False),
                name="figure_frozen_has_moment",
                violation_error_message=_("A frozen figure has the moment at which it was frozen."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title_here} {self.year}"

    @property
    @labelled(_("title"))
    def title_here(self) -> str:
        """The title in the reader's language."""
        return (self.title_zh if get_language() == "zh-hant" else "") or self.title

    @property
    def definition_here(self) -> str:
        """The definition in the reader's language."""
        return (self.definition_zh if get_language() == "zh-hant" else "") or self.definition

    @property
    def is_frozen(self) -> bool:
        return self.state == self.State.FROZEN

    @property
    def is_signed(self) -> bool:
        return self.state == self.State.SIGNED_OFF

    @property
    def stands(self) -> Decimal | None:
        """The value that holds today: the restated one if there is one."""
        return self.restated_value if self.restated_at else self.value


class Publication(Record):
    """A document of a frozen year, kept as it was and served unchanged."""

    area: ClassVar[str] = "reporting"
    key_fields = ("unit__code", "year", "language", "form")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="publications", verbose_name=_("unit"))
    year = models.PositiveSmallIntegerField(_("year"))
    language = models.CharField(_("language"), max_length=10)
    form = models.CharField(_("format"), max_length=10, help_text=_("pdf, docx, xlsx, md or json."))
    sha256 = models.CharField(_("digest"), max_length=64)
    size_bytes = models.PositiveIntegerField(_("size"))

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "language", "form"], name="publication_once")
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.language} {self.form}"
