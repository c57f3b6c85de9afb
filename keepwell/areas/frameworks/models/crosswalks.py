"""Crosswalks: what became of a requirement in another version."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.areas.frameworks.models.outlines import Node, Version
from keepwell.platform.records.models import Record, RecordQuerySet


class MappingQuerySet(RecordQuerySet):
    def between(self, source: Version, target: Version) -> MappingQuerySet:
        """The crosswalk from `source` to `target`."""
        return self.current().filter(source__framework_version=source, target__framework_version=target)

    def successions(self, version: Version) -> MappingQuerySet:
        """What requirements that `version` withdrew became in it."""
        return self.between(version, version)


MappingRows = models.Manager.from_queryset(MappingQuerySet)


class Mapping(Record):
    """One line of a crosswalk: a requirement went over into another one, of another version or a successor."""

    class Relation(models.TextChoices):
        SAME = "same", _("Kept")
        MOVED = "moved", _("Moved")
        INCORPORATED = "incorporated", _("Incorporated")
        RELATED = "related", _("Related")

    unit_field: ClassVar[str] = "source__framework_version__framework__unit"
    key_fields = (
        "source__framework_version__code",
        "source__code",
        "target__framework_version__code",
        "target__code",
    )
    holds_below = True

    source = models.ForeignKey(
        Node, models.PROTECT, related_name="mappings_from", verbose_name=pgettext_lazy("a requirement", "From"),
        help_text=_("As nist-csf-1.1|ID.AM-1."),
    )  # fmt: skip
    target = models.ForeignKey(
        Node, models.PROTECT, related_name="mappings_to", verbose_name=pgettext_lazy("a requirement", "To"),
        help_text=_("As nist-csf-2.0|ID.AM-01."),
    )  # fmt: skip
    relation = models.CharField(_("relation"), max_length=12, choices=Relation)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects: ClassVar[MappingRows] = MappingRows()

    class Meta:
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target"], name="mapping_once",
                violation_error_message=_("These two are mapped already."),
            ),
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="mapping_leads_elsewhere",
                violation_error_message=_("A requirement is not mapped to itself."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.source.code} → {self.target.code}"

    def clean(self) -> None:
        """Inside one version only what is withdrawn has successors, and those are not withdrawn."""
        if self.source_id == self.target_id:
            raise ValidationError({"target": _("A requirement is not mapped to itself.")})
        if self.source.framework_version_id != self.target.framework_version_id:
            return
        if not self.source.withdrawn or self.target.withdrawn:
            raise ValidationError(
                {"target": _("Inside a version, only what is withdrawn leads to what took its place.")}
            )
