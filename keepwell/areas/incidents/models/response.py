"""What the response to an incident needs and costs."""

from __future__ import annotations

from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.marks import OwnMark, narrow
from keepwell.areas.incidents.models.timeline import beat
from keepwell.kernel import moments
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal

CURRENCY = RegexValidator(r"^[A-Z]{3}$", _("A currency has three capital letters, as TWD."))


@personal(by=("person",), says=("what",))
class IncidentCost(OwnMark):
    """One thing that an incident cost, as it becomes known."""

    class Kind(models.TextChoices):
        OUTAGE = "outage", _("Standstill")
        LABOUR = "labour", _("Own work")
        SERVICE = "service", _("Services of others")
        EQUIPMENT = "equipment", _("Equipment")
        CLAIM = "claim", _("Claims of others")
        OTHER = "other", _("Other")

    key_fields = ("incident__number", "what", "recorded_at")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="costs", verbose_name=_("incident"))
    kind = models.CharField(_("kind"), max_length=9, choices=Kind, default=Kind.OTHER)
    what = models.CharField(_("what it was for"), max_length=200)
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=2, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[CURRENCY], help_text=_("As TWD."))
    is_estimate = models.BooleanField(_("estimated"), default=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded"), default=moments.now)

    class Meta:
        verbose_name = _("incident cost")
        verbose_name_plural = _("incident costs")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gte=0), name="incident_cost_not_negative",
                violation_error_message=_("A cost is 0 or more."),
            ),
        ]  # fmt: skip
        indexes = [narrow("incident_cost_narrow")]

    def __str__(self) -> str:
        return f"{self.incident}: {self.what}"

    def settle_one(self, names: Any) -> None:
        """Every open room shows the new sum."""
        beat(self.incident)
