"""What is decided of an incident: whether it is material."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.platform.people.models import Person
from keepwell.platform.records.models import Record


class Concluded(Record):
    """What is decided on materiality, by whom, when and on what."""

    is_material = models.BooleanField(_("material"), null=True, blank=True, editable=False)
    material_at = models.DateTimeField(_("materiality decided"), null=True, blank=True, editable=False)
    material_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("materiality decided by"),
        editable=False,
    )  # fmt: skip
    material_basis = models.CharField(_("materiality decided on"), max_length=500, blank=True, editable=False)

    class Meta:
        abstract = True
