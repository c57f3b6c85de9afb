"""Checkpoints leave the machine: by syslog, by mail to auditors, into a file on write-once storage.

Each way that is switched on remembers how far it came, so that nothing is lost while its target is down; what
was under way when a worker died may arrive twice.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.kernel import notes
from keepwell.platform.history.ledger import Checkpoint, Copy

AT_ONCE = 1_000
LONGEST_PAUSE = timedelta(hours=1)
SECONDS = 10
SYSLOG_PRIORITY = 110  # RFC 5424, 6.2.1: facility 13 (log audit), severity 6 (informational)
Send = Callable[[Sequence[Checkpoint]], None]


def ways() -> list[str]:
    """The ways out that are switched on."""
    on = {
        Copy.Way.SYSLOG: settings.KEEPWELL_TRAIL_SYSLOG, Copy.Way.MAIL: settings.KEEPWELL_TRAIL_MAIL,
        Copy.Way.FILE: settings.KEEPWELL_TRAIL_FILE,
    }  # fmt: skip
    return [str(way) for way, target in on.items() if target]


def due(now: datetime) -> list[str]:
    """The ways on which a checkpoint waits and a try is due: after failures each pause is twice as long."""
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    found = []
    for way in ways():
        copy, _made = Copy.objects.get_or_create(way=way)
        pause = (
            min(timedelta(minutes=2 ** min(copy.failures, 6)), LONGEST_PAUSE)
            if copy.failures
            else timedelta()
        )
        rests = copy.tried_at is not None and now - copy.tried_at < pause
        waits_for_day = (
            way == Copy.Way.MAIL
            and copy.sent_at is not None
            and not copy.failures
            and now - copy.sent_at < _every()
        )
        if copy.sent < newest and not rests and not waits_for_day:
            found.append(way)
    return found


def usual(way: str) -> timedelta:
    """How long a checkpoint may wait on one way when all is well."""
    return _every() if way == Copy.Way.MAIL else timedelta()


def waits_since(way: str) -> datetime | None:
    """When the oldest checkpoint was made that has not left on one way; None if none waits."""
    sent = Copy.objects.filter(way=way).values_list("sent", flat=True).first() or 0
    waiting = Checkpoint.objects.filter(size__gt=sent).order_by("size")
    return waiting.values_list("at", flat=True).first()


def send(way: str) -> int:
    """Send what waits on one way, oldest first; returns how many checkpoints left. A failure is kept and raised."""
    copy, _made = Copy.objects.get_or_create(way=way)
    sent = 0
    while waiting := list(Checkpoint.objects.filter(size__gt=copy.sent).order_by("size")[:AT_ONCE]):
        mine = Copy.objects.filter(pk=copy.pk)
        mine.update(tried_at=timezone.now())
        try:
            SENDERS[way](waiting)
        except OSError as error:
            mine.update(failures=F("failures") + 1, error=_short(error))
            raise
        copy.sent, sent = waiting[-1].size, sent + len(waiting)
        mine.update(sent=copy.sent, sent_at=timezone.now(), failures=0, error="")
    return sent


def _short(error: OSError) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _every() -> timedelta:
    return timedelta(hours=settings.KEEPWELL_TRAIL_MAIL_HOURS)


def by_syslog(found: Sequence[Checkpoint]) -> None:
    """One RFC 5424 message for each, over UDP (RFC 5426) or TCP (octet counting, RFC 6587)."""
    target = urlsplit(settings.KEEPWELL_TRAIL_SYSLOG)
    address = (target.hostname or "localhost", target.port or 514)
    lines = [syslog_line(one).encode() for one in found]
    if target.scheme == "tcp":
        with socket.create_connection(address, timeout=SECONDS) as stream:
            stream.sendall(b"".join(b"%d %s" % (len(line), line) for line in lines))
        return
    family, kind, protocol, _name, place = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as datagrams:
        datagrams.connect(place)
        for line in lines:
            datagrams.send(line)


def syslog_line(one: Checkpoint) -> str:
    """The message: size and root as structured data, and the whole note, its line feeds written as \\n."""
    told = notes.told(one.note)
    data = f'[checkpoint@32473 origin="{told.origin}" size="{told.size}" root="{told.root.hex()}"]'
    at = one.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    note = one.note.replace("\n", "\\n")
    return f"<{SYSLOG_PRIORITY}>1 {at} {settings.HOST} keepwell - checkpoint {data} \ufeff{note}"


def by_mail(found: Sequence[Checkpoint]) -> None:
    """The newest one, to every auditor named; it stands for all before it."""
    newest = found[-1]
    told = notes.told(newest.note)
    subject = _("Checkpoint of %(origin)s: %(size)d rows") % {"origin": told.origin, "size": told.size}
    words = _("Keep this mail. With it anybody can show later whether the trail up to here was rewritten.")
    mail = EmailMessage(subject, f"{words}\n\n{newest.note}", to=settings.KEEPWELL_TRAIL_MAIL)
    mail.attach(f"checkpoint-{told.size}.txt", newest.note, "text/plain")
    mail.send()


def into_file(found: Sequence[Checkpoint]) -> None:
    """Each at the end of the file, followed by an empty line, on the disk when this returns; all of them or none."""
    path = Path(settings.KEEPWELL_TRAIL_FILE)
    text = _parted(path) + "".join(f"{one.note}\n" for one in found).encode()
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        before = os.fstat(handle).st_size
        try:
            while text:
                text = text[os.write(handle, text) :]
            os.fsync(handle)
        except OSError:
            # Where nothing can be taken away again, what was torn is parted from what follows.
            with suppress(OSError):
                os.ftruncate(handle, before)
            raise
    finally:
        os.close(handle)


def _parted(path: Path) -> bytes:
    """What parts the next checkpoint from one that was torn off, by a full disk or a power failure; mostly nothing."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 2))
            end = file.read()
    except OSError:
        return b""
    return b"" if end in (b"", b"\n\n") else b"\n\n"


SENDERS: dict[str, Send] = {Copy.Way.SYSLOG: by_syslog, Copy.Way.MAIL: by_mail, Copy.Way.FILE: into_file}
