"""Answers of security to who reported: read by the code or under My reports, and sent by mail to who wrote one.

A mail carries what the officer wrote, in the thread of what the reporter wrote, so that the next answer comes back to
the same report. What named people alone know, and TLP keeps within the group, never goes by mail (security.md R9).
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import AnswerMail, Report, ReportWord
from keepwell.areas.incidents.models.intake import ANSWERED
from keepwell.areas.incidents.rules.duty import looked_at
from keepwell.areas.incidents.rules.intake import is_known
from keepwell.areas.incidents.rules.languages import OURS, languages
from keepwell.areas.incidents.rules.post.envelope import LOOP, host, sound_id
from keepwell.areas.incidents.rules.reaching import follow_url
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.notices.letters import absolute
from keepwell.platform.notices.posting import mails, post
from keepwell.platform.notices.telling import Message, put_on_list, tell
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

MOST_REFERENCES = 10
HAS_ANSWER = gettext_noop("Security answers your report %(report)s.")
REFUSED = gettext_noop(
    "Your answer to %(record)s did not reach %(to)s: the mail server refuses the mail (%(why)s)."
)


@act(
    Level.EDIT,
    label=_("Answer the reporter"),
    offered=is_known,
    explains=_(
        "They read it with their code, or under My reports; who wrote a mail, or wants it so, gets it by mail. They learn "
        "nobody’s name."
    ),
)
def answer(report: Report, *, by: Person, text: str) -> None:
    """Say something to the reporter."""
    if not text.strip():
        raise Refused(gettext("Write what the reporter shall read."))
    word = ReportWord(report=report, by=by, says=text.strip())
    word.save()
    looked_at(report, by=by)
    to = report.mail_address()
    if to:
        post(AnswerMail(word=word, address=to))
    if report.reporter is not None:
        message = Message(
            ANSWERED, f"answer:{word.pk}", HAS_ANSWER, facts={"report": str(report)},
            url=reverse("my-report", args=[report.pk]),
        )  # fmt: skip
        if to:
            put_on_list(report.reporter, message)
        else:
            tell([report.reporter], message)


def tell_refused(mail: AnswerMail, why: str, now: datetime) -> None:
    """Tell who wrote the answer that it did not arrive."""
    report = mail.word.report
    if mail.word.by is not None:
        tell([mail.word.by], Message(
            "mail.refused", f"mail:{mail.pk}", REFUSED, facts={"to": mail.address, "why": why[:120]}, record=report,
            url=reverse("reports-record", args=[report.pk]),
        ), now=now)  # fmt: skip


@mails(AnswerMail, _("Answers to reporters"), refused=tell_refused)
def composed(mail: AnswerMail) -> EmailMultiAlternatives | None:
    """The answer in the language of the reporter; None once it is taken back, or nobody is to be reached there."""
    rows = ReportWord.objects.select_related("report__unit", "report__reporter__unit", "report__incident")
    word = rows.get(pk=mail.word_id)
    report = word.report
    if word.retired_at is not None or report.mail_address() != mail.address:
        return None
    tag = report.language if report.language in languages() else OURS
    headers = {
        "Message-ID": mail.message_id, "Date": f"{mail.made_at.astimezone(UTC):%a, %d %b %Y %H:%M:%S +0000}",
        "Content-Language": tag, LOOP: str(report), "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
    } | _thread(mail, report)  # fmt: skip
    back = [settings.KEEPWELL_REPORTS_MAIL] if settings.KEEPWELL_REPORTS_MAIL else None
    return EmailMultiAlternatives(
        languages()[tag]["answer_subject"] % {"number": report}, _text(word, tag), settings.DEFAULT_FROM_EMAIL,
        [mail.address], headers=headers, reply_to=back,
    )  # fmt: skip


def _thread(mail: AnswerMail, report: Report) -> dict[str, str]:
    """What it answers: the last mail of the reporter, and before it what went to and fro."""
    told = report.mails.filter(sender=mail.address, because="").order_by("received_at", "pk")
    theirs = [found for one in told.values_list("message_id", flat=True) if (found := sound_id(one))]
    chain = [*theirs[:1], f"<report-{report.pk}@{host()}>", *theirs[1:]][-MOST_REFERENCES:]
    return {"References": " ".join(chain)} | ({"In-Reply-To": theirs[-1]} if theirs else {})


def _text(word: ReportWord, tag: str) -> str:
    report, words = word.report, languages()[tag]
    is_kept_in = report.incident is not None and report.incident.may_be_withheld
    says = words["answer_kept_in"] if is_kept_in else word.says
    mine = absolute(reverse("my-report", args=[report.pk]))
    where = (
        f"{words['answer_mine']}\n{mine}"
        if report.reporter_id
        else f"{words['answer_code']}\n{follow_url(tag)}"
    )
    can_answer = settings.KEEPWELL_REPORTS_MAIL and not is_kept_in
    return "\n\n".join(filter(None, (
        words["answer_lead"] % {"number": report}, says, "— — —", words["answer_back"] if can_answer else "", where,
    )))  # fmt: skip
