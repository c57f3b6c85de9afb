"""The SHA-256 of a piece before and after a hand-over: of files read by Keepwell, of objects as they are typed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence import stores
from keepwell.platform.evidence.models import CustodyEntry, File, Piece
from keepwell.platform.evidence.models.custody import SHA256
from keepwell.platform.evidence.stores.base import digest_of
from keepwell.platform.history.acting import Machine, acting

Wholeness = CustodyEntry.Wholeness
READER = Machine(gettext_noop("the reader of evidence"))
AT_ONCE_BYTES = 128 << 20
"""What is read while somebody waits; more is read by a worker, so that nobody else waits for it."""
Digests = list[dict[str, str]]


def first_reading(piece: Piece) -> tuple[Digests, str]:
    """The files of the newest version as they are now, and what the comparison says; of many only what is to be read."""
    version = piece.versions.order_by("-number").first()
    files = list(version.files.select_related("content").order_by("name", "pk")) if version else []
    if sum(file.size_bytes for file in files) <= AT_ONCE_BYTES:
        return read_now(files)
    return [{"name": file.name, "before": file.sha256, "after": ""} for file in files], Wholeness.PENDING


def read_now(files: Iterable[File]) -> tuple[Digests, str]:
    """The SHA-256 of each file as it was kept and as its bytes are now, and what the comparison says."""
    digests: Digests = []
    for file in files:
        digests.append({"name": file.name, "before": file.sha256, "after": _read(file)})
    return digests, compared(digests)


def compared(digests: Digests) -> str:
    """What the SHA-256 before and after say; what has no two of them says nothing."""
    if any(row["before"] and row["after"] and row["before"] != row["after"] for row in digests):
        return Wholeness.DIFFERS
    if any(row["name"] and not row["after"] for row in digests):
        return Wholeness.UNREAD
    whole = any(row["before"] and row["after"] for row in digests)
    return Wholeness.SAME if whole else Wholeness.NONE


def read_later(entry: CustodyEntry) -> str:
    """Read the files of a row whose reading is outstanding; returns what the comparison says. Twice is once."""
    if entry.wholeness != Wholeness.PENDING:
        return entry.wholeness
    shas = [row["before"] for row in entry.digests]
    files = File.objects.filter(of_version__piece=entry.piece, sha256__in=shas).select_related("content")
    digests, wholeness = read_now(files.order_by("name", "pk"))
    with transaction.atomic(), acting(READER, "custodyentry.read"):
        Piece.objects.select_for_update(of=("self",)).get(pk=entry.piece_id)
        entry.refresh_from_db()
        if entry.wholeness == Wholeness.PENDING:
            entry.digests, entry.wholeness = digests, wholeness
            entry.save()
    return entry.wholeness


def _read(file: File) -> str:
    """The SHA-256 of its bytes now; "" where there are none to be read."""
    if file.content_id is None:
        return ""
    try:
        with stores.files().open(file.sha256) as kept:
            return digest_of(kept)
    except stores.Gone:
        return ""


def typed(piece: Piece, before: str, after: str, last: CustodyEntry | None = None) -> Digests | None:
    """What was typed of an object; None of files, which Keepwell reads itself. What was found last counts as before
    unless another was typed."""
    told = [" ".join(text.lower().split()).replace(" ", "") for text in (before, after)]
    if not piece.is_object:
        if any(told):
            raise Refused(gettext("Keepwell reads the SHA-256 of its files itself; leave it empty."))
        return None
    for text in told:
        if text and not SHA256.fullmatch(text):
            raise Refused(
                gettext("“%(text)s” is no SHA-256; it has 64 digits from 0 to 9 and a to f.")
                % {"text": text[:70]}
            )
    known = next((row["after"] or row["before"] for row in reversed(last.digests)), "") if last else ""
    if not any(told) and not known:
        return []
    if known and told[0] and told[0] != known:
        # Both are kept: what was found at the last hand-over, and what is found before this one.
        return [
            {"name": "", "before": known, "after": told[0]},
            {"name": "", "before": told[0], "after": told[1]},
        ]
    return [{"name": "", "before": told[0] or known, "after": told[1]}]
