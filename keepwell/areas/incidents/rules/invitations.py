"""What a mail about a response meeting says: an invitation, a change or a calling off, for people and for calendars.

RFC 5546 (iTIP): one UID for a meeting, a SEQUENCE that grows with each change, REQUEST and CANCEL. A mail is composed
when it is sent: whoever was not reached for a day learns how the meeting stands then, not what came before.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, override
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import MeetingMail, ResponseMeeting
from keepwell.areas.incidents.models.timeline import beat
from keepwell.areas.incidents.rules.timeline import Kind, note
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.notices.posting import mails, post
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Person

POSTMAN = Machine(gettext_noop("the postman of meetings"))
UNREACHED = gettext_noop("%(address)s did not get the mail about the meeting: the mail server refuses it.")
REFUSED = gettext_noop(
    "Your mail about a meeting of %(record)s did not reach %(to)s: the mail server refuses it (%(why)s)."
)
Method = MeetingMail.Method


def mail_to(meeting: ResponseMeeting, method: str, addresses: list[str]) -> None:
    """Put a mail into the outbox for each address, about the meeting as it stands."""
    for address in addresses:
        post(MeetingMail(meeting=meeting, address=address, method=method, sequence=meeting.sequence))


def show_sent(mail: MeetingMail) -> None:
    """Every open room shows that it has left."""
    beat(mail.meeting.incident)


def tell_refused(mail: MeetingMail, why: str, now: datetime) -> None:
    """Let the timeline say whom it did not reach, and tell who called the meeting, while there is a phone."""
    meeting = mail.meeting
    with acting(POSTMAN, "meeting.refused"):
        note(
            meeting.incident,
            UNREACHED,
            verb="meeting",
            by=None,
            kind=Kind.COMMUNICATION,
            source=why,
            address=mail.address,
        )
    tell([meeting.called_by], Message(
        "mail.refused", f"mail:{mail.pk}", REFUSED, facts={"to": mail.address, "why": why[:120]}, record=meeting.incident,
        url=reverse("response-meetings-record", args=[meeting.pk]),
    ), now=now)  # fmt: skip


@mails(MeetingMail, _("Invitations to response meetings"), taken=show_sent, refused=tell_refused)
def composed(mail: MeetingMail) -> EmailMultiAlternatives | None:
    """The mail as the meeting stands now; None where a later one to the same address tells more, or where nothing is to
    be taken back because nothing ever went there."""
    meeting = ResponseMeeting.objects.select_related("incident__unit", "called_by").get(pk=mail.meeting_id)
    others = MeetingMail.objects.filter(meeting=meeting, address=mail.address).exclude(pk=mail.pk)
    # Whether a try reached the server is not always known: what was tried counts as sent.
    was_told = others.filter(sequence__lt=mail.sequence, attempts__gt=0).exists()
    if others.filter(sequence__gt=mail.sequence).exists() or (mail.method == Method.CANCEL and not was_told):
        return None
    with override(_language(meeting, mail.address)):
        subject, text = _subject(mail, meeting), _text(mail, meeting, was_told=was_told)
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "keepwell"
    headers = {
        "Message-ID": mail.message_id, "References": f"<meeting-{meeting.pk}@{host}>", "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply", "Date": f"{mail.made_at.astimezone(UTC):%a, %d %b %Y %H:%M:%S +0000}",
    }  # fmt: skip
    made = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [mail.address], headers=headers)
    made.attach_alternative(calendar(mail, meeting, subject).decode(), f"text/calendar; method={mail.method}")
    return made


def _language(meeting: ResponseMeeting, address: str) -> str:
    """The language of who has this address here, else of who called the meeting."""
    known = Person.objects.current().filter(mail__iexact=address).values_list("language", flat=True).first()
    return known or meeting.called_by.language


def _subject(mail: MeetingMail, meeting: ResponseMeeting) -> str:
    says = gettext("Called off: response meeting %(incident)s") if mail.method == Method.CANCEL else gettext(
        "Response meeting %(incident)s")  # fmt: skip
    return says % {"incident": meeting.incident.number}


def _text(mail: MeetingMail, meeting: ResponseMeeting, *, was_told: bool) -> str:
    zone = ZoneInfo(meeting.incident.unit.time_zone)
    facts = {
        "name": meeting.called_by, "incident": meeting.incident.number, "zone": zone.key, "minutes": meeting.minutes,
        "time": f"{meeting.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
    }  # fmt: skip
    if mail.method == Method.CANCEL:
        off = gettext(
            "The response meeting about %(incident)s at %(time)s (%(zone)s) takes place without you."
        )
        if meeting.retired_at is not None:
            off = gettext("The response meeting about %(incident)s at %(time)s (%(zone)s) is called off.")
        return "\n\n".join(filter(None, (off % facts, meeting.retired_reason)))
    says = gettext(
        "The response meeting about %(incident)s was changed: it is at %(time)s (%(zone)s), for %(minutes)d minutes."
    )
    if not was_told:
        says = gettext(
            "%(name)s calls you to a response meeting about %(incident)s at %(time)s (%(zone)s), for %(minutes)d minutes."
        )
    join = gettext("Join: %(bridge)s") % {"bridge": meeting.bridge}
    return "\n\n".join(filter(None, (says % facts, join, meeting.about, meeting.mark_in_effect.word)))


def calendar(mail: MeetingMail, meeting: ResponseMeeting, subject: str) -> bytes:
    """The meeting as a calendar takes it."""
    # Some 40 ms, and few processes write a calendar.
    from icalendar import Calendar, Event, vCalAddress, vText

    whole, event = Calendar(), Event()
    whole.add("prodid", "-//Keepwell//Response meeting//EN")
    whole.add("version", "2.0")
    whole.add("method", mail.method)
    organizer = vCalAddress(f"mailto:{meeting.called_by.mail or settings.DEFAULT_FROM_EMAIL}")
    organizer.params["cn"] = vText(meeting.called_by.name)
    attendee = vCalAddress(f"mailto:{mail.address}")
    attendee.params["rsvp"] = vText("TRUE")
    is_off = mail.method == Method.CANCEL
    said: list[tuple[str, Any]] = [
        ("uid", f"{meeting.pk}@keepwell"), ("dtstamp", (meeting.changed_at or meeting.called_at).astimezone(UTC)),
        ("dtstart", meeting.starts_at.astimezone(UTC)), ("dtend", meeting.ends_at.astimezone(UTC)),
        ("summary", subject), ("description", meeting.about), ("location", meeting.bridge),
        ("sequence", mail.sequence), ("status", "CANCELLED" if is_off else "CONFIRMED"),
        ("organizer", organizer), ("attendee", attendee),
    ]  # fmt: skip
    for name, value in said:
        event.add(name, value)
    whole.add_component(event)
    return bytes(whole.to_ical())
