"""A mail arrives: it becomes a report, a word of one, or is left aside with a reason; nothing of it is lost."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from keepwell.areas.incidents.models import Disclosure, ReceivedMail, Report, ReportPicture
from keepwell.areas.incidents.models.intake import LONGEST_CONCERNS, LONGEST_TEXT, new_code, receipt_of
from keepwell.areas.incidents.models.post import Because
from keepwell.areas.incidents.rules import files, intake
from keepwell.areas.incidents.rules.claiming import said_in
from keepwell.areas.incidents.rules.files import Kind, Load, Sealed
from keepwell.areas.incidents.rules.post import envelope as outside
from keepwell.areas.incidents.rules.post import receipts
from keepwell.areas.incidents.rules.post.envelope import Envelope
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence.intake import Taken
from keepwell.platform.evidence.rules import kept
from keepwell.platform.evidence.stores import Draft
from keepwell.platform.exchange.readers.mail import Mail, Unreadable, read_mail
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.people.models import Person
from keepwell.platform.todos.owing import owe

POSTBOX = Machine(gettext_noop("the mailbox of reports"))
LOOK = gettext_noop("Look at the mail %(record)s, of which no report could be made")
PART_BYTES, IN_MEMORY_BYTES = 1 << 20, 4 << 20
BEGINNING_BYTES = 2 << 20
"""How much is read of a mail that is too large to be read whole."""
MOST_OF_A_SENDER, MOST_OF_ALL, AN_HOUR = 30, 20_000, timedelta(hours=1)
State = ReceivedMail.State


class Later(Exception):  # noqa: N818  # a state of the post, no error of ours
    """The mail is not taken now: its sender, or all, sent more in an hour than anybody reads. Whoever brings it keeps it."""


@dataclass(frozen=True)
class Arrived:
    """A mail as it lies on the table."""

    draft: Draft
    mail: Mail
    envelope: Envelope
    size_bytes: int
    is_cut: bool = False
    problem: str = ""

    @property
    def sender(self) -> str:
        return outside.sender_of(self.mail)


def take(parts: Iterable[bytes], envelope: Envelope | None = None, *, size_bytes: int = 0) -> ReceivedMail:
    """Take a mail and return what became of it; one that was taken before is not taken twice, whichever way it came.

    `size_bytes` is its whole size where `parts` are only its beginning. Raises Later, and Refused for what is no mail
    or must not come by mail.
    """
    with spooled(parts, size_bytes) as (draft, size, is_cut):
        glimpsed = outside.glimpse(draft.head(outside.HEAD_BYTES))
        require_measure(outside.sender_of(glimpsed))
        draft.file.seek(0)
        arrived = Arrived(draft, glimpsed, envelope or Envelope(), size, is_cut)
        try:
            with read_mail(draft.file, is_whole=not is_cut) as mail:
                return _sorted(replace(arrived, mail=mail))
        except Unreadable as wrong:
            if wrong.word == "empty":
                raise Refused(gettext("There is nothing in this mail.")) from wrong
            return _laid_aside(replace(arrived, problem=wrong.word), Because.UNREADABLE)


@contextmanager
def spooled(parts: Iterable[bytes], told_bytes: int = 0) -> Iterator[tuple[Draft, int, bool]]:
    """The mail, or its beginning if it is larger than is read whole; its whole size, and whether it was cut."""
    most = settings.KEEPWELL_REPORTS_MAIL_MB << 20
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
        size = 0
        for part in parts:
            # What is too much is still read to its end, so that whoever hands it over is not cut off in the middle.
            file.write(part[: max(0, most + 1 - size)])
            size += len(part)
        is_cut = max(size, told_bytes) > most
        if is_cut:
            file.seek(BEGINNING_BYTES)
            file.truncate()
        yield Draft(file, _digest(file), file.seek(0, 2)), max(size, told_bytes), is_cut


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    found = sha256()
    while part := file.read(PART_BYTES):
        found.update(part)
    return found.hexdigest()


def require_measure(sender: str) -> None:
    """Raise Later for a sender who sent 30 mails within the hour, and when all together sent 20,000."""
    recent = ReceivedMail.objects.filter(received_at__gt=moments.now() - AN_HOUR)
    if recent.filter(sender=sender)[:MOST_OF_A_SENDER].count() >= MOST_OF_A_SENDER:
        raise Later(gettext("%(sender)s sent %(most)d mails within the hour; this one is taken later.") % {
            "sender": sender or "?", "most": MOST_OF_A_SENDER})  # fmt: skip
    if recent[:MOST_OF_ALL].count() >= MOST_OF_ALL:
        raise Later(gettext("More mails came within the hour than are taken; this one is taken later."))


def _sorted(arrived: Arrived) -> ReceivedMail:
    """Make of it what it is."""
    mail = arrived.mail
    if not (mail.headers or mail.text):
        raise Refused(gettext("There is nothing in this mail."))
    known = ReceivedMail.objects.filter(mark=outside.mark_of(mail)).first()
    if known is not None:
        return known
    why = outside.because(mail, arrived.envelope)
    if why is not None:
        return _laid_aside(arrived, why)
    with files.unpacked(mail) as load:
        report = _talked_of(mail)
        return _word(arrived, report, load) if report else _report(arrived, load)


def _talked_of(mail: Mail) -> Report | None:
    """The report that the mail goes on with. Raises Refused for the code of what was told without a name: with a mail
    beside it, it would have one."""
    named = outside.thread_of(mail)
    report = Report.objects.current().filter(pk=named).select_related("unit").first() if named else None
    for code in outside.codes_in(mail.text):
        told = intake.told_by(code)
        if isinstance(told, Disclosure):
            raise Refused(
                gettext(
                    "The code in this mail belongs to a report without a name. A mail always has one, so nothing of it was "
                    "kept; use the page where reports are written."
                )
            )
        report = report or told
    return report


def _laid_aside(arrived: Arrived, why: Because) -> ReceivedMail:
    """Keep a mail of which no report is made; what could not be read waits for somebody to look at it."""
    state = State.HELD if why == Because.UNREADABLE else State.LEFT
    with once(arrived) as (found, made):
        if found is None:
            made.state, made.because, made.problem = state, why, arrived.problem
            named = outside.thread_of(arrived.mail)
            made.report = Report.objects.filter(pk=named).select_related("unit").first() if named else None
            if made.report is not None:
                made.unit = made.report.unit
            _save(made, arrived)
            if state == State.HELD:
                owe(intake.looker(made.unit), LOOK, record=made, by_day=moments.today(made.unit.time_zone))
    return found or made


def _report(arrived: Arrived, load: Load) -> ReceivedMail:
    """Make a report of it: in its sender's name if they are known here, and with a receipt if mail leaves this house."""
    person = outside.known_sender(arrived.sender)
    code = new_code()
    with once(arrived, person) as (found, made):
        if found is None:
            may_answer = receipts.may_answer(arrived.sender)
            report = Report(
                unit=made.unit, says=says(arrived.mail), reach=arrived.sender[:200], reporter=person,
                channel=Report.Channel.MAIL, language=receipts.language_for(person, made.unit),
                receipt=receipt_of(code) if may_answer else "",
                concerns=said_in(arrived.mail.text, LONGEST_CONCERNS),
            )  # fmt: skip
            report.save()
            made.state, made.report = State.TAKEN, report
            _save(made, arrived)
            files.keep(report, [original(arrived, load), *load.files])
            ReportPicture.objects.bulk_create(ReportPicture(report=report, png=png) for png in load.pictures)
            if may_answer:
                receipts.ask(report, arrived.sender, code, outside.id_of(arrived.mail), is_cut=arrived.is_cut)
    return found or made


