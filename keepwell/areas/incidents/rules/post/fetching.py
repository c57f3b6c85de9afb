"""Reading the mailbox of reports by IMAP: each mail is taken, then marked; whatever breaks in between, none is lost or doubled.

What was taken is marked by the keyword `KeepwellTaken` where the server lets keywords be made, else by `\\Seen`. A
mail fetched twice is known by what it says. Nothing is deleted or moved.
"""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from keepwell.areas.incidents.rules.post import arriving
from keepwell.areas.incidents.rules.post.envelope import glimpse, sender_of
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.notices.telling import Message, administrators, tell, withdraw

log = logging.getLogger("keepwell.incidents")
KEYWORD, SEEN = "KeepwellTaken", "\\Seen"
PATIENCE_SECONDS = 30
AT_ONCE, WINDOW, MOST_WAITING = 500, 10_000, 20_000
"""Mails looked at in one round; how many are asked about in one question; of how many it is known that they wait."""
AWAY = gettext_noop("The mailbox of reports cannot be read: %(why)s")
SIZE, UID = re.compile(rb"RFC822\.SIZE (\d+)"), re.compile(rb"UID (\d+)")


def fetch(*, held: Callable[[int], None] = lambda done: None) -> Counter[str]:
    """Take what waits in the mailbox; returns how many became what. A server that is away is told to administrators."""
    found: Counter[str] = Counter()
    if not settings.KEEPWELL_REPORTS_IMAP.is_on:
        return found
    try:
        with opened() as server:
            mark = mark_used(server)
            for uid, size, sender in waiting(server, mark):
                held(sum(found.values()))
                found[_taken(server, mark, uid, size, sender)] += 1
    except (imaplib.IMAP4.error, OSError) as error:
        found["away"] = 1
        _say_away(error)
    else:
        withdraw(_key())
    return found


def _key() -> str:
    """Under which administrators are told, once a day."""
    return f"reports.mailbox:{moments.today()}"


def _say_away(error: Exception) -> None:
    why = f"{type(error).__name__}: {error}"[:120]
    log.warning("mailbox of reports away", extra={"why": why})
    tell(administrators(), Message("platform.trouble", _key(), AWAY, {"why": why}))


@contextmanager
def opened() -> Iterator[imaplib.IMAP4]:
    """The mailbox, its folder chosen."""
    box = settings.KEEPWELL_REPORTS_IMAP
    trust = ssl.create_default_context()
    if box.tls == "on":
        server: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            box.host, box.port, ssl_context=trust, timeout=PATIENCE_SECONDS
        )
    else:
        server = imaplib.IMAP4(box.host, box.port, timeout=PATIENCE_SECONDS)
    try:
        if box.tls == "starttls":
            server.starttls(trust)
        server.login(box.user, box.password)
        sure(server.select(f'"{box.folder}"'))
        yield server
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            server.logout()


def sure(answer: tuple[str, Any]) -> list[Any]:
    """What the server answered, if it did what it was asked; raises IMAP4.error."""
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(f"the server answered {answer[0]}")
    return list(answer[1] or ())


def mark_used(server: imaplib.IMAP4) -> str:
    """What marks a mail that was taken: a keyword of ours if the folder takes new ones."""
    flags = b" ".join(one for one in server.response("PERMANENTFLAGS")[1] or () if one)
    return KEYWORD if b"\\*" in flags or KEYWORD.encode() in flags else SEEN


def waiting(server: imaplib.IMAP4, mark: str) -> list[tuple[bytes, int, str]]:
    """The mails without `mark` to take now: id, size in bytes, sender. Of a sender who sent much lately none is fetched,
    and where many wait, each round begins at another place, so that nobody's mail stands behind another's for ever."""
    unmarked = "UNSEEN" if mark == SEEN else f"UNKEYWORD {mark}"
    count = int((server.response("EXISTS")[1] or [b"0"])[-1] or 0)
    found: list[bytes] = []
    for start in range(1, count + 1, WINDOW):
        answer = sure(server.uid("SEARCH", f"{start}:{min(start + WINDOW - 1, count)}", unmarked))
        found += b" ".join(one for one in answer if one).split()
        if len(found) >= MOST_WAITING:
            break
    if len(found) > AT_ONCE:
        place = int(moments.now().timestamp() // 60) * AT_ONCE % len(found)
        found = (found[place:] + found[:place])[:AT_ONCE]
    return list(_looked_up(server, found))


def _looked_up(server: imaplib.IMAP4, uids: list[bytes]) -> Iterator[tuple[bytes, int, str]]:
    if not uids:
        return
    asked = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM SENDER)])"
    for one in sure(server.uid("FETCH", b",".join(uids).decode(), asked)):
        if isinstance(one, tuple) and (uid := UID.search(one[0])) and (size := SIZE.search(one[0])):
            yield uid[1], int(size[1]), sender_of(glimpse(one[1]))


def _taken(server: imaplib.IMAP4, mark: str, uid: bytes, size: int, sender: str) -> str:
    """Take one mail and mark it; how it ended."""
    try:
        arriving.require_measure(sender)
        is_large = size > settings.KEEPWELL_REPORTS_MAIL_MB << 20
        asked = f"(BODY.PEEK[]<0.{arriving.BEGINNING_BYTES}>)" if is_large else "(BODY.PEEK[])"
        rows = sure(server.uid("FETCH", uid.decode(), asked))
        content = next((one[1] for one in rows if isinstance(one, tuple)), None)
        if content is None:
            return "gone"
        ended = arriving.take([content], size_bytes=size).state
    except arriving.Later:
        return "later"
    except Refused as refusal:
        log.warning("mail refused", extra={"why": str(refusal)})
        ended = "refused"
    sure(server.uid("STORE", uid.decode(), "+FLAGS.SILENT", f"({mark})"))
    return ended
