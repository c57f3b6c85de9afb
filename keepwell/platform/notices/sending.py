"""Sending letters: each once, however often the server or the worker goes away in the middle.

A server that is away, hangs, refuses to talk or to let us in puts off everything, and nobody's try is counted;
a letter that is refused for good is given up and told to administrators; all else waits longer each time.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from django.utils.translation import gettext_noop

from keepwell.platform.notices.letters import composed, is_reachable
from keepwell.platform.notices.models import Letter, Notice
from keepwell.platform.notices.telling import Message, administrators, tell, wake, withdraw
from keepwell.platform.people.models import Person

log = logging.getLogger("keepwell.notices")
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=20)
GIVE_UP_AFTER = timedelta(days=5)  # RFC 5321, 4.5.4.1: at least four to five days
STUCK_AFTER = timedelta(minutes=15)
STUCK = "mail.stuck"
CLOSING = 421
MOST_BROKEN = 3


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
    worker: str, *, now: datetime | None = None, held: Callable[[], None] = lambda: None
) -> Round:
    """Send every letter that is due, one after the other; `held` is called between two, to keep the worker's lease."""
    found, server = Round(), get_connection()
    try:
        for letter in Letter.objects.claimed(worker, now=now):
            held()
            if not _send(letter, server, found, now or timezone.now()):
                break
    finally:
        _closed(server)
    if found.is_away:
        _say_stuck(now or timezone.now())
    elif found.sent:
        withdraw(STUCK)
    return found


def _send(letter: Letter, server: BaseEmailBackend, found: Round, now: datetime) -> bool:
    """Send one letter; whether it makes sense to go on with the next."""
    mail = composed(letter) if is_reachable(letter) else None
    if mail is None:
        letter.finish(Letter.State.DROPPED, now=now)
        found.dropped += 1
        return True
    try:
        hand_over(mail, server)
    except Away as why:
        return _away(letter, why, found, now)
    except Refusal as why:
        _refused(letter, why, found, now)
    else:
        letter.finish(Letter.State.SENT, now=now)
        found.sent, found.is_away, found.broken = found.sent + 1, False, 0
    return True


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


def _told(code: int, text: bytes | str) -> Exception:
    """What an answer of the server means for a letter."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return Away(f"{code} {words}"[:300]) if code == CLOSING else Refusal(code, words)


def _away(letter: Letter, why: Away, found: Round, now: datetime) -> bool:
    """The server went away: this letter waits; whether to try the next, for it may have been this one's fault."""
    log.warning("mail server away", extra={"why": str(why)})
    found.is_away, found.broken = True, found.broken + 1
    if now - letter.made_at > GIVE_UP_AFTER:
        _given_up(letter, f"Not taken for five days: {why}", found, now)
    else:
        _put_off(letter, str(why), found, now)
    return not why.is_sure and found.broken < MOST_BROKEN


def _put_off(letter: Letter, why: str, found: Round, now: datetime) -> None:
    again = now + pause(letter.attempts)
    letter.put_off(again, why)
    found.put_off += 1
    wake(again)


def _refused(letter: Letter, why: Refusal, found: Round, now: datetime) -> None:
    """The server refused this letter: for good, or until later."""
    if why.is_final or now - letter.made_at > GIVE_UP_AFTER:
        _given_up(letter, str(why), found, now)
    else:
        _put_off(letter, str(why), found, now)


def _given_up(letter: Letter, why: str, found: Round, now: datetime) -> None:
    letter.finish(Letter.State.FAILED, why, now=now)
    found.failed += 1
    log.error("letter given up", extra={"letter": str(letter.pk), "why": why})
    tell(administrators(), Message(
        kind="platform.trouble", key=f"mail.refused:{letter.person_id}:{now:%Y-%m}",
        what=gettext_noop("Mail to %(person)s is refused by the mail server: %(why)s"),
        facts={"person": f"{letter.person.name} ({letter.person.number})", "why": why[:120]},
        url="/administration/letters/",
    ), now=now)  # fmt: skip


def pause(attempts: int) -> timedelta:
    """How long to wait after that many tries: a minute, doubled each time, twenty at most."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)


def _say_stuck(now: datetime) -> None:
    """Tell administrators, in the site alone, once letters have waited for a quarter of an hour."""
    oldest = Letter.objects.filter(state=Letter.State.WAITING, made_at__lt=now - STUCK_AFTER, attempts__gt=0)
    if not oldest.exists():
        return
    for person in administrators():
        _pinned(person, now)


def _pinned(person: Person, now: datetime) -> None:
    Notice.objects.update_or_create(
        person=person, key=STUCK,
        defaults={"kind": "platform.trouble", "read_at": None, "told_at": now, "url": "/administration/letters/",
                  "what": gettext_noop("Mail does not leave: the mail server takes none.")},
    )  # fmt: skip


def _closed(server: BaseEmailBackend) -> None:
    """Let go of the connection, so that the next letter begins with a fresh one."""
    try:
        server.close()
    except (smtplib.SMTPException, OSError):
        if hasattr(server, "connection"):
            server.connection = None
