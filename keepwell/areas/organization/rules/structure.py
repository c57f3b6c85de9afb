"""What may be decided about units: moving, closing, counting heads."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.organization.rules.heads import employed_below
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.ceiling import keep_levels
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards
from keepwell.platform.tree.models import Headcount, Unit


def is_open(unit: Unit) -> bool:
    """Whether it is a part of the group that still exists."""
    return unit.parent_id is not None and unit.active_until is None and unit.retired_at is None


@act(
    Level.DECIDE,
    label=_("Move"),
    offered=is_open,
    explains=_(
        "From that day on the unit and all below it count with the new one; "
        "earlier figures stay as they were."
    ),
)
def move(unit: Unit, *, by: Person, to: Unit, on: date, reason: str) -> None:
    """Let a unit lie under `to` from the day `on`; the right is needed at both ends."""
    require(by, Unit.area, Level.DECIDE, to)
    if on > moments.today(unit.time_zone):
        raise Refused(gettext("The day lies ahead; record the move when it has come."))
    if unit.parent_id == to.pk:
        raise Refused(gettext("%(unit)s lies under %(to)s already.") % {"unit": unit, "to": to})
    if not exists_on(to, on):
        raise Refused(gettext("%(to)s did not exist on that day.") % {"to": to})
    unit.parent = to
    keep_from_climbing(unit, by)
    unit.save(since=on)


@guards(Unit, changes_of=("parent_id",))
def keep_from_climbing(unit: Unit, by: Person) -> None:
    """Nobody gains a right in a unit by laying it under another where they hold more."""
    if unit.parent is not None:
        keep_levels(by, unit, unit.parent)


def exists_on(unit: Unit, day: date) -> bool:
    """Whether `unit` was there on `day`."""
    return unit.active_from <= day and (unit.active_until is None or day <= unit.active_until)


@act(
    Level.DECIDE,
    label=_("Close"),
    offered=is_open,
    explains=_("After that day the unit is counted no more; what it did until then stays."),
)
def close(unit: Unit, *, by: Person, on: date, reason: str) -> None:
    """Record the last day of a unit under which nothing is open and nobody works any more."""
    if on < unit.active_from:
        raise Refused(gettext("A unit cannot end before it begins."))
    _refuse_while_in_use(unit, on)
    unit.active_until = on
    unit.save()


def _refuse_while_in_use(unit: Unit, last: date) -> None:
    below = Unit.objects.below(unit).current().exclude(pk=unit.pk).filter(active_until__isnull=True).count()
    if below:
        raise Refused(
            ngettext(
                "%(count)d unit under it is still open; close or move it first.",
                "%(count)d units under it are still open; close or move them first.",
                below,
            )
            % {"count": below}
        )
    present = employed_below(unit, after=last)
    if present:
        raise Refused(
            ngettext(
                "%(count)d person works there after that day; transfer them first.",
                "%(count)d people work there after that day; transfer them first.",
                present,
            )
            % {"count": present}
        )


@act(
    Level.EDIT,
    label=_("Count heads"),
    offered=lambda unit: unit.retired_at is None,
    explains=_("The number holds from that day on, as long as no people are recorded for the unit."),
)
def count_heads(unit: Unit, *, by: Person, people: int, since: date) -> None:
    """Keep how many people a unit has, where people are not recorded one by one."""
    if people < 0:
        raise Refused(gettext("A headcount is zero or more."))
    if employed_below(unit, after=since):
        raise Refused(
            gettext("The people of %(unit)s are recorded one by one; a headcount would count nowhere.")
            % {"unit": unit}
        )
    kept = Headcount.objects.filter(unit=unit, since=since).first() or Headcount(unit=unit, since=since)
    kept.people = people
    kept.save()
