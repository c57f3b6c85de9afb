"""Whom a report or an incident concerns is kept out of it, whatever rights they hold (security.md R12)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import ImplicatedPerson, Incident, Report
from keepwell.areas.incidents.models.timeline import beat
from keepwell.areas.incidents.rules import intake
from keepwell.areas.incidents.rules.belonging import once_of
from keepwell.areas.incidents.rules.leading import led_by_who_knows
from keepwell.areas.incidents.rules.marking import require_all_read
from keepwell.areas.incidents.rules.timeline import named, note
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.following import follows
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import RecordQuerySet

State = ImplicatedPerson.State
KEPT_OUT = gettext_noop("%(name)s is kept out of it, for it concerns them.")
LET_IN = gettext_noop("%(name)s is no longer kept out of it.")
SAYS = _(
    "They never read it, list it, find it or are told of it from now on, also where they lead, administer or break the "
    "glass. They are not told that they are kept out."
)


def is_in_force(one: ImplicatedPerson) -> bool:
    return one.is_in_force


@act(
    Level.EDIT, label=_("Keep a person out"), offered=lambda report: report.retired_at is None, explains=SAYS
)
def keep_out(report: Report, *, by: Person, person: Person, reason: str) -> ImplicatedPerson:
    """Keep `person` out of a report that concerns them. Raises Refused for `by` themselves: so somebody is always left."""
    made = _kept_out(report, by, person, reason)
    _keep_out_where_it_was(report, made)
    if report.incident is not None:
        led_by_who_knows(report.incident, by=by)
    intake.look_elsewhere(report)
    return made


@act(
    Level.EDIT, label=_("Keep a person out"), offered=lambda incident: incident.retired_at is None, explains=SAYS
)  # fmt: skip
def keep_out_of_incident(incident: Incident, *, by: Person, person: Person, reason: str) -> ImplicatedPerson:
    """The same of an incident; where it was led by them, `by` leads it from now on."""
    require_all_read(incident, by)
    made = _kept_out(incident, by, person, reason)
    note(incident, KEPT_OUT, verb="keep_out", by=by, kind="decision", reason=reason, **named(person))
    led_by_who_knows(incident, by=by)
    return made


@act(
    Level.EDIT,
    label=_("Confirm"),
    offered=lambda one: one.retired_at is None and one.state == State.CLAIMED,
    explains=_("It concerns them indeed: they stay kept out."),
)
def confirm(implicated: ImplicatedPerson, *, by: Person, reason: str) -> None:
    """It concerns the person whom the words of the report name."""
    _decide(implicated, State.CONFIRMED, by, reason)


@act(
    Level.EDIT,
    label=_("Let in again"),
    offered=is_in_force,
    explains=_("It does not concern them: they know it again, as far as their rights go."),
)
def clear(implicated: ImplicatedPerson, *, by: Person, reason: str) -> None:
    """It does not concern the person: they are kept out no more."""
    _decide(implicated, State.CLEARED, by, reason)
    if implicated.report is not None:
        intake.look_elsewhere(implicated.report)
    if implicated.incident is not None:
        note(implicated.incident, LET_IN, verb="keep_out", by=by, kind="decision", reason=reason,
             **named(implicated.person))  # fmt: skip
    _beat(implicated)


def _decide(implicated: ImplicatedPerson, state: State, by: Person, reason: str) -> None:
    if not reason.strip():
        raise Refused(gettext("Say why."))
    implicated.state, implicated.decided_by, implicated.decided_at = state, by, moments.now()
    implicated.decision = reason.strip()[:300]
    implicated.save()


def _beat(implicated: ImplicatedPerson) -> None:
    """Every open room shows what is so now."""
    about = implicated.about
    incident = about.incident if isinstance(about, Report) else about
    if incident is not None:
        beat(incident)


def _kept_out(about: Report | Incident, by: Person, person: Person, reason: str) -> ImplicatedPerson:
    if person.pk == by.pk:
        raise Refused(gettext("If it concerns you, let somebody else who may read it keep you out."))
    if not reason.strip():
        raise Refused(gettext("Say why."))
    made = about.implicated.filter(person=person).first() or ImplicatedPerson(
        person=person, **{_field(about): about}
    )
    if not made._state.adding and made.state == State.CONFIRMED:
        raise Refused(gettext("%(name)s is kept out already.") % {"name": person})
    made.state, made.by, made.reason, made.at = State.CONFIRMED, by, reason.strip()[:300], moments.now()
    made.decided_by, made.decided_at, made.decision = None, None, ""
    made.save()
    _beat(made)
    return made


def _field(about: Report | Incident) -> str:
    return "report" if isinstance(about, Report) else "incident"


def keep_out_alike(incident: Incident, other: Incident) -> None:
    """Let `other` be kept from all whom `incident` or a report of it concerns: it takes over what is told there."""
    there = set(other.implicated.in_force().values_list("person", flat=True))
    for one in of_incident(incident).exclude(person__in=there):
        if one.person_id not in there:
            there.add(one.person_id)
            _take_over(one, other)


def stay_out(incident: Incident, reports: Sequence[Report]) -> None:
    """Let whom `reports` concern stay kept out of an incident that they leave: its history says what they told. Inside an
    act."""
    rows = ImplicatedPerson.objects.in_force().filter(report__in=[one.pk for one in reports])
    for one in rows.select_related("person", "by").order_by("at", "pk"):
        _take_over(one, incident)


def _keep_out_where_it_was(report: Report, made: ImplicatedPerson) -> None:
    for incident in once_of(report):
        _take_over(made, incident)


def _take_over(one: ImplicatedPerson, incident: Incident) -> None:
    """Let `incident` be kept from the person like that from which `one` keeps them, for the same reason."""
    made = incident.implicated.filter(person=one.person).first() or ImplicatedPerson(
        incident=incident, person=one.person
    )
    made.state, made.by, made.reason, made.at = one.state, one.by, one.reason, one.at
    made.decided_by, made.decided_at, made.decision = one.decided_by, one.decided_at, one.decision
    made.save()


def of_incident(incident: Incident) -> RecordQuerySet:
    """Who is kept out of an incident now, by itself or by a report that belongs to it."""
    rows = ImplicatedPerson.objects.in_force()
    found: RecordQuerySet = rows.filter(Q(incident=incident) | Q(report__incident=incident))
    return found.select_related("person", "by", "report").order_by("at", "pk")


@follows
class Keeper:
    """The follower by which it lies where that lies which concerns somebody."""

    def one(self, record: Any, names: Collection[str]) -> None:
        self.many([record], names)

    def many(self, records: Sequence[Any], names: Collection[str]) -> None:
        of = {Incident: "incident", Report: "report"}.get(type(records[0]))
        moved = [one.pk for one in records if one.version > 1]
        if of is None or not moved or "unit_id" not in names:
            return
        for one in ImplicatedPerson.objects.filter(**{f"{of}__in": moved}).select_related(f"{of}__unit"):
            if one.about is not None:
                one.unit = one.about.unit
            one.save()
