"""Sending mail: each once, however often the server or the worker goes away in the middle.

A server that is away, hangs, refuses to talk or to let us in puts off everything, and nobody's try is counted;
a mail that is refused for good is given up and told to whom it matters; all else waits longer each time.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from keepwell.platform.notices.models import Notice
from keepwell.platform.notices.outgoing import Mail
from keepwell.platform.notices.posting import KindOfMail, claimed, is_stuck, wake
from keepwell.platform.notices.sight import many_letters
from keepwell.platform.notices.telling import administrators, withdraw
from keepwell.platform.people.models import Person

log = logging.getLogger("keepwell.notices")
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=20)
GIVE_UP_AFTER = timedelta(days=5)  # RFC 5321, 4.5.4.1: at least four to five days
STUCK_AFTER = timedelta(minutes=15)
STUCK = "mail.stuck"
CLOSING = 421
MOST_BROKEN = 3
KNOCK_SECONDS = 5


class Away(Exception):  # noqa: N818  # a state of the server, no error of ours
    """The server takes no letter now; `is_sure` when the next ones would fare no better."""

    def __init__(self, why: str, *, is_sure: bool = True) -> None:
        super().__init__(why[:300])
        self.is_sure = is_sure


class Refusal(Exception):  # noqa: N818
    """The server refused this one letter: `is_final` says whether for good."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}"[:300])
        self.is_final = 500 <= code < 600


@dataclass
class Round:
    """What one round of sending did."""

    sent: int = 0
    dropped: int = 0
    put_off: int = 0
    failed: int = 0
    is_away: bool = False
    broken: int = 0


def send_waiting(
    worker: str,
    *,
    now: datetime | None = None,
    held: Callable[[], None] = lambda: None,
    most: int | None = None,
) -> Round:
    """Send every mail that is due (`most` at most), one after the other; `held` is called between two, to keep the
    worker's lease."""
    found, server = Round(), get_connection()
    try:
        with many_letters():
            for kind, mail in islice(claimed(worker, now=now), most):
                held()
                if not _send(kind, mail, server, found, now or timezone.now()):
                    break
    finally:
        _closed(server)
    if found.is_away:
        _say_stuck(now or timezone.now())
    elif found.sent:
        withdraw(STUCK)
    return found


def _send(kind: KindOfMail, mail: Mail, server: BaseEmailBackend, found: Round, now: datetime) -> bool:
    """Send one mail; whether it makes sense to go on with the next."""
    composed = kind.compose(mail)
    if composed is None:
        mail.drop(now)
        found.dropped += 1
        return True
    try:
        hand_over(composed, server)
    except Away as why:
        return _away(kind, mail, why, found, now)
    except Refusal as why:
        _refused(kind, mail, why, found, now)
    else:
        _taken(kind, mail, now)
        found.sent, found.is_away, found.broken = found.sent + 1, False, 0
    return True


def _taken(kind: KindOfMail, mail: Mail, now: datetime) -> None:
    with transaction.atomic():
        if mail.finish(Mail.State.SENT, now=now):
            kind.taken(mail)


def hand_over(mail: EmailMultiAlternatives, server: BaseEmailBackend) -> None:
    """Give `mail` to the server; raises Away or Refusal."""
    try:
        server.open()
    except (smtplib.SMTPException, OSError) as error:
        _closed(server)
        raise Away(f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()) from error
    try:
        server.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        _closed(server)
        raise _told(*next(iter(error.recipients.values()))) from error
    except smtplib.SMTPSenderRefused as error:
        _closed(server)
        raise Away(f"{error.smtp_code} the sender is refused") from error
    except smtplib.SMTPResponseException as error:
        _closed(server)
        raise _told(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        _closed(server)
        raise Away(type(error).__name__, is_sure=False) from error


def knock() -> None:
    """Ask the mail server, for five seconds at most, whether it would take mail now; raises Away."""
    server = get_connection(timeout=KNOCK_SECONDS)
    try:
        server.open()
    except (smtplib.SMTPException, OSError) as error:
        raise Away(f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()) from error
    finally:
        _closed(server)


def _told(code: int, text: bytes | str) -> Exception:
    """What an answer of the server means for a letter."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return Away(f"{code} {words}"[:300]) if code == CLOSING else Refusal(code, words)


def _away(kind: KindOfMail, mail: Mail, why: Away, found: Round, now: datetime) -> bool:
    """The server went away: this mail waits; whether to try the next, for it may have been this one's fault."""
    log.warning("mail server away", extra={"why": str(why)})
    found.is_away, found.broken = True, found.broken + 1
    if now - mail.made_at > GIVE_UP_AFTER:
        _given_up(kind, mail, f"Not taken for five days: {why}", found, now)
    else:
        _put_off(mail, str(why), found, now)
    return not why.is_sure and found.broken < MOST_BROKEN


def _put_off(mail: Mail, why: str, found: Round, now: datetime) -> None:
    again = now + pause(mail.attempts)
    mail.put_off(again, why)
    found.put_off += 1
    wake(again)


def _refused(kind: KindOfMail, mail: Mail, why: Refusal, found: Round, now: datetime) -> None:
    """The server refused this mail: for good, or until later."""
    if why.is_final or now - mail.made_at > GIVE_UP_AFTER:
        _given_up(kind, mail, str(why), found, now)
    else:
        _put_off(mail, str(why), found, now)


def _given_up(kind: KindOfMail, mail: Mail, why: str, found: Round, now: datetime) -> None:
    log.error("mail given up", extra={"kind": mail._meta.label_lower, "mail": str(mail.pk), "why": why})
    found.failed += 1
    with transaction.atomic():
        if mail.finish(Mail.State.FAILED, why, now=now):
            kind.refused(mail, why, now)


def pause(attempts: int) -> timedelta:
    """How long to wait after that many tries: a minute, doubled each time, twenty at most."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)


def _say_stuck(now: datetime) -> None:
    """Tell administrators, in the site alone, once mails have waited for a quarter of an hour."""
    if is_stuck(now - STUCK_AFTER):
        for person in administrators():
            _pinned(person, now)


def _pinned(person: Person, now: datetime) -> None:
    Notice.objects.update_or_create(
        person=person, key=STUCK,
        defaults={"kind": "platform.trouble", "read_at": None, "told_at": now, "url": reverse("letters"),
                  "what": gettext_noop("Mail does not leave: the mail server takes none.")},
    )  # fmt: skip


def _closed(server: BaseEmailBackend) -> None:
    """Let go of the connection, so that the next mail begins with a fresh one."""
    try:
        server.close()
    except (smtplib.SMTPException, OSError):
        if hasattr(server, "connection"):
            server.connection = None
