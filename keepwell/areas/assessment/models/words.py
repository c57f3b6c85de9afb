"""Words that several records of a cycle share."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """What of a site is assessed."""

    IT = "it", _("IT")
    OT = "ot", _("OT")
    COMBINED = "combined", _("IT and OT together")


class Source(models.TextChoices):
    """Whose score an answer is; one never overwrites another."""

    SELF = "self", _("Self")
    VALIDATED = "validated", _("Validated")
    CONSULTANT = "consultant", _("Consultant")
    AUDIT = "audit", _("Audit")
    IMPORTED = "imported", _("Imported")


class View(models.TextChoices):
    """By which scores a figure is reckoned: those that count by the cycle's rule, or those of one source."""

    COUNTING = "counting", _("Those that count")
    SELF = "self", _("Self")
    VALIDATED = "validated", _("Validated")
    CONSULTANT = "consultant", _("Consultant")
    AUDIT = "audit", _("Audit")
    IMPORTED = "imported", _("Imported")
