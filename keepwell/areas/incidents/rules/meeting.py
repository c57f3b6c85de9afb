"""Calling a response meeting, changing it, calling it off: mails for each who is invited, and the bridge in the room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, MeetingMail, ResponseMeeting
from keepwell.areas.incidents.rules.invitations import mail_to
from keepwell.areas.incidents.rules.inviting import MOST_INVITED, addresses
from keepwell.areas.incidents.rules.tasks import ahead
from keepwell.areas.incidents.rules.timeline import Kind, is_there, note, require_mark
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.notices.outgoing import Mail
from keepwell.platform.notices.posting import wake
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

BRIDGE_STAYS = timedelta(hours=1)
"""How long after its end a meeting's bridge still stands in the room."""
CALLED = gettext_noop("Response meeting called for %(time)s: %(count)s invited.")
CHANGED = gettext_noop("Response meeting changed: %(time)s, %(count)s invited.")
CALLED_OFF = gettext_noop("Response meeting at %(time)s called off.")
AGAIN = gettext_noop("Mails about the response meeting at %(time)s sent again: %(count)s.")
Method = MeetingMail.Method


@act(
    Level.EDIT,
    label=_("Call a meeting"),
    offered=is_there,
    shown=never,
    explains=_(
        "Each who is invited gets a mail with an entry for the calendar; it names the incident by its number alone. Beside "
        "numbers and addresses the words lead, security, it, ot, legal and management invite who leads, and who is on duty."
    ),
)
def call_meeting(
    incident: Incident,
    *,
    by: Person,
    bridge: str,
    invite: str,
    begins: str = "",
    about: str = "",
    minutes: int = 30,
    tlp: Incident.Tlp | None = None,
) -> ResponseMeeting:
    """Invite whom `invite` names (numbers of people here, mail addresses, or words as `it` for whoever is on duty, see
    `inviting`; divided by commas or blanks) to meet at `begins` (05:30 is the next such time; empty: now) for `minutes`
    under `bridge`; `tlp` is its own mark (None: the incident's)."""
    if not bridge.strip():
        raise Refused(gettext("Write where one joins: an https address, or a number to dial."))
    _require_mail()
    require_mark(incident, tlp, by=by)
    invited = addresses(invite, incident, by)
    starts_at = ahead(begins, incident) if begins.strip() else moments.now()
    meeting = ResponseMeeting(
        incident=incident, starts_at=starts_at, minutes=minutes, bridge=bridge.strip()[:300], about=about.strip()[:500],
        invited=invited, called_by=by, called_at=moments.now(), tlp=tlp or "",
    )  # fmt: skip
    meeting.save()
    _noted(meeting, CALLED, by=by, source=about, count=len(invited))
    mail_to(meeting, Method.REQUEST, invited)
    return meeting


@act(
    Level.EDIT,
    label=_("Change the meeting"),
    offered=lambda meeting: meeting.is_to_come,
    explains=_(
        "What is left open stays as it is. A mail changes the entry in the calendar of each who is invited, and takes it "
        "away from those who are left out."
    ),
)
def change_meeting(
    meeting: ResponseMeeting, *, by: Person, moved_to: str = "", minutes: int | None = None, bridge: str = "",
    about: str = "", invite: str = "", leave_out: str = "",
) -> None:  # fmt: skip
    """Let it begin at another time (05:30 is the next such), last longer or shorter, be elsewhere or about something else;
    invite further people, or `leave_out` some who are invited."""
    _require_mail()
    incident = meeting.incident
    before = _Facts.of(meeting)
    meeting.starts_at = ahead(moved_to, incident) if moved_to.strip() else meeting.starts_at
    meeting.minutes = meeting.minutes if minutes is None else minutes
    meeting.bridge, meeting.about = (
        bridge.strip()[:300] or meeting.bridge,
        about.strip()[:500] or meeting.about,
    )
    gone = _left_out(meeting, leave_out, by) if leave_out.strip() else []
    told = {one.casefold() for one in meeting.invited}
    further = addresses(invite, incident, by) if invite.strip() else []
    new = [one for one in further if one.casefold() not in told]
    is_other = _Facts.of(meeting) != before
    if not (is_other or new or gone):
        raise Refused(gettext("Say what is to change."))
    meeting.invited = [one for one in meeting.invited if one not in gone] + new
    _require_some(meeting)
    _changed(meeting)
    _noted(meeting, CHANGED, by=by, source=about, count=len(meeting.invited))
    mail_to(meeting, Method.CANCEL, gone)
    mail_to(meeting, Method.REQUEST, meeting.invited if is_other else new)


