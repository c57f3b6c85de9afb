"""Groups of an identity provider, who belongs to them, and the rules by which belonging gives a role."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.platform.history.models import Tracked
from keepwell.platform.people.models.persons import Person
from keepwell.platform.people.models.proposals import Proposable
from keepwell.platform.people.personal import Fate, personal
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.tree.models import Unit


@personal(says=("source", "name", "external_id"))
class Group(Tracked):
    """A group as one identity provider tells it; `source` names the provider: a service account's number,
    or the provider by which people sign in."""

    area: ClassVar[str] = "administration"
    key_fields = ("source", "name")

    source = models.CharField(_("identity provider"), max_length=120)
    name = models.CharField(_("name"), max_length=200)
    external_id = models.CharField(_("its own id"), max_length=200, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    members_changed = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often members came or went, so that the version tells it."
    )

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "name"], condition=Q(retired_at__isnull=True), name="group_once_a_source",
                violation_error_message=_("This identity provider has a group of that name already."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def placed_unit_id(self) -> UUID:
        return self.unit_id

    @property
    def place(self) -> Unit:
        return self.unit


@personal("person", fate=Fate.DELETED)
class Membership(Tracked):
    """`person` belongs to `group` until the row is retired."""

    area: ClassVar[str] = "administration"
    unit_field: ClassVar[str] = "group__unit"
    key_fields = ("group__source", "group__name", "person__number")

    group = models.ForeignKey(Group, models.PROTECT, related_name="memberships", verbose_name=_("group"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships", verbose_name=_("person"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "person"], condition=Q(retired_at__isnull=True), name="member_once",
                violation_error_message=_("This person belongs to that group already."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return gettext("%(person)s, %(group)s") % {"person": self.person, "group": self.group}

    @property
    def placed_unit_id(self) -> UUID:
        return self.group.unit_id


@personal(by=("proposed_by", "approved_by"), says=("source", "note"))
class GroupRule(Proposable):
    """Whoever belongs to the group called `group` at `source` holds `role` at `unit` and below it."""

    area: ClassVar[str] = "administration"
    written_at: ClassVar[Level] = Level.ADMINISTER
    needs_proof: ClassVar[bool] = True
    key_fields = ("source", "group", "role", "unit__code")

    source = models.CharField(
        _("identity provider"), max_length=120,
        help_text=_("The number of the service account that provisions, or the provider's name at sign-in."),
    )  # fmt: skip
    group = models.CharField(_("group"), max_length=200, help_text=_("Its name, as the provider writes it."))
    role = models.CharField(
        _("role"), max_length=30, choices=[(role.name, role.title) for role in ROLES.values()]
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="group_rules", verbose_name=_("unit"))
    note = models.CharField(
        _("note"), max_length=200, blank=True, help_text=_("Why the group has this role.")
    )

    class Meta:
        verbose_name = _("group rule")
        verbose_name_plural = _("group rules")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "group", "role", "unit"], condition=Q(retired_at__isnull=True), name="group_rule_once",
                violation_error_message=_("This group has that role there already."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return gettext("%(group)s: %(role)s, %(unit)s") % {
            "group": self.group, "role": self.get_role_display(), "unit": self.unit}  # fmt: skip

    @property
    def placed_unit_id(self) -> UUID:
        return self.unit_id

    @property
    def place(self) -> Unit:
        return self.unit
