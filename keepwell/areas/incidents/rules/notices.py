"""The way of a notice: drafted from what is known, approved by somebody else, sent, and proved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Max
from django.utils.translation import gettext, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Clock, IncidentNotice
from keepwell.areas.incidents.models.clocks import contents_of
from keepwell.areas.incidents.models.notices import LONGEST_CONTENT
from keepwell.areas.incidents.models.sentences import words
from keepwell.areas.incidents.rules import turns
from keepwell.areas.incidents.rules.filling import filled, subject
from keepwell.areas.incidents.rules.ways import told_by
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

State, Channel = IncidentNotice.State, IncidentNotice.Channel


def takes_notice(clock: Clock) -> bool:
    """Whether somebody still has to be told under it: it runs, is ours, and no notice is on its way."""
    is_open = clock.retired_at is None and clock.state == Clock.State.RUNNING and not clock.lapse
    return is_open and clock.takes_notices


def in_state(*states: str) -> Callable[[IncidentNotice], bool]:
    """Whether a notice is in one of `states`, and not discarded."""
    return lambda notice: notice.state in states and notice.retired_at is None


@act(
    Level.EDIT,
    leads=True,
    label=_("Draft a notice"),
    offered=takes_notice,
    begins=lambda clock: {"language": clock.read_in.tag} if clock.read_in else {},
    explains=_(
        "It begins with what is known of the incident, in the recipient’s language; you look at each content."
    ),
)
def draft(clock: Clock, *, by: Person, language: IncidentNotice.Language) -> IncidentNotice:
    """Begin the notice that ends `clock`, filled from the incident."""
    if clock.notices.current().exists():
        raise Refused(gettext("There is a notice under this clock already; change it, or discard it first."))
    if language not in IncidentNotice.Language.values:
        known = ", ".join(IncidentNotice.Language.values)
        raise Refused(gettext("A notice is written in one of these: %(known)s.") % {"known": known})
    with override(language):
        made = IncidentNotice(
            clock=clock, number=number_of_next(clock), language=language, drafted_by=by, recipient=clock.whom[:200],
            mail=_mail_of(clock), subject=subject(clock), contents=filled(clock),
        )  # fmt: skip
    made.save()
    return made


def number_of_next(clock: Clock) -> int:
    """The number of the next notice under `clock`, from 1."""
    last: int | None = clock.notices.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _mail_of(clock: Clock) -> str:
    """The mail address among the words of the clause's contact; "" if there is none."""
    for word in (clock.clause.contact if clock.clause else "").replace(",", " ").replace(";", " ").split():
        if _is_mail(word):
            return word
    return ""


