"""From whom a mail is, to whom, and which report it belongs to; what nobody wrote is told from what somebody did."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.utils import getaddresses, parseaddr
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from keepwell.areas.incidents.models import ReportAddress
from keepwell.areas.incidents.models.intake import CODE_GROUP, CODE_SIGNS, SIGNS
from keepwell.areas.incidents.models.post import LONGEST_ADDRESS, LONGEST_ID, LONGEST_SUBJECT, Because
from keepwell.areas.incidents.rules.reaching import site_of
from keepwell.platform.exchange.readers.mail import Mail
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit

DELIVERED = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
MOST_RECIPIENTS = 20
HEAD_BYTES = 64 << 10
LOOP = "Keepwell-Report"
"""The header that every mail of this house about a report carries."""
CODE = re.compile(
    rf"\b(?:[{SIGNS}]{{{CODE_GROUP}}}-){{{CODE_SIGNS // CODE_GROUP - 1}}}[{SIGNS}]{{{CODE_GROUP}}}\b"
)
UUID_SIGNS = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
BULK = ("bulk", "junk", "list")
MACHINES = ("mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply")


@dataclass(frozen=True)
class Envelope:
    """What stands outside: `sent_by` is the envelope's sender as the mail server told it ("" for none, None if it did
    not tell), `sent_to` its recipient ("" if it did not tell)."""

    sent_to: str = ""
    sent_by: str | None = None


def glimpse(head: bytes) -> Mail:
    """The headers at the beginning of a mail, as they stand, of however badly written a mail."""
    block = re.split(rb"\r?\n\r?\n", head[:HEAD_BYTES], maxsplit=1)[0]
    found = message_from_bytes(block)
    rows = tuple((name[:80], " ".join(str(value)[:1_000].split())) for name, value in found.items()[:200])
    return Mail(rows, "", 0, is_html=False, links=(), files=(), more_files=0)


def address(text: str) -> str:
    """The mail address in a header, in small letters; "" for what is none."""
    found = parseaddr(text[:1_000])[1].strip().lower()
    try:
        validate_email(found)
    except ValidationError:
        return ""
    return found if len(found) <= LONGEST_ADDRESS else ""


def sender_of(mail: Mail) -> str:
    """Who wrote it, as it says; "" if it says nothing that could be answered."""
    return address(mail.first("From")) or address(mail.first("Sender"))


def recipients(mail: Mail, envelope: Envelope) -> list[str]:
    """To whom it goes, in small letters: what the mail server says first, then what the mail says."""
    told = [envelope.sent_to, *(value for name in DELIVERED for value in mail.all(name))]
    pairs = getaddresses([one[:1_000] for one in told if one][:MOST_RECIPIENTS])
    return list(dict.fromkeys(one.strip().lower()[:LONGEST_ADDRESS] for _name, one in pairs if "@" in one))


def known_sender(sender: str) -> Person | None:
    """The person who has this mail address, and nobody else has."""
    found = (
        list(Person.objects.current().filter(mail__iexact=sender).select_related("unit")[:2])
        if sender
        else []
    )
    return found[0] if len(found) == 1 else None


def unit_for(to: list[str], person: Person | None) -> Unit:
    """The unit whose report it is: by an address of the register, by what stands behind a + (report+KHH1@…), else the
    sender's site; the group where nothing tells."""
    known = {one.address: one.unit for one in
             ReportAddress.objects.current().filter(address__in=to[:MOST_RECIPIENTS]).select_related("unit")}  # fmt: skip
    found = next((known[one] for one in to if one in known), None)
    tags = [one.partition("@")[0].partition("+")[2].upper() for one in to]
    units = {
        unit.code.upper(): unit
        for unit in Unit.objects.current().filter(code__in=[tag for tag in tags if tag])
    }
    found = found or next((units[tag] for tag in tags if tag in units), None)
    if found is None and person is not None:
        found = site_of(person) or person.unit
    return found or Unit.objects.get(kind=Unit.Kind.GROUP)


