"""What officers do with a mail of which no report was made: make one of it after all, or be done with it."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import ReceivedMail, Report, ReportFile
from keepwell.areas.incidents.models.intake import LONGEST_TEXT
from keepwell.areas.incidents.rules import files
from keepwell.kernel.refusing import Refused
from keepwell.platform.acts.act import act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.owing import settled

State = ReceivedMail.State


def can_be_report(mail: ReceivedMail) -> bool:
    """Whether no report was made of it, and nobody was done with it."""
    return mail.state in (State.LEFT, State.HELD) and mail.retired_at is None


@act(
    Level.EDIT,
    label=_("Make a report of it"),
    offered=can_be_report,
    explains=_(
        "For a mail that a person wrote after all. The mail goes with the report; its sender gets no receipt."
    ),
)
def make_report(mail: ReceivedMail, *, by: Person, text: str) -> Report:
    """Make a report of a mail that was left aside; `text` is what it says, in the officer's words."""
    if not text.strip():
        raise Refused(gettext("Write what the mail says, in a few words."))
    report = Report(
        unit=mail.unit, says=text.strip()[:LONGEST_TEXT], reach=mail.sender[:200], channel=Report.Channel.MAIL,
    )  # fmt: skip
    report.save()
    if mail.content is not None:
        ReportFile(
            report=report, kind=ReportFile.Kind.MAIL, name=files.ORIGINAL, sha256=mail.content.sha256,
            size_bytes=mail.content.size_bytes, media_type=mail.content.media_type, content=mail.content,
        ).save()  # fmt: skip
    mail.state, mail.report = State.TAKEN, report
    mail.save()
    settled(mail)
    return report


@act(
    Level.EDIT,
    for_many=True,
    label=_("Be done with it"),
    offered=can_be_report,
    explains=_("Nothing is due about this mail any more; it stays in the list."),
)
def set_aside(mail: ReceivedMail, *, by: Person, reason: str) -> None:
    """End it without a report."""
    mail.state, mail.outcome = State.SETTLED, reason.strip()[:300]
    mail.save()
    settled(mail)
