"""What is learned from an incident: each lesson becomes an action in the one list of what is to be done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.improvement import rules as improvement
from keepwell.areas.improvement.models import Action
from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.models.timeline import beat_all
from keepwell.areas.incidents.rules.timeline import is_there, named, note
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.history.following import follows
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may, require
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import visible_to

AREA = improvement.AREA
LEARNED = gettext_noop("Lesson: %(what)s, due %(day)s, %(name)s.")


@act(
    Level.EDIT,
    label=_("Make a lesson an action"),
    offered=is_there,
    shown=never,
    explains=_(
        "It stands in the list of actions, comes from this incident, and its owner owes it until it is done."
    ),
)
def raise_lesson(
    incident: Incident, *, by: Person, what: str, to: str, until: date, reason: str = ""
) -> Action:
    """Let the person whose number is `to` do `what` by `until`; `reason` says what was learned.

    Refused for a restricted incident: actions are for more than named people."""
    title = what.strip()
    if not title:
        raise Refused(gettext("Write what is to be done."))
    if until <= moments.today(incident.unit.time_zone):
        raise Refused(gettext("Choose a day to come."))
    if incident.is_restricted:
        raise Refused(
            gettext(
                "Everybody who sees actions in %(unit)s would read which incident it comes from: add the action under "
                "Improvement, without naming the incident."
            )
            % {"unit": incident.unit}
        )
    require(by, AREA, Level.EDIT, incident.unit)
    owner = visible_to(Person.objects.current(), by).filter(number=to.strip()).first()
    if owner is None:
        raise Refused(gettext("Nobody whom you may see has the number “%(number)s”.") % {"number": to[:40]})
    if not may(owner, AREA, Level.EDIT, incident.unit_id):
        raise Refused(improvement.no_owner(owner, incident.unit))
    number = Action.objects.filter(code__startswith=f"{incident.number}-L").count() + 1
    made = Action(
        code=f"{incident.number}-L{number}", kind=Action.Kind.CORRECTIVE, title=title[:200], task=reason.strip()[:2000],
        unit=incident.unit, owner=owner, due_on=until, raised_on=moments.today(incident.unit.time_zone),
    )  # fmt: skip
    improvement.come_from(made, incident)
    made.save()
    note(incident, LEARNED, verb="lesson", by=by, what=made.title, day=until.isoformat(), **named(owner))
    return made


def lessons(incident: Incident, person: Person) -> QuerySet[Action]:
    """The actions that come from the incident, as far as `person` may see them."""
    rows = Action.objects.current().filter(origin_kind=Incident.type_name(), origin_id=incident.pk)
    return rows.visible_to(person).select_related("owner", "unit").order_by("due_on", "code")


@follows
class Teller:
    """The follower that lets open rooms draw what became of a lesson."""

    def one(self, record: Any, names: Collection[str]) -> None:
        if isinstance(record, Action):
            _beat([record])

    def many(self, records: Sequence[Any], names: Collection[str]) -> None:
        if records and isinstance(records[0], Action):
            _beat(records)


def _beat(actions: Iterable[Action]) -> None:
    beat_all(
        one.origin_id
        for one in actions
        if one.origin_kind == Incident.type_name() and one.origin_id is not None
    )
