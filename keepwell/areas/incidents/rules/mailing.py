"""A notice by mail: put into the outbox by an act, handed to the mail server by a worker, and proved by its id."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, override
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import IncidentNotice, NoticeMail
from keepwell.areas.incidents.rules import letters
from keepwell.areas.incidents.rules.notices import in_state
from keepwell.areas.incidents.rules.turns import cleared
from keepwell.areas.incidents.rules.ways import told_by
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.notices.posting import mails, post
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

POSTMAN = Machine(gettext_noop("the postman of notices"))
REFUSED = gettext_noop("%(record)s did not reach %(to)s: the mail server refuses the mail (%(why)s).")
State = IncidentNotice.State


def can_be_mailed(notice: IncidentNotice) -> bool:
    """Whether it has an address, and mail leaves this house."""
    return bool(notice.mail) and settings.MAIL.is_on


@act(
    Level.EDIT,
    label=_("Send by mail"),
    offered=in_state(State.APPROVED),
    shown=can_be_mailed,
    explains=_(
        "It goes to the mail address of the notice, with the notice as PDF. The clock ends when the mail server has "
        "taken it; the id of the mail is the proof. Where the rule names another channel, say why that is blocked."
    ),
)
def send_by_mail(
    notice: IncidentNotice, *, by: Person, blocked: str = "", supplement: bool = False
) -> None:  # fmt: skip
    """Put the notice into the outbox; the worker sends it at once. `blocked`: why not by the channel of its rule."""
    if notice.no_mail:
        raise Refused(notice.no_mail)
    if NoticeMail.objects.filter(notice=notice, state=NoticeMail.State.WAITING).exists():
        raise Refused(gettext("It is on its way already."))
    cleared(notice.clock, moments.now(), notice.out_of_turn)
    told_by(notice, IncidentNotice.Channel.MAIL, blocked, is_owed=supplement)
    notice.save()
    post(NoticeMail(notice=notice, asked_by=by))


def prove(mail: NoticeMail) -> None:
    """Record that the server took it: the clock ends now, with the id of the mail as proof."""
    notice = (
        IncidentNotice.objects.select_for_update(of=("self",)).select_related("clock").get(pk=mail.notice_id)
    )
    if notice.state != State.APPROVED:
        return
    with acting(POSTMAN, "incidentnotice.mailed"):
        notice.state, notice.sent_by, notice.sent_at = State.SENT, mail.asked_by, moments.now()
        notice.channel = IncidentNotice.Channel.MAIL
        notice.proof = f"Message-ID {mail.message_id}, {notice.mail}"
        notice.save()


def tell_refused(mail: NoticeMail, why: str, now: datetime) -> None:
    """Tell who sent it that it did not leave, while there is time for another way."""
    notice = mail.notice
    tell([mail.asked_by], Message(
        "mail.refused", f"mail:{mail.pk}", REFUSED, facts={"to": notice.mail, "why": why[:120]}, record=notice,
        url=reverse("incident-notices-record", args=[notice.pk]),
    ), now=now)  # fmt: skip


@mails(NoticeMail, _("Notices of incidents"), taken=prove, refused=tell_refused)
def composed(mail: NoticeMail) -> EmailMultiAlternatives | None:
    """The mail: the contents as plain text in the notice's language, and the notice as PDF; None once it is no longer
    to be sent."""
    rows = IncidentNotice.objects.select_related("clock__incident__unit", "clock__unit", "clock__clause")
    notice = rows.get(pk=mail.notice_id)
    if notice.state != State.APPROVED or notice.retired_at is not None:
        return None
    headers = {"Message-ID": mail.message_id, "Content-Language": notice.language}
    with override(notice.language):
        text = "\n\n".join(f"{one.title}\n{one.text or gettext('(not said)')}" for one in notice.said)
    made = EmailMultiAlternatives(
        notice.subject, text, settings.DEFAULT_FROM_EMAIL, [notice.mail], headers=headers
    )
    made.attach(letters.file_name(notice, "pdf"), letters.write(notice, "pdf"), "application/pdf")
    return made
