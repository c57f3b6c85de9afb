"""Whom mail about an incident has not reached, as its room says it: they are to be phoned."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext

from keepwell.areas.incidents.models import ExposureAnswer, Incident, MeetingMail, ResponseMeeting
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
    incident: Incident, meeting: ResponseMeeting | None, answers: Collection[ExposureAnswer]
) -> list[Unreached]:
    """Who was called while nobody has taken it up, asked and has not answered, or invited to the meeting at hand, and
    has a mail that waits or was refused."""
    return [*_told(incident, answers), *_invited(meeting)]


def _told(incident: Incident, answers: Collection[ExposureAnswer]) -> Iterator[Unreached]:
    sites = {one.pk: str(one.unit.code) for one in answers if one.state == ExposureAnswer.State.OPEN}
    about = Q(record_type=ExposureAnswer.type_name(), record_id__in=list(sites))
    is_called = incident.is_open and incident.acknowledged_at is None
    if is_called:
        about |= Q(key__startswith=duty.keys_of(incident.pk))
    if not (sites or is_called):
        return
    late = Notice.objects.filter(about, letter__in=Letter.objects.held_up().values("pk"))
    for notice in late.select_related("person", "letter").order_by("told_at", "pk"):
        site = sites.get(notice.record_id) if notice.record_id else None
        why = gettext("asked for %(site)s") % {"site": site} if site else gettext("called")
        if notice.letter is not None:
            yield Unreached(str(notice.person), why, notice.letter)


def _invited(meeting: ResponseMeeting | None) -> Iterator[Unreached]:
    if meeting is not None and meeting.is_to_come:
        rows = MeetingMail.objects.held_up().filter(meeting=meeting, method=MeetingMail.Method.REQUEST)
        for mail in rows.order_by("address", "-sequence"):
            yield Unreached(mail.address, gettext("invited to the meeting"), mail)
