"""Handing files out: only what was found clean, only unchanged, and never so that a browser runs it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from keepwell.platform.evidence import kinds, stores
from keepwell.platform.evidence.models import Content
from keepwell.platform.evidence.stores.base import PART_BYTES, digest_of
from keepwell.platform.history.noting import note
from keepwell.platform.people.models import Person

UNSCANNED = "none"
SANDBOX = "default-src 'none'; sandbox"
# What browsers would run or draw as a page goes out as bytes of no kind.
PLAIN = frozenset(
    (*kinds.PICTURES, *kinds.SOUNDS, kinds.PDF, kinds.ZIP, kinds.DOCX, kinds.XLSX, kinds.PPTX, kinds.TEXT)
)
IN_MEMORY_BYTES = 8 << 20
Handed = Any
"""A record of a file whose bytes lie in the store: a File of evidence, or a row of another model with the same columns
(`name`, `sha256`, `size_bytes`, `media_type`, `content`)."""


def is_scanning() -> bool:
    """Whether files are scanned here; they are not only where the settings say so in so many words."""
    return bool(settings.KEEPWELL_SCAN != UNSCANNED)


def is_open(content: Content | None) -> bool:
    """Whether the bytes may be handed out: found clean, or nothing is scanned here and nothing was found."""
    if content is None:
        return False
    clean, pending = content.state == Content.State.CLEAN, content.state == Content.State.PENDING
    return clean or (pending and not is_scanning())


def why_closed(file: Handed) -> str:
    """Why `file` is not handed out, in one sentence; "" if it is."""
    content = file.content
    if is_open(content):
        return ""
    if content is None:
        said = _("%(name)s was purged; its digest stays.")
    elif content.state == Content.State.INFECTED:
        said = _("%(name)s is infected (%(says)s); it is not handed out.")
    elif content.state == Content.State.ERROR:
        said = _("%(name)s could not be scanned (%(says)s); an administrator can have it scanned again.")
    else:
        said = _("%(name)s waits to be scanned; it is handed out once it is found clean.")
    return said % {"name": file.name, "says": content.says if content else ""}


def hand_out(file: Handed, by: Person) -> HttpResponse | StreamingHttpResponse:
    """`file` as an attachment; who takes it is noted. Raises PermissionDenied for what is closed or damaged."""
    closed = why_closed(file)
    if closed:
        raise PermissionDenied(closed)
    bytes_ = unchanged(file)
    note(by, "evidence.download", kind="read", record=file, sha256=file.sha256, name=file.name)
    answer = StreamingHttpResponse(parts(bytes_), content_type=sent_as(file.media_type))
    answer["Content-Length"] = str(file.size_bytes)
    answer["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    return sealed(answer)


def sealed(answer: Any) -> Any:
    """`answer` with the headers that keep a browser from running it."""
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = SANDBOX
    answer["Cache-Control"] = "private, no-store"
    return answer


def sent_as(media: str) -> str:
    """The type under which a file is sent."""
    if media not in PLAIN:
        return kinds.BINARY
    return "text/plain; charset=utf-8" if media == kinds.TEXT else media


def unchanged(file: Handed) -> IO[bytes]:
    """The bytes of `file`, read through and found to be what they were; raises PermissionDenied if not."""
    damaged = _("%(name)s is damaged in the store; the operators have been told.") % {"name": file.name}
    copy = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # handed on to the answer
    try:
        with stores.files().open(file.sha256) as kept:
            while part := kept.read(PART_BYTES):
                copy.write(part)
    except stores.Gone as error:
        raise PermissionDenied(damaged) from error
    copy.seek(0)
    if digest_of(copy) != file.sha256:
        raise PermissionDenied(damaged)
    copy.seek(0)
    return copy


def parts(bytes_: IO[bytes]) -> Iterator[bytes]:
    """The bytes, part by part; closed at the end."""
    with bytes_:
        while part := bytes_.read(PART_BYTES):
            yield part
