"""What a program that provisions people told of each: its own ids and names, beside the person's row."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models.persons import Person
from keepwell.platform.people.personal import Fate, personal
from keepwell.platform.tree.models import Unit


@personal(
    "person", fate=Fate.DELETED, by=("client",),
    says=("external_id", "user_name", "given_name", "family_name", "told"),
)  # fmt: skip
class Provision(Tracked):
    """What `client` (a service account) told of `person`; retired when it deleted them, and hidden from it then."""

    area: ClassVar[str] = "people"
    unit_field: ClassVar[str] = "person__unit"
    key_fields = ("client__number", "person__number")

    client = models.ForeignKey(Person, models.PROTECT, related_name="provisions")
    person = models.ForeignKey(Person, models.PROTECT, related_name="provisioned")
    external_id = models.CharField(max_length=200, blank=True)
    user_name = models.CharField(max_length=80)
    given_name = models.CharField(max_length=120, blank=True)
    family_name = models.CharField(max_length=120, blank=True)
    mail_type = models.CharField(max_length=40, default="work")
    told = models.JSONField(
        default=dict, blank=True, help_text="Attributes as they were told, in SCIM's words."
    )

    class Meta:
        verbose_name = _("provision")
        verbose_name_plural = _("provisions")
        constraints = [
            models.UniqueConstraint(
                fields=["client", "person"], condition=Q(retired_at__isnull=True), name="provision_once",
                violation_error_message=_("This person is provisioned already."),
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["client", "external_id"], name="provision_by_its_id")]

    def __str__(self) -> str:
        return f"{self.person}, {self.client}"

    @property
    def placed_unit_id(self) -> UUID:
        return self.person.unit_id

    @property
    def place(self) -> Unit:
        return self.person.unit
