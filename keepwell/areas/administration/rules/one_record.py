"""Rights on one record alone: for a time, and no wider than who gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from keepwell.areas.administration.rules.grants import keep_below_ceiling
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.people.leaving import has_left
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import ROLES, Level
from keepwell.platform.records.links import named
from keepwell.platform.records.models import area_of
from keepwell.platform.tree.models import Unit

WHOLE = ("administration", "people")
"""Areas in which one record leads to others' rights, so that rights are given at units only."""


@dataclass(frozen=True)
class Wanted:
    """Who is given which role on which record, up to and with which day.

    `record` is the address of its page, or REGISTER:KEY as `certificates:ISO-1`.
    """

    person: Person
    record: str
    role: str
    until: date


def give_one(told: Wanted, *, by: Person, reason: str) -> Grant:
    """Give a role on one record, at the unit where it lies; what weighs on the whole group waits for a second
    person. Raises PermissionDenied or Refused."""
    record = named(told.record, by)
    place = getattr(record, "place", None)
    if record is None or not isinstance(place, Unit):
        raise Refused(
            gettext("No record that lies at a unit is called “%(name)s”.") % {"name": told.record[:80]}
        )
    require(by, "administration", Level.ADMINISTER, place)
    _see_sense(told, record)
    with transaction.atomic(), acting(by, "grant.give_one", reason=reason, record=str(record.pk)):
        grant = Grant(
            person=told.person, role=told.role, unit=place, since=moments.today(place.time_zone), until=told.until,
            only_register=record.type_name(), only_id=record.pk,
        )  # fmt: skip
        keep_below_ceiling(grant, by)
        grant.save()
    return grant


def _see_sense(told: Wanted, record: Any) -> None:
    """Refuse what would give nothing, or more than one record."""
    area, role = area_of(type(record)), ROLES.get(told.role)
    if area in WHOLE:
        raise Refused(
            gettext("Rights on people and on the administration are given at a unit, not on one record.")
        )
    if role is None or not role.allows(area, Level.VIEW):
        raise Refused(gettext("That role gives nothing on “%(record)s”.") % {"record": record})
    if has_left(told.person):
        raise Refused(gettext("%(person)s has left.") % {"person": told.person})
