"""Choosing by which way notices come."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.platform.history.acting import Refused
from keepwell.platform.notices.kinds import KINDS
from keepwell.platform.notices.models import Habit, Preference
from keepwell.platform.people.models import Person


def choose(person: Person, *, digest_hour: int | None = None, ways: dict[str, str]) -> None:
    """Let `person` get each kind named in `ways` by that way, and the digest at that hour of their own day."""
    for name, way in ways.items():
        kind = KINDS.get(name)
        if kind is None:
            raise Refused(_("No kind of notice is called “%(name)s”.") % {"name": name[:40]})
        if way not in kind.ways:
            raise Refused(_("“%(kind)s” comes by: %(ways)s.") % {
                "kind": kind.title, "ways": ", ".join(kind.ways)})  # fmt: skip
    if digest_hour is not None and not 0 <= digest_hour <= 23:
        raise Refused(_("An hour is a whole number from 0 to 23."))
    with transaction.atomic():
        for name, way in ways.items():
            Preference.objects.update_or_create(person=person, kind=name, defaults={"way": way})
        if digest_hour is not None:
            Habit.objects.update_or_create(person=person, defaults={"digest_hour": digest_hour})
