"""What may be decided about people: where they work, and until when."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.ceiling import knowing, require_above
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards
from keepwell.platform.tree.models import Unit


@guards(Person, changes_of=("number", "mail", "kind"), ahead=knowing)
def keep_ways_in(person: Person, by: Person) -> None:
    """A mail address, a number and the kind are ways in, by a link, by an identity provider, by a token: of
    whoever may do more than `by`, they stay. Nothing turns into a machine, and no machine into a person."""
    if person._loaded["kind"] != person.kind and Person.Kind.MACHINE in (person._loaded["kind"], person.kind):
        raise Refused(gettext("A service account stays one, and nobody becomes one; enter another."))
    require_above(by, person)


def is_employed(person: Person) -> bool:
    """Whether the last day is still open."""
    return person.employed_until is None and person.retired_at is None


@act(
    Level.EDIT,
    for_many=True,
    label=_("Transfer"),
    offered=is_employed,
    explains=_(
        "From that day on the person counts with the new unit; the time before stays with the old one."
    ),
)
def transfer(person: Person, *, by: Person, to: Unit, on: date, reason: str) -> None:
    """Let somebody work in another unit from the day `on`; the right is needed at both ends."""
    require(by, Person.area, Level.EDIT, to)
    if on > moments.today(to.time_zone):
        raise Refused(gettext("The day lies ahead; record the transfer when it has come."))
    if on <= person.unit_since:
        raise Refused(
            gettext("%(person)s is in the present unit since %(day)s; a transfer comes after that.")
            % {"person": person, "day": person.unit_since.isoformat()}
        )
    if person.unit_id == to.pk:
        raise Refused(gettext("%(person)s works in %(to)s already.") % {"person": person, "to": to})
    person.unit, person.unit_since = to, on
    person.save()


@act(
    Level.EDIT,
    for_many=True,
    label=_("End employment"),
    offered=is_employed,
    explains=_("After that day the person is counted no more. Rights are ended in the register of grants."),
)
def end_employment(person: Person, *, by: Person, on: date, reason: str) -> None:
    """Record somebody's last day."""
    if on < person.unit_since:
        raise Refused(
            gettext("%(person)s is in the present unit since %(day)s; the last day comes after that.")
            % {"person": person, "day": person.unit_since.isoformat()}
        )
    person.employed_until = on
    person.save()
