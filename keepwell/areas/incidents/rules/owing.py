"""What is owed about clocks: a notice to draft, approve, send, a reason to give; and who is warned in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from keepwell.areas.incidents.models import Clock, IncidentNotice
from keepwell.areas.incidents.models.clocks import MOST_LEFT
from keepwell.kernel import moments
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import may_know
from keepwell.platform.people.permissions import grants_giving
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on
from keepwell.platform.todos.todo import Todo, owed

MOST_TODOS = 20
AHEAD = timedelta(days=2)
LOOKED_BACK = timedelta(days=7)
"""How long after its end a clock is still warned of, should no worker have run meanwhile; by then everybody was told."""
RISK = gettext_noop("%(whom)s must be told by %(at)s UTC, and nothing is sent yet: %(record)s")
MISSED = gettext_noop("%(whom)s should have been told by %(at)s UTC; nothing is sent: %(record)s")
State = IncidentNotice.State


@owed("incidents.clocks")
def about_clocks(person: Person, day: date) -> Iterator[Todo]:
    """Clocks that end within two days and have no notice, and those that were late or missed without a reason, for
    those who may work on the incident; of a clock that was given to somebody, for that person alone."""
    now = moments.now()
    there = IncidentNotice.objects.current().filter(clock=OuterRef("pk"))
    rows = Clock.objects.visible_to(person, Level.EDIT).binding().exclude(duty=Clock.Duty.INBOUND)
    rows = rows.filter(Q(owner__isnull=True) | Q(owner=person)).annotate(has_notice=Exists(there))
    to_draft = Q(state=Clock.State.RUNNING, has_notice=False, ends_at__lte=now + AHEAD)
    to_answer_for = Q(state=Clock.State.LATE) | Q(state=Clock.State.RUNNING, ends_at__lt=now)
    found = rows.filter(to_draft | to_answer_for & Q(reason="")).select_related(
        "incident__unit", "unit", "clause"
    )
    for clock in found.order_by("ends_at", "pk")[:MOST_TODOS]:
        url = reverse("clocks-record", args=[clock.pk])
        if clock.state == Clock.State.RUNNING and not clock.has_notice:
            yield _todo(gettext("Draft the notice to %(whom)s"), clock, url)
        if clock.needs_reason:
            yield _todo(gettext("Say why %(whom)s was not told in time"), clock, url)


@owed("incidents.notices")
def about_notices(person: Person, day: date) -> Iterator[Todo]:
    """Drafts of others to approve, for those who may decide; approved notices to send, and those that went by another
    channel to supplement, for those who may send them."""
    rows = (
        IncidentNotice.objects.visible_to(person, Level.EDIT)
        .current()
        .filter(clock__in=Clock.objects.binding())
    )
    rows = rows.filter(
        Q(state=State.DRAFTED) & ~Q(drafted_by=person)
        | (Q(state=State.APPROVED) | Q(state=State.SENT, is_to_supplement=True, supplemented_at__isnull=True))
        & (Q(clock__owner__isnull=True) | Q(clock__owner=person))
    )
    found = rows.select_related("clock__incident__unit", "clock__unit", "clock__clause")
    for notice in found.order_by("clock__ends_at", "pk")[:MOST_TODOS]:
        url = reverse("incident-notices-record", args=[notice.pk])
        if notice.state == State.APPROVED:
            yield _todo(gettext("Send the notice to %(whom)s"), notice.clock, url)
        elif notice.state == State.SENT:
            yield _todo(
                gettext("Supplement the notice to %(whom)s through its first channel"), notice.clock, url
            )
        elif may_on(person, "incidents", Level.DECIDE, notice):
            yield _todo(gettext("Approve the notice to %(whom)s"), notice.clock, url)


def _todo(act: str, clock: Clock, url: str) -> Todo:
    ends = clock.ends_at.astimezone(ZoneInfo(clock.zone)).date() if clock.ends_at else None
    context = gettext("%(incident)s, %(unit)s: %(title)s") % {
        "incident": clock.incident, "unit": clock.unit, "title": clock.incident.title}  # fmt: skip
    return Todo(act % {"whom": clock.whom}, url, due_on=ends, context=context, urgency=clock.incident.urgency)


def warn(now: datetime) -> int:
    """Tell who looks after each clock that it is at risk, and that it was missed; each once for each end. Returns how
    many were told."""
    told = 0
    rows = (
        Clock.objects.running()
        .exclude(duty=Clock.Duty.INBOUND)
        .filter(ends_at__range=(now - LOOKED_BACK, now + MOST_LEFT))
    )
    for clock in rows.select_related("incident__unit", "unit", "clause", "owner").order_by("ends_at", "pk"):
        missed = clock.is_missed(now)
        if clock.ends_at is not None and (missed or clock.is_at_risk(now)):
            told += _tell(clock, clock.ends_at, MISSED if missed else RISK, "missed" if missed else "risk")
    return told


def _tell(clock: Clock, ends: datetime, what: str, stage: str) -> int:
    message = Message(
        "clock.risk", f"clock:{clock.pk}:{stage}:{ends:%Y%m%d%H%M}", what,
        facts={"whom": clock.whom, "at": f"{ends:%Y-%m-%d %H:%M}"}, url=reverse("clocks-record", args=[clock.pk]),
        record=clock,
    )  # fmt: skip
    return tell(looking_after(clock), message)


def looking_after(clock: Clock) -> list[Person]:
    """Its owner; without one, whoever may work on the incident."""
    if clock.owner is not None:
        return [clock.owner]
    given = grants_giving("incidents", Level.EDIT, clock.place).values("person")
    people = Person.objects.filter(pk__in=given, account__is_active=True).select_related("unit")
    return [person for person in people if may_know(person, clock)]
