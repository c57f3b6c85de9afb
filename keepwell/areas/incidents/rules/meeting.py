"""Calling a response meeting: invitations by mail with a calendar part, and the bridge in the room."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from email.mime.text import MIMEText
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop, override
from django.utils.translation import gettext_lazy as _
from icalendar import Calendar, Event, vCalAddress, vText

from keepwell.areas.incidents.models import Incident, ResponseMeeting
from keepwell.areas.incidents.rules.tasks import ahead
from keepwell.areas.incidents.rules.timeline import Kind, is_there, never, note
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import grants_giving
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import visible_to

ADDRESS = re.compile(r"[^\s@<>\"',;:]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
MOST_INVITED = 60
BRIDGE_STAYS = timedelta(hours=1)
"""How long after its end a meeting's bridge still stands in the room."""
AREA = "incidents"
INVITING = "incidents.invite"
CALLED = gettext_noop("Response meeting called for %(time)s: %(count)s invited.")


@act(
    Level.EDIT,
    label=_("Call a meeting"),
    offered=is_there,
    shown=never,
    explains=_("Each who is invited gets a mail with an entry for the calendar; it names the incident by its number alone."),
)  # fmt: skip
def call_meeting(
    incident: Incident,
    *,
    by: Person,
    bridge: str,
    invite: str,
    begins: str = "",
    about: str = "",
    minutes: int = 30,
) -> ResponseMeeting:
    """Invite whom `invite` names (numbers of people here, or mail addresses, divided by commas or blanks) to meet at
    `begins` (05:30 is the next such time; empty: now) for `minutes` under `bridge`."""
    if not bridge.strip():
        raise Refused(gettext("Write where one joins: an https address, or a number to dial."))
    if not settings.MAIL.is_on:
        raise Refused(
            gettext("No mail leaves this Keepwell, so nobody could be invited; call people by phone.")
        )
    invited = _addresses(invite, incident, by)
    starts_at = ahead(begins, incident) if begins.strip() else moments.now()
    meeting = ResponseMeeting(
        incident=incident, starts_at=starts_at, minutes=minutes, bridge=bridge.strip()[:300], about=about.strip()[:500],
        invited=invited, called_by=by, called_at=moments.now(),
    )  # fmt: skip
    meeting.save()
    time = f"{starts_at.astimezone(ZoneInfo(incident.unit.time_zone)):%H:%M}"
    note(
        incident,
        CALLED,
        verb="meeting",
        by=by,
        kind=Kind.COMMUNICATION,
        source=about,
        time=time,
        count=len(invited),
    )
    for place in range(len(invited)):
        key = f"invite:{meeting.pk}:{place}"
        transaction.on_commit(partial(enqueue, INVITING, key=key, meeting_id=str(meeting.pk), place=place))
    return meeting


def _addresses(text: str, incident: Incident, by: Person) -> list[str]:
    """The mail addresses that `text` names, each once; Refused with what is none, or a number of somebody whom `by` may
    not see and who may not work on incidents there either."""
    words = list(dict.fromkeys(word for word in re.split(r"[\s,;]+", text.strip()) if word))
    numbers = [word for word in words if "@" not in word]
    named = Person.objects.current().filter(number__in=numbers).exclude(mail="")
    seen, team = visible_to(named, by), grants_giving(AREA, Level.EDIT, incident.unit)
    rows = named.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=team.values("person")))
    known: dict[str, str] = {number: mail or "" for number, mail in rows.values_list("number", "mail")}
    found = [known.get(word, word) for word in words]
    wrong = [word for word in found if not ADDRESS.fullmatch(word)]
    if wrong or not found:
        raise Refused(
            gettext("Name people by number, or by mail address; not known: %(words)s.")
            % {"words": ", ".join(wrong)[:200] or "–"}
        )
    if len(found) > MOST_INVITED:
        raise Refused(gettext("At most %(most)d can be invited at once.") % {"most": MOST_INVITED})
    return list(dict.fromkeys(found))


def invitation(meeting: ResponseMeeting, address: str) -> EmailMultiAlternatives:
    """The mail that invites `address`, with its calendar part (RFC 5546, REQUEST)."""
    zone = ZoneInfo(meeting.incident.unit.time_zone)
    begins = meeting.starts_at.astimezone(zone)
    with override(meeting.called_by.language):
        subject = gettext("Response meeting %(incident)s") % {"incident": meeting.incident.number}
        text = gettext(
            "%(name)s calls you to a response meeting about %(incident)s at %(time)s (%(zone)s), for %(minutes)d minutes."
        ) % {
            "name": meeting.called_by, "incident": meeting.incident.number, "time": f"{begins:%Y-%m-%d %H:%M}",
            "zone": zone.key, "minutes": meeting.minutes,
        }  # fmt: skip
        join = gettext("Join: %(bridge)s") % {"bridge": meeting.bridge}
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "keepwell"
    mail = EmailMultiAlternatives(
        subject, "\n\n".join(filter(None, (text, join, meeting.about))), settings.DEFAULT_FROM_EMAIL, [address],
        headers={"Message-ID": f"<meeting-{meeting.pk}-{meeting.invited.index(address)}@{host}>"},
    )  # fmt: skip
    part = MIMEText(calendar(meeting, address, subject).decode(), "calendar", "utf-8")
    part.set_param("method", "REQUEST")
    mail.attach(part)
    return mail


def calendar(meeting: ResponseMeeting, address: str, subject: str) -> bytes:
    """The meeting as a calendar takes it."""
    whole, event = Calendar(), Event()
    whole.add("prodid", "-//Keepwell//Response meeting//EN")
    whole.add("version", "2.0")
    whole.add("method", "REQUEST")
    organizer = vCalAddress(f"mailto:{meeting.called_by.mail or settings.DEFAULT_FROM_EMAIL}")
    organizer.params["cn"] = vText(meeting.called_by.name)
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params["rsvp"] = vText("TRUE")
    said: list[tuple[str, Any]] = [
        ("uid", f"{meeting.pk}@keepwell"), ("dtstamp", meeting.called_at.astimezone(UTC)),
        ("dtstart", meeting.starts_at.astimezone(UTC)), ("dtend", meeting.ends_at.astimezone(UTC)),
        ("summary", subject), ("description", meeting.about), ("location", meeting.bridge), ("sequence", 0),
        ("organizer", organizer), ("attendee", attendee),
    ]  # fmt: skip
    for name, value in said:
        event.add(name, value)
    whole.add_component(event)
    return bytes(whole.to_ical())


def latest_bridge(incident: Incident) -> ResponseMeeting | None:
    """The meeting that was called last, while its bridge still stands in the room."""
    last = ResponseMeeting.objects.current().filter(incident=incident).order_by("-called_at").first()
    if last is None or moments.now() - last.ends_at > BRIDGE_STAYS:
        return None
    return last
