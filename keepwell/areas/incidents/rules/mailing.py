"""A notice by mail: put into the outbox by an act, handed to the mail server by a worker, and proved by its id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import IncidentNotice, NoticeMail
from keepwell.areas.incidents.rules import letters
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.jobs.models import Job
from keepwell.platform.notices.sending import Away, Refusal, hand_over
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

POSTMAN = Machine("the postman of notices")
SENDING = "incidents.mail"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=20)
State = IncidentNotice.State


def can_be_mailed(notice: IncidentNotice) -> bool:
    """Whether it is approved, has an address, and mail leaves this house."""
    is_ready = notice.state == State.APPROVED and notice.retired_at is None
    return is_ready and bool(notice.mail) and settings.MAIL.is_on


@act(
    Level.EDIT,
    label=_("Send by mail"),
    offered=can_be_mailed,
    explains=_(
        "It goes to the mail address of the notice, with the notice as PDF. The clock ends when the mail server has "
        "taken it; the id of the mail is the proof."
    ),
)
def send_by_mail(notice: IncidentNotice, *, by: Person) -> None:
    """Put the notice into the outbox; the worker sends it at once."""
    if NoticeMail.objects.filter(notice=notice, state=NoticeMail.State.WAITING).exists():
        raise Refused(gettext("It is on its way already."))
    NoticeMail.objects.create(notice=notice, asked_by=by)
    Job.objects.create(name=SENDING)


def send_waiting(worker: str, *, held: Callable[[], None] = lambda: None) -> Counter[str]:
    """Hand every notice that is due to the mail server, one after the other; returns how each ended. Twice is once."""
    found: Counter[str] = Counter()
    server = get_connection()
    try:
        for mail in NoticeMail.objects.claimed(worker):
            held()
            found[_sent(mail, server)] += 1
    finally:
        server.close()
    return found


def _sent(mail: NoticeMail, server: BaseEmailBackend) -> str:
    rows = IncidentNotice.objects.select_related("clock__incident__unit", "clock__unit", "clock__clause")
    notice = rows.get(pk=mail.notice_id)
    if notice.state != State.APPROVED or notice.retired_at is not None:
        mail.finish(NoticeMail.State.DROPPED)
        return "dropped"
    try:
        hand_over(composed(mail, notice), server)
    except Away as why:
        mail.put_off(_later(mail), str(why))
        return "put_off"
    except Refusal as why:
        if why.is_final:
            mail.finish(NoticeMail.State.FAILED, str(why))
            return "failed"
        mail.put_off(_later(mail), str(why))
        return "put_off"
    _prove(mail, notice)
    return "sent"


def _later(mail: NoticeMail) -> datetime:
    """When to try again: after a minute, then twice as long each time, twenty minutes at most."""
    return timezone.now() + min(FIRST_PAUSE * 2 ** min(mail.attempts - 1, 10), LONGEST_PAUSE)


def _prove(mail: NoticeMail, notice: IncidentNotice) -> None:
    """Record that the server took it: the clock ends now, with the id of the mail as proof."""
    with transaction.atomic(), acting(POSTMAN, "incidentnotice.mailed"):
        if not mail.finish(NoticeMail.State.SENT):
            return
        notice.state, notice.sent_by, notice.sent_at = State.SENT, mail.asked_by, moments.now()
        notice.channel, notice.proof = (
            IncidentNotice.Channel.MAIL,
            f"Message-ID {mail.message_id}, {notice.mail}",
        )
        notice.save()


def composed(mail: NoticeMail, notice: IncidentNotice) -> EmailMultiAlternatives:
    """The mail: the contents as plain text in the notice's language, and the notice as PDF."""
    headers = {"Message-ID": mail.message_id, "Content-Language": notice.language}
    with override(notice.language):
        text = "\n\n".join(f"{one.title}\n{one.text or gettext('(not said)')}" for one in notice.said)
    made = EmailMultiAlternatives(
        notice.subject, text, settings.DEFAULT_FROM_EMAIL, [notice.mail], headers=headers
    )
    made.attach(letters.file_name(notice, "pdf"), letters.write(notice, "pdf"), "application/pdf")
    return made