@act(
    Level.EDIT,
    label=_("Call the meeting off"),
    offered=lambda meeting: meeting.is_to_come,
    explains=_("Each who is invited gets a mail that takes the entry out of their calendar."),
)
def call_off(meeting: ResponseMeeting, *, by: Person, reason: str) -> None:
    """Let it not take place."""
    meeting.retire(reason)
    _changed(meeting)
    _noted(meeting, CALLED_OFF, by=by, source=reason)
    mail_to(meeting, Method.CANCEL, meeting.invited)


@act(
    Level.EDIT,
    label=_("Send again what was refused"),
    offered=lambda meeting: meeting.mails.filter(state=Mail.State.FAILED).exists(),
    explains=_("The mails that the mail server refused are tried once more; nobody else gets one."),
)
def send_again(meeting: ResponseMeeting, *, by: Person) -> None:
    """Try once more what was given up."""
    now = timezone.now()
    count = sum(mail.again(now) for mail in meeting.mails.filter(state=Mail.State.FAILED))
    _noted(meeting, AGAIN, by=by, count=count)
    wake(now)


@dataclass(frozen=True)
class _Facts:
    """What an entry in a calendar says of a meeting."""

    starts_at: datetime
    minutes: int
    bridge: str
    about: str

    @classmethod
    def of(cls, meeting: ResponseMeeting) -> _Facts:
        return cls(meeting.starts_at, meeting.minutes, meeting.bridge, meeting.about)


def _require_mail() -> None:
    if not settings.MAIL.is_on:
        raise Refused(
            gettext("No mail leaves this Keepwell, so nobody could be invited; call people by phone.")
        )


def _require_some(meeting: ResponseMeeting) -> None:
    if not meeting.invited:
        raise Refused(gettext("Somebody must stay invited; else call the meeting off."))
    if len(meeting.invited) > MOST_INVITED:
        raise Refused(gettext("At most %(most)d can be invited at once.") % {"most": MOST_INVITED})


def _changed(meeting: ResponseMeeting) -> None:
    meeting.sequence, meeting.changed_at = meeting.sequence + 1, moments.now()
    meeting.save()


def _noted(meeting: ResponseMeeting, says: str, *, by: Person, source: str = "", count: int = 0) -> None:
    """Let the timeline tell of it, with when the meeting is."""
    incident = meeting.incident
    time = f"{meeting.starts_at.astimezone(ZoneInfo(incident.unit.time_zone)):%H:%M}"
    note(
        incident,
        says,
        verb="meeting",
        by=by,
        kind=Kind.COMMUNICATION,
        source=source,
        tlp=meeting.tlp,
        time=time,
        count=count,
        meeting=str(meeting.pk),
    )


def _left_out(meeting: ResponseMeeting, text: str, by: Person) -> list[str]:
    """Those invited whom `text` names."""
    named = {one.casefold(): one for one in addresses(text, meeting.incident, by)}
    gone = [one for one in meeting.invited if one.casefold() in named]
    strange = [one for key, one in named.items() if key not in {one.casefold() for one in gone}]
    if strange:
        raise Refused(gettext("Not invited: %(words)s.") % {"words": ", ".join(strange)[:200]})
    return gone


def latest_bridge(incident: Incident, person: Person) -> ResponseMeeting | None:
    """The meeting that was called last of those that `person` may read, while its bridge still stands in the room."""
    last = latest_called(incident, person)
    if last is None or moments.now() - last.ends_at > BRIDGE_STAYS:
        return None
    return last


def latest_called(incident: Incident, person: Person) -> ResponseMeeting | None:
    """The meeting that was called last of those that `person` may read."""
    rows = ResponseMeeting.objects.current().filter(incident=incident).readable_by(person)
    return rows.order_by("-called_at").first()