def _word(arrived: Arrived, report: Report, load: Load) -> ReceivedMail:
    """Add it to the report that it answers to."""
    mail = arrived.mail
    text = (
        outside.without_codes(outside.own_words(mail.text))[:LONGEST_TEXT] or outside.subject_of(mail) or "–"
    )
    # Who reads a code could write as the reporter: a mail that quotes one is not kept as it came.
    quotes_code = bool(outside.codes_in(mail.text))
    with once(arrived) as (found, made):
        if found is None:
            made.unit, made.state, made.report = report.unit, State.WORD, report
            _save(made, arrived, is_kept=not quotes_code)
            sealed = (
                [] if quotes_code else [replace(original(arrived, load), name=f"answer-{made.mark[:8]}.eml")]
            )
            files.keep(report, [*sealed, *load.files])
            intake.add(report, text, load.pictures, sender=arrived.sender)
    return found or made


@contextmanager
def once(
    arrived: Arrived, person: Person | None = None
) -> Iterator[tuple[ReceivedMail | None, ReceivedMail]]:
    """The mail if it was taken meanwhile, and a fresh row for it if not; all that is written inside is written whole or
    not at all."""
    mark = outside.mark_of(arrived.mail) if not arrived.problem else arrived.draft.sha256
    person = person or outside.known_sender(arrived.sender)
    to = outside.recipients(arrived.mail, arrived.envelope)
    made = ReceivedMail(
        mark=mark, unit=outside.unit_for(to, person), sender=arrived.sender, recipient=next(iter(to), ""),
        subject=outside.subject_of(arrived.mail), message_id=arrived.mail.first("Message-ID")[:300],
        size_bytes=arrived.size_bytes,
    )  # fmt: skip
    with transaction.atomic(), acting(POSTBOX, "mail.take"):
        yield ReceivedMail.objects.filter(mark=mark).first(), made


def _save(made: ReceivedMail, arrived: Arrived, *, is_kept: bool = True) -> None:
    """Keep the row, and the mail as it came. Raises Later when another process takes the same mail this very moment."""
    if is_kept:
        arrived.draft.file.seek(0)
        made.content = kept(Taken(files.ORIGINAL, arrived.draft, "message/rfc822"))
    try:
        made.save()
    except ValidationError as error:
        if ReceivedMail.objects.filter(mark=made.mark).exists():
            raise Later(gettext("This very mail is being taken already.")) from error
        raise


def says(mail: Mail) -> str:
    """What the report says: the subject, then the text, as much as fits."""
    parts = [outside.subject_of(mail), mail.text]
    return outside.without_codes("\n\n".join(filter(None, parts)))[:LONGEST_TEXT] or "–"


def original(arrived: Arrived, load: Load) -> Sealed:
    """The mail itself among the files of its report, with what it says of itself."""
    mail = arrived.mail
    told = files.table(mail) | {"is_html": mail.is_html, "not_kept": load.not_kept}
    if mail.characters > LONGEST_TEXT:
        told["characters"] = mail.characters
    if arrived.is_cut:
        told["whole_bytes"] = arrived.size_bytes
    return Sealed(files.ORIGINAL, arrived.draft, Kind.MAIL, told=told)