def because(mail: Mail, envelope: Envelope) -> Because | None:
    """Why nobody wrote this mail to us; None if somebody did (RFC 3834, RFC 3464, RFC 2919)."""
    sender = sender_of(mail)
    if is_ours(mail, sender):
        return Because.LOOP
    path = envelope.sent_by if envelope.sent_by is not None else (mail.first("Return-Path") or None)
    is_from_nobody = path is not None and path.strip("<> ") == ""
    local = sender.partition("@")[0]
    if mail.first("Content-Type").lower().startswith("multipart/report") or (
        is_from_nobody and (not sender or local in MACHINES[:2])
    ):
        return Because.BOUNCE
    submitted = mail.first("Auto-Submitted").partition(";")[0].strip().lower()
    precedence = mail.first("Precedence").strip().lower()
    is_automatic = submitted not in ("", "no") or precedence == "auto_reply" or local in MACHINES
    if is_from_nobody or is_automatic or mail.first("X-Autoreply") or mail.first("X-Autorespond"):
        return Because.AUTOMATIC
    if precedence in BULK or mail.first("List-Id") or mail.first("List-Unsubscribe"):
        return Because.LIST
    return None


def is_ours(mail: Mail, sender: str) -> bool:
    """Whether it is a mail that this house sent, come back."""
    ours = {address(settings.DEFAULT_FROM_EMAIL), settings.KEEPWELL_REPORTS_MAIL}
    if mail.first(LOOP) or host() in mail.first("X-Loop").lower() or (sender and sender in ours):
        return True
    if report_named([mail.first("Message-ID")]) is not None:
        return True
    return bool(sender) and ReportAddress.objects.current().filter(address=sender).exists()


def host() -> str:
    """The name of this house in the ids of its mails."""
    return urlsplit(settings.KEEPWELL_URL).hostname or "localhost"


def report_named(ids: list[str]) -> UUID | None:
    """The report that a Message-ID of ours names; None if none of `ids` is ours."""
    ours = re.compile(rf"<report-({UUID_SIGNS})(?:\.{UUID_SIGNS})?@{re.escape(host())}>")
    found = next((match for one in ids for match in ours.findall(one[:4_000].lower())), None)
    return UUID(found) if found else None


def thread_of(mail: Mail) -> UUID | None:
    """The report that the mail answers to, by the id of our receipt or answer."""
    return report_named([*mail.all("In-Reply-To"), *mail.all("References")])


def codes_in(text: str) -> list[str]:
    """The receipt codes that stand in `text`."""
    return list(dict.fromkeys(CODE.findall(text.upper())))[:5]


def without_codes(text: str) -> str:
    """`text` with every receipt code taken out: nobody but the reporter may read one."""
    return re.sub(CODE.pattern, "…", text, flags=re.IGNORECASE)


def own_words(text: str) -> str:
    """What somebody wrote above the mail that they answer; all of it if nothing stands above."""
    lines = [line for line in text.split("\n") if not line.lstrip().startswith(">")]
    return "\n".join(lines).strip() or text.strip()


def mark_of(mail: Mail) -> str:
    """Which mail it is: the digest of what it says, not of the way it took."""
    said = [mail.first(name) for name in ("Message-ID", "From", "Date", "Subject")]
    said += [mail.text, str(mail.characters), *(one.sha256 for one in mail.files)]
    return sha256("\x00".join(said).encode("utf-8", "replace")).hexdigest()


def subject_of(mail: Mail) -> str:
    """Its subject, as long as fits."""
    return mail.first("Subject")[:LONGEST_SUBJECT]


def id_of(mail: Mail) -> str:
    """Its Message-ID if it is one that may stand in a header; "" otherwise."""
    return sound_id(mail.first("Message-ID"))


def sound_id(text: str) -> str:
    """A Message-ID if it is one that may stand in a header; "" otherwise."""
    found = text.strip()
    return found if re.fullmatch(r"<[!-;=?-~]{3,250}>", found) and len(found) <= LONGEST_ID else ""
