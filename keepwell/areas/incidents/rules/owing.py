"""What is owed about clocks: a notice to draft, approve, send, a reason to give; and who is warned in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, override

from keepwell.areas.incidents.models import Clock, IncidentNotice
from keepwell.areas.incidents.models.approving import Approvers
from keepwell.areas.incidents.models.clocks import MOST_LEFT
from keepwell.areas.incidents.rules.notices import takes_notice
from keepwell.areas.incidents.rules.timeline import named, note
from keepwell.kernel import moments
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import may_know
from keepwell.platform.people.permissions import grants_giving, reading_once
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on, visible_to
from keepwell.platform.todos.duties import Duty, Matter, left, owed

APPROVE = "incidents.approve"
AHEAD = timedelta(days=2)
LOOKED_BACK = timedelta(days=7)
"""How long after its end a clock is still warned of, should no worker have run meanwhile; by then everybody was told."""
RISK = gettext_noop("%(whom)s must be told by %(at)s, and nothing is sent yet: %(record)s")
MISSED = gettext_noop("%(whom)s should have been told by %(at)s; nothing is sent: %(record)s")
OF_BEFORE = (
    gettext_noop("%(whom)s must be told by %(at)s UTC, and nothing is sent yet: %(record)s"),
    gettext_noop("%(whom)s should have been told by %(at)s UTC; nothing is sent: %(record)s"),
)
"""How notices said it that stand in lists since then; their words are kept, so their translations are."""
FREED = gettext_noop(
    "%(name)s can no longer look after the clock of %(whom)s; whoever may work on the incident does."
)
KEEPER = Machine(gettext_noop("the keeper of clocks"))
State = IncidentNotice.State


class OfClocks(Duty):
    """One about clocks: for those who may work on the incident; of a clock that was given to somebody who is still here,
    for that person alone."""

    area = "incidents"
    path = ""
    """How a record reaches its clock."""

    def given(self, person: Person) -> Q:
        """Records whose clock was given to nobody else who is here."""
        owner = f"{self.path}owner"
        return Q((f"{owner}__isnull", True)) | Q((owner, person)) | left(moments.today(), owner)

    def theirs(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        return super().theirs(rows, person).filter(self.given(person))


@owed
class AboutClocks(OfClocks):
    """Clocks that end within two days and have no notice, and those that were late or missed without a reason."""

    name, is_told_elsewhere = "incidents.clocks", True

    def rows(self, day: date) -> QuerySet[Any]:
        """Such clocks, the first to end first."""
        now = moments.now()
        there = IncidentNotice.objects.current().filter(clock=OuterRef("pk"))
        rows = Clock.objects.counted().exclude(duty=Clock.Duty.INBOUND).annotate(has_notice=Exists(there))
        # What a list of the past tells of is over: nobody writes that notice any more.
        to_draft = Q(state=Clock.State.RUNNING, has_notice=False, ends_at__lte=now + AHEAD, lapse={},
                     incident__is_history=False)  # fmt: skip
        to_answer_for = Q(state=Clock.State.LATE) | Q(state=Clock.State.RUNNING, ends_at__lt=now)
        found = rows.filter(to_draft | to_answer_for & Q(reason=""))
        return found.select_related("incident__unit", "unit", "clause").order_by("ends_at", "pk")

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        url = reverse("clocks-record", args=[record.pk])
        if takes_notice(record) and not record.has_notice:
            yield _matter("incidents.draft", gettext("Draft the notice to %(whom)s"), record, url)
        if record.needs_reason:
            yield _matter("incidents.say_why", gettext("Say why %(whom)s was not told in time"), record, url)


@owed
class AboutNotices(OfClocks):
    """Drafts of others to approve, for whom their rules name, else for those who may decide; approved notices to send,
    and those that went by another channel to supplement, for those who may send them."""

    name, path = "incidents.notices", "clock__"

    def rows(self, day: date) -> QuerySet[Any]:
        """Such notices, the first to be sent first."""
        rows = IncidentNotice.objects.current().filter(clock__in=Clock.objects.binding())
        to_supplement = Q(state=State.SENT, is_to_supplement=True, supplemented_at__isnull=True)
        found = rows.filter(Q(state__in=(State.DRAFTED, State.APPROVED)) | to_supplement)
        found = found.select_related("clock__incident__unit", "clock__unit", "clock__clause")
        return found.order_by("clock__ends_at", "pk")

    def theirs(self, rows: QuerySet[Any], person: Person) -> QuerySet[Any]:
        drafted = Q(state=State.DRAFTED)
        return visible_to(rows, person, self.level).filter(
            drafted & ~Q(drafted_by=person) | ~drafted & self.given(person)
        )

    def among(self, records: list[Any], person: Person) -> list[Any]:
        for_others = _for_others(person, records)
        return [one for one in records if one.pk not in for_others]

    def fits(self, matter: Matter, record: Any, person: Person) -> bool:
        return matter.what != APPROVE or may_on(person, "incidents", Level.DECIDE, record)

    def matters(self, record: Any, day: date) -> Iterator[Matter]:
        url = reverse("incident-notices-record", args=[record.pk])
        if record.state == State.DRAFTED:
            yield _matter(APPROVE, gettext("Approve the notice to %(whom)s"), record.clock, url)
        elif record.state == State.APPROVED:
            yield _matter("incidents.send", gettext("Send the notice to %(whom)s"), record.clock, url)
        else:
            act = gettext("Supplement the notice to %(whom)s through its first channel")
            yield _matter("incidents.supplement", act, record.clock, url)


def _for_others(person: Person, notices: list[IncidentNotice]) -> set[UUID]:
    """The drafts that somebody else than `person` is named to approve. Of an incident that few know nobody else is: who
    is named may not know of it."""
    open_ = [one for one in notices if one.state == State.DRAFTED and not one.clock.incident.is_restricted]
    if not open_:
        return set()
    who = Approvers([one.clock for one in open_], moments.now())
    named = {one.pk: who.named(one.clock) - {one.drafted_by_id} for one in open_}
    return {pk for pk, people in named.items() if people and person.pk not in people}


def _matter(what: str, act: str, clock: Clock, url: str) -> Matter:
    ends = clock.ends_at.astimezone(ZoneInfo(clock.zone)).date() if clock.ends_at else None
    context = gettext("%(incident)s, %(unit)s: %(title)s") % {
        "incident": clock.incident, "unit": clock.unit, "title": clock.incident.title}  # fmt: skip
    return Matter(what, act % {"whom": clock.whom}, url, ends, context, clock.incident.urgency)


def free_orphans() -> int:
    """Let no clock lie with somebody who left or may not work on its incident any more: it is everybody's again who may,
    and the timeline says so. Returns how many were freed."""
    rows = Clock.objects.binding().filter(owner__isnull=False, retired_at__isnull=True)
    open_ = Q(state=Clock.State.RUNNING) | Q(state=Clock.State.LATE, reason="")
    lying = (
        rows.filter(open_).select_related("incident__unit", "unit", "clause", "owner__account").order_by("pk")
    )
    with reading_once():
        orphans = [
            (one, one.owner) for one in lying if one.owner is not None and not _is_able(one.owner, one)
        ]
    for clock, gone in orphans:
        with transaction.atomic(), acting(KEEPER, "clock.free"):
            note(clock.incident, FREED, verb="free", by=None, whom=clock.whom, **named(gone))
            clock.owner = None
            clock.save(update_fields=["owner"])
    return len(orphans)


def _is_able(owner: Person, clock: Clock) -> bool:
    """Whether somebody still signs in here and may work on the clock's incident."""
    account = getattr(owner, "account", None)
    return account is not None and account.is_active and may_on(owner, "incidents", Level.EDIT, clock)


