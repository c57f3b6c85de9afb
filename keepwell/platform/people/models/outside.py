"""External people and machines: persons for whom somebody of the house answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models.persons import Person, PersonQuerySet

# Who answers for somebody from outside is told so long before the stay ends.
WARNED = timedelta(days=14)


class OutsiderRows(models.Manager.from_queryset(PersonQuerySet)):  # type: ignore[misc]  # Django makes the base
    """External people alone."""

    def get_queryset(self) -> PersonQuerySet:
        rows: PersonQuerySet = super().get_queryset().filter(kind=Person.Kind.EXTERNAL)
        return rows


class ServiceRows(models.Manager.from_queryset(PersonQuerySet)):  # type: ignore[misc]  # Django makes the base
    """Machines alone."""

    def get_queryset(self) -> PersonQuerySet:
        rows: PersonQuerySet = super().get_queryset().filter(kind=Person.Kind.MACHINE)
        return rows


class Outsider(Person):
    """An external person as those see them who run the platform: from where, until when, and who answers."""

    area: ClassVar[str] = "administration"
    objects: ClassVar[Any] = OutsiderRows()

    class Meta:
        proxy = True
        verbose_name = _("external person")
        verbose_name_plural = _("external people")

    @classmethod
    def type_name(cls) -> str:
        return Person.type_name()

    @classmethod
    def own(cls, person: Person) -> Q:
        """Who answers for it sees it, and so does whom it is about."""
        return Q(pk=person.pk) | Q(responsible=person)

    @property
    def is_gone(self) -> bool:
        """Whether the stay is over."""
        return self.employed_until is not None and self.employed_until < moments.today(self.unit.time_zone)

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """How the stay stands today, by the day of the unit."""
        last, day = self.employed_until, moments.today(self.unit.time_zone)
        if last is None:
            return Standing(gettext("No last day"), "alert-triangle", "warn")
        if self.is_gone:
            return Standing(gettext("Over"), "minus", "mute")
        if last <= day + WARNED:
            return Standing(gettext("Ends in %(days)d d") % {"days": (last - day).days}, "clock", "warn")
        return Standing(gettext("Here"), "check", "good")


class Service(Person):
    """A service account: a machine that acts with rights of its own, and the person who answers for it."""

    area: ClassVar[str] = "administration"
    objects: ClassVar[Any] = ServiceRows()

    class Meta:
        proxy = True
        verbose_name = _("service account")
        verbose_name_plural = _("service accounts")

    @classmethod
    def type_name(cls) -> str:
        return Person.type_name()

    @classmethod
    def own(cls, person: Person) -> Q:
        """Who answers for it sees it, and so does whom it is about."""
        return Q(pk=person.pk) | Q(responsible=person)
