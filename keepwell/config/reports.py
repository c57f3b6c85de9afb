"""How reports come: the mail address people write to, the mailbox that is read, the host of the report page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from keepwell.config import env

TLS = ("on", "starttls", "off")


@dataclass(frozen=True)
class Mailbox:
    """A mailbox that is read by IMAP; without a host none is."""

    host: str = ""
    port: int = 993
    user: str = ""
    password: str = ""
    folder: str = "INBOX"
    tls: str = "on"

    @property
    def is_on(self) -> bool:
        return bool(self.host)


def mailbox(url: str) -> Mailbox:
    """What `url` says: imap://user:password@host:993/INBOX; TLS from the first byte if it says nothing else."""
    if not url:
        return Mailbox()
    parts = urlsplit(url)
    if parts.scheme != "imap" or not (parts.hostname and parts.username and parts.password):
        env.stop("KEEPWELL_REPORTS_IMAP must be imap://user:password@host:port/INBOX.")
    tls = parse_qs(parts.query).get("tls", ["on"])[-1]
    if tls not in TLS:
        env.stop(f"KEEPWELL_REPORTS_IMAP says tls={tls}; it can be {', '.join(TLS)}.")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if not folder.isascii() or any(sign in folder for sign in '"\\\r\n*%'):
        env.stop("KEEPWELL_REPORTS_IMAP names a folder that no mailbox can have.")
    try:
        port = parts.port or (993 if tls == "on" else 143)
    except ValueError:
        env.stop("KEEPWELL_REPORTS_IMAP names no port between 1 and 65535.")
    return Mailbox(parts.hostname, port, unquote(parts.username), unquote(parts.password), folder, tls)


def reports_address(text: str) -> str:
    """The address that reports are mailed to, in small letters; "" if there is none."""
    told = text.strip().lower()
    try:
        if told:
            validate_email(told)
    except ValidationError:
        env.stop("KEEPWELL_REPORTS_MAIL must be a mail address, as report@example.com.")
    return told


def reports_url(text: str, *, main: str) -> str:
    """Where the report page stands, if on a host of its own; "" if it stands where everything does."""
    told = text.strip().rstrip("/")
    if not told:
        return ""
    parts = urlsplit(told)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.path
        or parts.query
        or parts.username
    ):
        env.stop("KEEPWELL_REPORTS_URL must be an address without a path, as https://report.example.com.")
    if parts.hostname == urlsplit(main).hostname:
        env.stop("KEEPWELL_REPORTS_URL must name another host than KEEPWELL_URL.")
    if main.startswith("https://") and parts.scheme != "https":
        env.stop("KEEPWELL_REPORTS_URL must begin with https:// as KEEPWELL_URL does.")
    return told


def reports_megabytes(number: int) -> int:
    """How large a mail is read whole, in MB."""
    if not 1 <= number <= 100:
        env.stop("KEEPWELL_REPORTS_MAIL_MB must be a number from 1 to 100.")
    return number


def reports_an_hour(number: int) -> int:
    """How many reports one address may send in an hour."""
    if number < 1:
        env.stop("KEEPWELL_REPORTS_AN_HOUR must be 1 or more.")
    return number
