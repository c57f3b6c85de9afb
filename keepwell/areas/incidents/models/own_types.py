"""Types of incidents that the group calls its own, each by the shipped one that it stands for."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.library import here, kind_choices, kinds
from keepwell.platform.history.labels import labelled
from keepwell.platform.records.models import Record
from keepwell.platform.tree.models import Ancestry, Unit

CODE = RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("A code has small letters, digits and - only."))


class IncidentType(Record):
    """A type of incident in the words of the group, or of one of its units; it holds below its unit.

    It stands for one of the shipped types, whose class of RSIT and reading in VERIS are its own; Taiwan's level follows
    from the facts, whatever the type.
    """

    key_fields = ("code",)
    holds_below = True

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[CODE])
    title = models.CharField(_("title"), max_length=120)
    title_zh = models.CharField(_("Chinese title"), max_length=120, blank=True)
    stands_for = models.CharField(
        _("stands for"), max_length=40, choices=kind_choices,
        help_text=_("The type of RSIT of which it is one; what goes out says that one."),
    )  # fmt: skip
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="incident_types", verbose_name=_("unit"))

    class Meta:
        verbose_name = _("own type of incident")
        verbose_name_plural = _("own types of incidents")

    def __str__(self) -> str:
        return self.title_here

    @property
    @labelled(_("title"))
    def title_here(self) -> str:
        """The title in the reader's language, else as it was written."""
        return (self.title_zh if get_language() == "zh-hant" else "") or self.title

    @property
    @labelled(_("class"))
    def family_here(self) -> str:
        """The class of RSIT in which it lies."""
        return here(kinds()[self.stands_for].family)

    @property
    @labelled(_("reading in VERIS"))
    def veris(self) -> str:
        """Its likeliest reading in VERIS, in one line."""
        told = kinds()[self.stands_for].veris
        return f"{told['actor']}, {told['action']}: {told['variety']}, {told['asset']}"

    def clean(self) -> None:
        """A code that no shipped type has."""
        if self.code in kinds():
            raise ValidationError({"code": gettext("A shipped type is called so; choose another code.")})


class OfOwnType(models.Model):
    """What has a shipped type, in `kind`, and may have an own one that stands for it."""

    kind: Any

    own_type = models.ForeignKey(
        IncidentType, models.PROTECT, null=True, blank=True, editable=False, related_name="incidents",
        verbose_name=_("own type"),
    )  # fmt: skip

    class Meta:
        abstract = True

    @property
    def own_kind(self) -> IncidentType | None:
        """The own type that was chosen, while it stands for the shipped one that is set."""
        own = self.own_type
        return own if own is not None and own.stands_for == self.kind else None

    @property
    def type_here(self) -> str:
        """The type in the reader's language; of an own one, also the one that it stands for."""
        shipped = here(kinds()[self.kind].title)
        return f"{self.own_kind} ({shipped})" if self.own_kind else shipped


def own_types(unit: Any) -> models.QuerySet[Any]:
    """The own types that hold at `unit`, by their titles."""
    above = Ancestry.objects.filter(descendant=unit, until__isnull=True).values("ancestor")
    return IncidentType.objects.current().filter(unit__in=above).order_by("title", "code")