def _is_mail(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


@act(
    Level.EDIT,
    label=_("Change the notice"),
    offered=in_state(State.DRAFTED),
    explains=_("What you write is what will be approved and sent; nothing else is added."),
)
def write(
    notice: IncidentNotice,
    *,
    by: Person,
    recipient: str,
    subject: str,
    contents: dict[str, str],
    mail: str = "",
) -> None:
    """Keep what the notice says: `contents` by name; whoever writes last drafted it."""
    asked = contents_of(notice.clock)
    if stray := next((name for name in contents if name not in asked), None):
        raise Refused(gettext("“%(name)s” is no content of this notice.") % {"name": stray[:60]})
    if not recipient.strip() or not subject.strip():
        raise Refused(gettext("Give the notice a recipient and a subject."))
    if mail.strip() and not _is_mail(mail.strip()):
        raise Refused(gettext("“%(mail)s” is no mail address.") % {"mail": mail[:60]})
    told = {name: str(contents.get(name, "")).replace("\x00", "").strip() for name in asked}
    if long := next((name for name, text in told.items() if len(text) > LONGEST_CONTENT), None):
        raise Refused(gettext("“%(name)s” is longer than %(most)s characters.") % {
            "name": gettext(long), "most": f"{LONGEST_CONTENT:,}"})  # fmt: skip
    notice.contents = {name: text for name, text in told.items() if text}
    notice.recipient, notice.subject, notice.mail = (
        recipient.strip()[:200],
        subject.strip()[:200],
        mail.strip(),
    )
    notice.drafted_by, notice.drafted_at = by, moments.now()
    notice.save()


@act(
    Level.DECIDE,
    label=pgettext_lazy("notice", "Approve"),
    offered=in_state(State.DRAFTED),
    explains=_(
        "It may be sent as it stands, and can be changed no more. Not for who drafted it. With gaps, say why; also where "
        "it would go before a notice that must be first, and where its rule names somebody else to approve it."
    ),
)
def approve(
    notice: IncidentNotice, *, by: Person, reason: str = "", out_of_turn: str = "", in_place: str = ""
) -> None:
    """Let the notice be sent as it stands; with contents missing, for `reason`; before one that must be first, for
    `out_of_turn`; in place of whom its rule names, for `in_place`."""
    if by.pk == notice.drafted_by_id:
        raise Refused(gettext("Somebody else than who drafted it approves a notice."))
    if notice.missing and not reason.strip():
        told = gettext("%(complete)s. Say why it goes out with gaps, or send it back.")
        raise Refused(told % {"complete": notice.complete})
    notice.in_place = _in_place(notice, by, in_place)
    now = moments.now()
    notice.out_of_turn = turns.cleared(notice.clock, now, out_of_turn)
    if notice.out_of_turn:
        turns.tell(notice.clock, turns.GOES, by=by, at=now, reason=notice.out_of_turn)
    notice.state, notice.approved_by, notice.approved_at = State.APPROVED, by, now
    notice.gaps_reason = reason.strip()[:300] if notice.missing else ""
    notice.save()


def _in_place(notice: IncidentNotice, by: Person, why: str) -> str:
    """Why somebody approves whom its rule does not name; "" for whom it names, and where nobody is it."""
    named = [one for one in notice.clock.named_approvers if one.pk != notice.drafted_by_id]
    if not named or by in named:
        return ""
    if not why.strip():
        told = gettext("Its rule lets %(role)s approve it (%(names)s). Say why you do in their place.")
        raise Refused(told % {"role": notice.clock.approved_by_role, "names": ", ".join(map(str, named))})
    return why.strip()[:500]


@act(
    Level.EDIT,
    label=_("Send back"),
    offered=in_state(State.APPROVED),
    explains=_("It is a draft again, to be changed and approved anew."),
)
def send_back(notice: IncidentNotice, *, by: Person, reason: str) -> None:
    """Take the approval back, for `reason`."""
    notice.state, notice.approved_by, notice.approved_at = State.DRAFTED, None, None
    notice.gaps_reason, notice.out_of_turn, notice.in_place = "", "", ""
    notice.blocked, notice.is_to_supplement = "", False
    notice.save()


@act(
    Level.EDIT,
    label=_("Record as sent"),
    offered=in_state(State.APPROVED),
    explains=_(
        "The clock ends with that moment, and what is due after it begins. Give the proof: a receipt’s number, who took "
        "the call, the link to the evidence. Late, say why; also where it went before a notice that must be first, or "
        "by another channel than its rule names."
    ),
)
def record_sent(
    notice: IncidentNotice, *, by: Person, channel: IncidentNotice.Channel, proof: str, at: datetime | None = None,
    reason: str = "", out_of_turn: str = "", blocked: str = "", supplement: bool = False,
) -> None:  # fmt: skip
    """The recipient was told by `channel` at `at` (None: now), shown by `proof`; after the deadline for `reason`.

    Before one that must be first, for `out_of_turn`; by another channel than its rule names, since that was `blocked`,
    with a `supplement` through it still owed.
    """
    moment = at or moments.now()
    if channel not in Channel.values:
        raise Refused(gettext("Choose by which channel it was sent."))
    if not proof.strip():
        raise Refused(gettext("Give the proof that it was sent."))
    if moment > moments.now():
        raise Refused(gettext("That moment lies ahead; record it when it has come."))
    if notice.clock.start_at and moment < notice.clock.start_at:
        raise Refused(gettext("It cannot have been sent before the clock began to run."))
    _answer_for(notice.clock, moment, by, reason)
    told_by(notice, channel, blocked, is_owed=supplement)
    _own_up(notice, moment, by, out_of_turn)
    notice.state, notice.sent_by, notice.sent_at = State.SENT, by, moment
    notice.channel, notice.proof = channel, proof.strip()[:500]
    notice.save()


def _own_up(notice: IncidentNotice, moment: datetime, by: Person, why: str) -> None:
    """Keep why it went out of turn; what was approved so needs no further word."""
    was_known = notice.out_of_turn
    notice.out_of_turn = turns.owned_up(notice.clock, moment, why or was_known)
    if notice.out_of_turn and not was_known:
        turns.tell(notice.clock, turns.WENT, by=by, at=moment, reason=notice.out_of_turn)


def _answer_for(clock: Clock, moment: datetime, by: Person, reason: str) -> None:
    """Keep why it was late; Refused where it is late and nobody says so."""
    if clock.ends_at is None or moment <= clock.ends_at:
        return
    if not reason.strip() and not clock.reason:
        raise Refused(gettext("It is late: it was due at %(at)s. Say why.") % {
            "at": words().moment(clock.ends_at, clock.zone)})  # fmt: skip
    if reason.strip():
        clock.reason, clock.reason_by = reason.strip()[:500], by
        clock.save()


@act(
    Level.EDIT,
    label=_("Discard"),
    offered=in_state(State.DRAFTED, State.APPROVED),
    explains=_("The notice is sent to nobody; another one can be drafted. Its history stays."),
)
def discard(notice: IncidentNotice, *, by: Person, reason: str) -> None:
    """Retire a notice that is not to be sent."""
    notice.retire(reason)
    notice.save()
