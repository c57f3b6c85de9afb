"""The trail as a file: every row with its personal parts as far as nobody erased them, and the checkpoints over it.

The last line is signed over all bytes before it, so that the file around the rows cannot be changed either.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.kernel import notes
from keepwell.kernel.merkle import leaf_hash, whole
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.entries import canonical, moment, rows, told
from keepwell.platform.history.ledger import THE_ONE, Checkpoint, Trail
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import tiles
from keepwell.platform.keys.signing import Signer, signers

FORMAT = "keepwell-trail/1"
TOLD_EVERY = 10_000
Progress = Callable[[int, int], None]


class Span(NamedTuple):
    """Rows from `first` up to, but without, `size`, where a checkpoint stands."""

    first: int
    size: int


def span(first: int = 0, until: int | None = None) -> Span:
    """The rows from `first` up to the first checkpoint that covers `until` rows; to the newest if not said."""
    found = Checkpoint.objects.order_by("size" if until else "-size")
    covering = found.filter(size__gte=until) if until else found
    size = covering.values_list("size", flat=True).first()
    if size is None:
        raise Refused(_("No checkpoint covers so many rows yet; seal the trail first."))
    if not 0 <= first < size:
        raise Refused(_("The trail has rows from 0 up to %(last)d there.") % {"last": size - 1})
    return Span(first, size)


def lines(wanted: Span, progress: Progress = lambda done, total: None) -> Iterator[bytes]:
    """The lines of the export of `wanted`, each with its line feed."""
    trail, whole_file = Trail.objects.get(pk=THE_ONE), sha256()
    signer = signer_at(trail.origin, wanted.size)
    for text in _body(trail, wanted, progress):
        line = f"{text}\n".encode()
        whole_file.update(line)
        yield line
    yield f"{_closing(trail, signer, wanted.size, whole_file.digest())}\n".encode()


def _body(trail: Trail, wanted: Span, progress: Progress) -> Iterator[str]:
    yield canonical(_header(trail, wanted))
    between = Checkpoint.objects.filter(size__gt=wanted.first, size__lte=wanted.size).order_by("size")
    checkpoints = between.values_list("size", "note").iterator()
    size, note = next(checkpoints)
    found = Change.objects.filter(leaf__gte=wanted.first, leaf__lt=wanted.size).order_by("leaf")
    for row in rows(found):
        entry, who, what = told(row)
        hashed = leaf_hash(entry.encode()).hex()
        yield f'{{"leaf":{row.leaf},"hash":"{hashed}","entry":{entry},"who":{who},"what":{what}}}'
        done = (row.leaf or 0) + 1
        if done == size:
            yield canonical({"checkpoint": note})
            size, note = next(checkpoints, (0, ""))
        if done % TOLD_EVERY == 0:
            progress(done - wanted.first, wanted.size - wanted.first)


def _header(trail: Trail, wanted: Span) -> dict[str, object]:
    header: dict[str, object] = {
        "format": FORMAT, "origin": trail.origin, "keys": trail.keys, "first": wanted.first,
        "exported_at": moment(timezone.now()),
    }  # fmt: skip
    if wanted.first:
        node = tiles(trail.size).node
        hashes = [node(level, index).hex() for level, index in whole(wanted.first)]
        header["before"] = {"size": wanted.first, "hashes": hashes}
    return header


def signer_at(origin: str, size: int) -> Signer:
    """The key that was in use at the checkpoint of `size` rows, which whoever checks up to there knows from the file.

    The present one if the installation no longer has it: an export of a trail that was tampered with is made too.
    """
    told = set(notes.signatories(Checkpoint.objects.values_list("note", flat=True).get(size=size)))
    ring = signers()
    named = (one for one in ring if (origin, notes.Verifier(origin, one.public).id) in told)
    return next(named, ring[0])


def _closing(trail: Trail, signer: Signer, size: int, digest: bytes) -> str:
    """The last line: how far it goes, and our signature over all that stands before."""
    text = f"{trail.origin}\nexport\n{size}\n{base64.b64encode(digest).decode()}\n"
    note = notes.signed(text, [(notes.Verifier(trail.origin, signer.public), signer.sign)])
    return f'{{"size":{size},"note":{canonical(note)}}}'
