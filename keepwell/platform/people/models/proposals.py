"""What one person proposes and a second one approves before it holds."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models.persons import Person

WAITS = timedelta(days=14)


class Proposable(Tracked):
    """A row that holds at once, or, where its weight needs two persons, only when a second one approved it.

    `proposed_by` wrote it last; `approved_by` is the second person, None where one was enough.
    """

    class Standing(models.TextChoices):
        GIVEN = "given", _("Given")
        PROPOSED = "proposed", _("Waits for a second person")

    standing = models.CharField(
        _("standing"), max_length=10, choices=Standing, default=Standing.GIVEN, editable=False
    )
    proposed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("proposed by")
    )
    proposed_on = models.DateField(_("proposed on"), null=True, editable=False)
    approved_by = models.ForeignKey(
        Person, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("approved by")
    )

    class Meta:
        abstract = True

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a second person, and may still be approved."""
        return self.is_proposed and self.retired_at is None and moments.today() <= self.waits_until

    @property
    def is_proposed(self) -> bool:
        """Whether it gives nothing yet."""
        return self.standing == self.Standing.PROPOSED

    @property
    def waits_until(self) -> date:
        """The last day on which it may be approved."""
        return (self.proposed_on or moments.today()) + WAITS
