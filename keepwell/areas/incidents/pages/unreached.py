"""Whom mail about an incident has not reached, as its room says it: they are to be phoned."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext

from keepwell.areas.incidents.models import (
    EscalationCall,
    ExposureAnswer,
    Incident,
    MeetingMail,
    ResponseMeeting,
)
from keepwell.areas.incidents.rules import duty
from keepwell.platform.notices.models import Letter, Notice
from keepwell.platform.notices.outgoing import Mail


@dataclass(frozen=True)
class Unreached:
    """Somebody, why they were written to, and the mail that has not left."""

    who: str
    why: str
    mail: Mail


def unreached(
    incident: Incident,
    meeting: ResponseMeeting | None,
    answers: Collection[ExposureAnswer],
    calls: Collection[EscalationCall],
) -> list[Unreached]:
    """Who was called while nobody has taken it up, or acknowledged its level, asked and has not answered, or invited to
    the meeting at hand, and has a mail that waits or was refused."""
    return [*_told(incident, answers, calls), *_invited(meeting)]


def _told(
    incident: Incident, answers: Collection[ExposureAnswer], calls: Collection[EscalationCall]
) -> Iterator[Unreached]:
    sites = {one.pk: str(one.unit.code) for one in answers if one.state == ExposureAnswer.State.OPEN}
    about = Q(record_type=ExposureAnswer.type_name(), record_id__in=list(sites))
    keys = [duty.key_of(call) for call in calls if _waits(incident, call)]
    if keys:
        about |= Q(key__in=keys)
    if not (sites or keys):
        return
    late = Notice.objects.filter(about, letter__in=Letter.objects.held_up().values("pk"))
    for notice in late.select_related("person", "letter").order_by("told_at", "pk"):
        site = sites.get(notice.record_id) if notice.record_id else None
        why = gettext("asked for %(site)s") % {"site": site} if site else gettext("called")
        if notice.letter is not None:
            yield Unreached(str(notice.person), why, notice.letter)


def _waits(incident: Incident, call: EscalationCall) -> bool:
    """Whether the call is still to be answered: nobody took the incident up, or they did not acknowledge its level."""
    if call.rise is None:
        return incident.is_open and incident.acknowledged_at is None
    return incident.is_open and call.answered_at is None and call.rise.wakes_above is not None


def _invited(meeting: ResponseMeeting | None) -> Iterator[Unreached]:
    if meeting is not None and meeting.is_to_come:
        rows = MeetingMail.objects.held_up().filter(meeting=meeting, method=MeetingMail.Method.REQUEST)
        for mail in rows.order_by("address", "-sequence"):
            yield Unreached(mail.address, gettext("invited to the meeting"), mail)
