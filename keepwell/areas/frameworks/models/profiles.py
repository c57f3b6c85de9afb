"""Profiles: which requirements of a version matter to somebody, how much, and why."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.areas.frameworks.models.outlines import SLUG, Node, Version
from keepwell.platform.records.models import Record


class Profile(Record):
    """A choice among the requirements of a version, as a community or the group made it."""

    unit_field: ClassVar[str] = "framework_version__framework__unit"
    key_fields = ("code",)
    holds_below = True

    framework_version = models.ForeignKey(
        Version, models.PROTECT, related_name="profiles", verbose_name=_("framework version")
    )
    code = models.CharField(
        _("code"), max_length=60, unique=True, validators=[SLUG], help_text=_("As semiconductor-2025.")
    )
    name = models.CharField(_("name"), max_length=200)
    source = models.CharField(_("source"), max_length=500, blank=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    oscal = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="What an OSCAL file told of it beyond the columns.",
    )

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return self.name


class ProfileLine(Record):
    """One requirement of a profile: its priority and what the profile says of it."""

    unit_field: ClassVar[str] = "profile__framework_version__framework__unit"
    key_fields = ("profile__code", "node__framework_version__code", "node__code")
    holds_below = True

    profile = models.ForeignKey(Profile, models.PROTECT, related_name="lines", verbose_name=_("profile"))
    node = models.ForeignKey(
        Node, models.PROTECT, related_name="profile_lines", verbose_name=_("requirement"),
        help_text=_("As nist-csf-2.0|GV.RR-02."),
    )  # fmt: skip
    priority = models.CharField(_("priority"), max_length=40, blank=True)
    rationale = models.CharField(_("rationale"), max_length=2000, blank=True)
    guidance = models.CharField(_("guidance"), max_length=4000, blank=True)
    target = models.DecimalField(
        pgettext_lazy("frameworks", "target"), max_digits=5, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(Decimal(0))], help_text=_("Empty: the profile sets none."),
    )  # fmt: skip
    oscal = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="What an OSCAL file told of it beyond the columns.",
    )

    class Meta:
        verbose_name = _("profile line")
        verbose_name_plural = _("profile lines")
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "node"], name="profile_line_once",
                violation_error_message=_("This profile speaks of the requirement already."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.profile} · {self.node.code}"

    def clean(self) -> None:
        """A profile speaks of requirements of its own version that are not withdrawn."""
        if self.node.framework_version_id != self.profile.framework_version_id:
            raise ValidationError({"node": _("A profile speaks of requirements of its own version.")})
        if self.node.withdrawn:
            raise ValidationError({"node": _("This requirement was withdrawn; name what took its place.")})
