"""Which person holds which role where, from which day to which, and by whose word."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, Self
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.history.models import TrackedQuerySet
from keepwell.platform.people.models.groups import GroupRule
from keepwell.platform.people.models.persons import Account, Person
from keepwell.platform.people.models.proposals import Proposable
from keepwell.platform.people.personal import personal
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.tree.days import day_at
from keepwell.platform.tree.models import Unit, on


class GrantQuerySet(TrackedQuerySet):
    def in_force(self) -> Self:
        """Grants that give rights now: approved, on a day of theirs where their unit is, to somebody who has
        not left and whose account was not ended."""
        return self.not_over().filter(
            on(day_at("unit")),
            Q(person__employed_until__isnull=True) | Q(person__employed_until__gte=day_at("person__unit")),
            Q(person__account__isnull=True) | Q(person__account__is_active=True),
            person__retired_at__isnull=True,
        )

    def not_over(self) -> Self:
        """Grants that give rights now or may come to: those that begin later are among them, and those of
        somebody who has left, or whose account was ended, and who may return."""
        return self.current().filter(
            Q(until__isnull=True) | Q(until__gte=day_at("unit")),
            Q(rule__isnull=True) | _rule_holds(),
            standing=Grant.Standing.GIVEN,
        )


def _rule_holds() -> Q:
    """Whether the rule that gave a grant still gives it, and not to one of its own authors."""
    same = Q(rule__role=F("role"), rule__unit=F("unit"), rule__retired_at__isnull=True)
    own = Q(rule__proposed_by=F("person")) | Q(rule__approved_by=F("person"))
    return same & Q(rule__standing=GroupRule.Standing.GIVEN) & ~own


GrantRows = models.Manager.from_queryset(GrantQuerySet)


@personal("person", by=("proposed_by", "approved_by"))
class Grant(Proposable):
    """`person` holds `role` at `unit` and below it, from `since` up to and with `until`, where that is.

    `only_register` and `only_id` narrow it to one record; `rule` gave it because of a group.
    """

    area: ClassVar[str] = "administration"
    written_at: ClassVar[Level] = Level.ADMINISTER
    needs_proof: ClassVar[bool] = True
    key_fields = ("person__number", "role", "unit__code", "since")

    person = models.ForeignKey(Person, models.PROTECT, related_name="grants", verbose_name=_("person"))
    role = models.CharField(
        _("role"), max_length=30, choices=[(role.name, role.title) for role in ROLES.values()]
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="grants", verbose_name=_("unit"))
    since = models.DateField(_("since"))
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day; empty means still.")
    )
    only_register = models.CharField(_("only in register"), max_length=40, blank=True, editable=False)
    only_id = models.UUIDField(_("only record"), null=True, blank=True, editable=False)
    rule = models.ForeignKey(
        GroupRule, models.PROTECT, null=True, blank=True, editable=False, related_name="grants",
        verbose_name=_("given by rule"),
    )  # fmt: skip

    objects: ClassVar[GrantRows] = GrantRows()

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "unit", "since"], name="grant_once",
                condition=Q(only_id__isnull=True, rule__isnull=True, retired_at__isnull=True),
                violation_error_message=_("This person has that role here from that day already."),
            ),
            models.UniqueConstraint(
                fields=["person", "role", "unit", "since", "only_id"], name="grant_of_record_once",
                condition=Q(retired_at__isnull=True),
                violation_error_message=_("This person has that role for that record from that day already."),
            ),
            models.UniqueConstraint(
                fields=["person", "rule"], condition=Q(retired_at__isnull=True), name="grant_of_rule_once",
                violation_error_message=_("This person has that role by that rule already."),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="grant_ends_after_start",
                violation_error_message=_("A grant cannot end before it begins."),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["person", "unit"], name="grant_of_person")]

    def __str__(self) -> str:
        return gettext("%(role)s, %(unit)s") % {"role": self.get_role_display(), "unit": self.unit}

    @property
    def placed_unit_id(self) -> UUID:
        return self.unit_id

    @property
    def place(self) -> Unit:
        return self.unit

    def clean(self) -> None:
        """It ends no earlier than it begins."""
        if self.until and self.until < self.since:
            raise ValidationError({"until": _("A grant cannot end before it begins.")})

    def settle_one(self, names: Collection[str]) -> None:
        """Whoever holds the grant proves anew who they are."""
        Account.end_sessions([self.person_id])

    @classmethod
    def settle(cls, created: list[Any], altered: list[Any]) -> None:
        """The same for grants written in bulk."""
        Account.end_sessions({grant.person_id for grant in (*created, *altered)})

    @property
    def is_on(self) -> bool:
        """Whether today, where its unit is, is a day of the grant."""
        day = moments.today(self.unit.time_zone)
        return self.since <= day and (self.until is None or day <= self.until)

    @property
    def is_in_force(self) -> bool:
        """Whether the grant gives rights today, as long as the person's account is open."""
        until = self.person.employed_until
        has_left = until is not None and until < moments.today(self.person.unit.time_zone)
        return self.retired_at is None and not self.is_proposed and self.is_on and not has_left

    @property
    @labelled(_("reach"))
    def reach_here(self) -> str:
        """What it holds for: everything at the unit, or one record of a kind."""
        if not self.only_id:
            return gettext("Everything there")
        try:
            kind = apps.get_model(self.only_register)._meta.verbose_name
        except (LookupError, ValueError):  # a kind that an earlier release had
            kind = self.only_register
        return gettext("One %(kind)s") % {"kind": kind}

    @property
    @labelled(_("standing"))
    def standing_here(self) -> Standing:
        """How it stands today."""
        if self.retired_at is not None:
            return Standing(gettext("Rejected") if self.is_proposed else gettext("Taken back"), "x", "mute")
        if self.is_waiting:
            return Standing(gettext("Waits for a second person"), "clock", "warn")
        if self.is_in_force:
            return Standing(gettext("In force"), "check", "good")
        return Standing(gettext("Not in force"), "minus", "mute")
