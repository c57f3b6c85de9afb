"""External people and machines: persons for whom somebody of the house answers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keepwell.platform.people.models.persons import Person, PersonQuerySet


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