def warn(now: datetime) -> int:
    """Tell who looks after each clock that it is at risk, and that it was missed; each once for each end. Returns how
    many were told."""
    told = 0
    rows = (
        Clock.objects.running()
        .exclude(duty=Clock.Duty.INBOUND)
        .filter(ends_at__range=(now - LOOKED_BACK, now + MOST_LEFT), incident__is_history=False)
    )
    for clock in rows.select_related("incident__unit", "unit", "clause", "owner__unit").order_by(
        "ends_at", "pk"
    ):
        missed = clock.is_missed(now)
        if clock.ends_at is not None and (missed or clock.is_at_risk(now)):
            told += _tell(clock, clock.ends_at, MISSED if missed else RISK, "missed" if missed else "risk")
    return told


def _tell(clock: Clock, ends: datetime, what: str, stage: str) -> int:
    return sum(_tell_one(clock, ends, what, stage, person) for person in looking_after(clock))


def _tell_one(clock: Clock, ends: datetime, what: str, stage: str, person: Person) -> int:
    message = Message(
        "clock.risk", f"clock:{clock.pk}:{stage}:{ends:%Y%m%d%H%M}", what,
        facts={"whom": _whom(clock), "at": _moment(ends, person.unit.time_zone, clock.zone)},
        url=reverse("clocks-record", args=[clock.pk]), record=clock,
    )  # fmt: skip
    return tell([person], message)


def _moment(ends: datetime, zone: str, of_rule: str) -> str:
    """A moment by the clock of its reader, whose zone is named, and in UTC where the rule goes by another."""
    here = f"{ends.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"
    return here if zone in (of_rule, "UTC") else f"{here} ({ends.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"


def _whom(clock: Clock) -> dict[str, str]:
    """Whom it tells, in each language in which somebody may be told of it."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found[language] = clock.whom
    return found


def looking_after(clock: Clock) -> list[Person]:
    """Its owner; without one, whoever may work on the incident."""
    if clock.owner is not None:
        return [clock.owner]
    given = grants_giving("incidents", Level.EDIT, clock.place).values("person")
    people = Person.objects.filter(pk__in=given, account__is_active=True).select_related("unit")
    return [person for person in people if may_know(person, clock)]
