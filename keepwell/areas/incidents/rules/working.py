"""The way of an incident from its report to its close, and what each step asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, TimelineEntry, scheme
from keepwell.areas.incidents.models.schemes import Edition, edition_with, with_edition
from keepwell.areas.incidents.rules import duty, exposure, reviews, tasks
from keepwell.areas.incidents.rules.leading import is_without_lead, led_by_who_knows
from keepwell.areas.incidents.rules.schemes.following import anew, to_classify_anew
from keepwell.areas.incidents.rules.timeline import named, note
from keepwell.kernel import moments
from keepwell.kernel.severity.scheme import Scheme
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import acting
from keepwell.platform.people.leaving import has_left
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.duties import Duty, Matter, left, owed

State, Kind = Incident.State, TimelineEntry.Kind
TAKE_UP, TAKE_LEAD = "incidents.take_up", "incidents.take_lead"
TAKEN_UP = gettext_noop("Taken up by %(name)s, who leads from now on.")
BEGUN = gettext_noop("The response began.")
CONTAINED = gettext_noop("Contained: it spreads no further.")
RECOVERED = gettext_noop("Recovered: all that was touched works again.")
REVIEWED = gettext_noop("The review began.")
CLOSED = gettext_noop("Closed with its review.")
REOPENED = gettext_noop("Opened again.")
MATERIAL = gettext_noop("Decided: it is material.")
NOT_MATERIAL = gettext_noop("Decided: it is not material.")


def in_state(*states: str) -> Callable[[Incident], bool]:
    """Whether an incident is in one of `states`, and no mistake."""
    return lambda incident: incident.state in states and incident.retired_at is None


@act(
    Level.EDIT,
    label=_("Take it up"),
    offered=lambda incident: incident.is_open and incident.acknowledged_at is None,
    explains=_("You become its lead; the time to acknowledge ends now."),
)
def acknowledge(incident: Incident, *, by: Person) -> None:
    """Somebody took the incident up, and leads it."""
    _taken_up(incident, by)
    incident.save()


@act(
    Level.EDIT,
    label=_("Begin the response"),
    offered=in_state(State.TRIAGED),
    explains=_("From now on the incident is worked on; it has a level and a lead."),
)
def respond(incident: Incident, *, by: Person) -> None:
    """The response begins; whoever begins it takes it up if nobody has."""
    if incident.acknowledged_at is None:
        _taken_up(incident, by)
    incident.state = State.RESPONDING
    incident.save()
    note(incident, BEGUN, verb="respond", by=by)


@act(
    Level.EDIT,
    label=_("Record containment"),
    offered=in_state(State.RESPONDING),
    explains=_("It spreads no further from that moment on; empty means now."),
)
def contain(incident: Incident, *, by: Person, at: datetime | None = None) -> None:
    """It is contained since `at` (None: now)."""
    incident.contained_at = _come(incident, at, after=incident.discovery)
    incident.state = State.CONTAINED
    incident.save()
    note(incident, CONTAINED, verb="contain", by=by, at=incident.contained_at)
    tasks.follow(incident)


@act(
    Level.EDIT,
    label=_("Record recovery"),
    offered=in_state(State.CONTAINED),
    explains=_("All that was touched works again from that moment on; empty means now."),
)
def recover(incident: Incident, *, by: Person, at: datetime | None = None) -> None:
    """All works again since `at` (None: now)."""
    incident.recovered_at = _come(incident, at, after=incident.contained_at)
    incident.state = State.RECOVERED
    incident.save()
    note(incident, RECOVERED, verb="recover", by=by, at=incident.recovered_at)


@act(
    Level.EDIT,
    label=_("Begin the review"),
    offered=in_state(State.RECOVERED),
    explains=_("What happened, why, what worked and what did not is written down before it can be closed."),
)
def begin_review(incident: Incident, *, by: Person) -> None:
    """The incident is over; what can be learned from it is looked for."""
    incident.state = State.REVIEW
    incident.save()
    note(incident, REVIEWED, verb="review", by=by)


@act(
    Level.EDIT,
    label=pgettext_lazy("incidents", "Close"),
    offered=in_state(State.REVIEW),
    explains=_(
        "The review is kept with the incident: a part that you leave empty stays as it was written before. From S3 on "
        "somebody has decided on materiality before."
    ),
)
def close(
    incident: Incident, *, by: Person, review: str = "", causes: str = "", worked: str = "", failed: str = "",
    tlp: Incident.Tlp | None = None,
) -> None:  # fmt: skip
    """Close the incident with its review in four parts: what happened, its causes, what worked, what did not. An empty
    part stays as it was written before; `tlp` is the mark of a review that is made now (None: the incident's)."""
    told = {"happened": review, "causes": causes, "worked": worked, "failed": failed}
    reviews.whole(incident, told, by=by, tlp=tlp)
    if incident.level is not None and incident.level >= MATERIALITY_FROM and incident.is_material is None:
        raise Refused(
            gettext("An incident of S3 or S4 is closed once somebody has decided whether it is material.")
        )
    # What the trail tells of the incident itself repeats no word of the review, which has a mark of its own.
    with acting(by, close.verb):
        incident.closed_at, incident.state = moments.now(), State.CLOSED
        incident.save()
        duty.over(incident)
        exposure.let_off(incident, by=by)
        note(incident, CLOSED, verb="close", by=by)


MATERIALITY_FROM = 3


@act(
    Level.DECIDE,
    label=_("Open again"),
    offered=in_state(State.CLOSED),
    explains=_("It goes back to its review; the earlier close stays in its history."),
)
def reopen(incident: Incident, *, by: Person, reason: str) -> None:
    """Something came up after the close."""
    incident.state, incident.closed_at = State.REVIEW, None
    incident.save()
    exposure.ask_again(incident)
    led_by_who_knows(incident, by=by)
    note(incident, REOPENED, verb="reopen", by=by, kind=Kind.DECISION, reason=reason)


@act(
    Level.DECIDE,
    label=_("Decide on materiality"),
    offered=lambda incident: incident.retired_at is None and incident.level is not None,
    explains=_(
        "Who decided, when, and on what stays with the incident and is counted in the year’s disclosure."
    ),
)
def decide_materiality(incident: Incident, *, by: Person, is_material: bool, basis: str) -> None:
    """Decide whether the incident matters to investors, on `basis`; the decision counts from now."""
    incident.is_material, incident.material_at, incident.material_by = is_material, moments.now(), by
    incident.material_basis = basis.strip()[:500]
    incident.save()
    says = MATERIAL if is_material else NOT_MATERIAL
    note(incident, says, verb="material", by=by, kind=Kind.DECISION, reason=basis)


@act(
    Level.DECIDE,
    label=_("Withdraw"),
    offered=lambda incident: incident.retired_at is None,
    explains=_(
        "It was no incident, or is there twice: it leaves every list and figure; its history stays, and so does every duty "
        "to tell that was met, late or missed by then."
    ),
)
def withdraw(incident: Incident, *, by: Person, reason: str) -> None:
    """Take out what was a mistake."""
    incident.retire(reason)
    duty.over(incident)
    exposure.let_off(incident, by=by)
    incident.save()


def acknowledge_by(incident: Incident, rules: Scheme | None = None) -> datetime:
    """By when somebody must take it up: by its level; while it has none, by the strictest; by the `rules` in force."""
    minutes = [one.acknowledge_minutes for one in (rules or scheme()).levels]
    allowed = min(minutes) if incident.level is None else minutes[incident.level]
    return incident.reported_at + timedelta(minutes=allowed)


@owed
class Unanswered(Duty):
    """Incidents that nobody has taken up or leads any more, for those who may work on them; those to be classified anew,
    since other rules are in force, for their lead while that is here, else for the same."""

    name, area, is_told_elsewhere = "incidents.unanswered", "incidents", True

    def rows(self, day: date) -> QuerySet[Any]:
        """Open incidents of which one or the other is so, the first reported first."""
        rows = with_edition(Incident.objects.open()).filter(
            Q(acknowledged_at__isnull=True) | Q(lead__isnull=True) | to_classify_anew()
        )
        return rows.select_related("unit", "lead").order_by("reported_at", "pk")

    def theirs(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        led = Q(lead__isnull=True) | Q(lead=person) | left(moments.today(), "lead")
        return super().theirs(rows, person).filter(Q(acknowledged_at__isnull=True) | led)

    def fits(self, matter: Matter, record: Any, person: Person) -> bool:
        is_led = record.lead_id not in (None, person.pk) and not has_left(record.lead)
        return matter.what == TAKE_UP or not is_led

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        edition = edition_with(record)
        if record.acknowledged_at is None:
            yield _take_up(record, edition)
        elif is_without_lead(record):
            yield _take_lead(record)
        if record.changed_to(edition):
            yield anew(record, edition)


def _take_up(incident: Incident, edition: Edition) -> Matter:
    by = acknowledge_by(incident, edition.rules).astimezone(ZoneInfo(incident.unit.time_zone))
    return Matter(
        TAKE_UP,
        gettext("Take up %(incident)s") % {"incident": incident},
        reverse("incidents-record", args=[incident.pk]),
        by.date(),
        gettext("%(unit)s: %(title)s") % {"unit": incident.unit, "title": incident.title},
        incident.urgency,
    )


def _take_lead(incident: Incident) -> Matter:
    return Matter(
        TAKE_LEAD,
        gettext("Take the lead of %(incident)s") % {"incident": incident},
        reverse("incidents-record", args=[incident.pk]),
        moments.today(incident.unit.time_zone),
        gettext("%(unit)s: %(title)s") % {"unit": incident.unit, "title": incident.title},
        incident.urgency,
    )


def _taken_up(incident: Incident, by: Person) -> None:
    incident.acknowledged_at, incident.lead = moments.now(), by
    note(incident, TAKEN_UP, verb="acknowledge", by=by, **named(by))
    duty.answered(incident, by=by)


def _come(incident: Incident, at: datetime | None, *, after: datetime | None) -> datetime:
    """The moment `at`, now if not said; Refused if it lies ahead or before what must have been before."""
    moment = at or moments.now()
    if moment > moments.now():
        raise Refused(gettext("That moment lies ahead; record it when it has come."))
    if after and moment < after:
        raise Refused(
            gettext("That cannot have been before %(moment)s.")
            % {"moment": after.isoformat(timespec="minutes")}
        )
    return moment
