"""Files that were brought in and name somebody who was erased: they go, and their batches say so."""

from __future__ import annotations

import codecs
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.db.models import Model
from django.utils import timezone

from keepwell.platform.exchange.files import folder, path_of
from keepwell.platform.exchange.models import Batch
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.keys.sealing import seal, unseal
from keepwell.platform.privacy.words import Words

JOB = "privacy.forget_files"
PLACE = "privacy|forget_files|words"
PART_BYTES, OVERLAP_BYTES = 8 << 20, 1 << 12
CONTINUED = bytes(range(0x80, 0xC0))
WIDE, OLD = ("utf-16-le", "utf-16-be"), ("big5hkscs", "gb18030", "cp1252")
LARGEST_MEMBER = 1 << 30
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    ValueError,
    RuntimeError,
    OSError,
)
"""What reading a damaged or hostile packed file may raise; NotImplementedError is a RuntimeError."""
KEPT: list[type[Model]] = []
"""Models whose files, named by `sha256`, stay whatever they name: what was published is served unchanged."""


def let_files_go(words: Words) -> None:
    """Have every file that names the person deleted in the background; the job holds the words sealed."""
    enqueue(JOB, sealed=seal(words.as_json(), place=PLACE))


def forget_files(sealed: str) -> int:
    """Delete every delivered file that holds the sealed words; returns how many. Done again it does the rest."""
    words, count = Words.from_json(unseal(sealed, place=PLACE)), 0
    for path in sorted(folder().glob("??/*")):
        if path.is_file() and names(path, words) and not _stays(path.name):
            drop(path.name)
            count += 1
    return count


def _stays(digest: str) -> bool:
    return any(model._base_manager.filter(sha256=digest).exists() for model in KEPT)


def drop(digest: str) -> None:
    """Delete a file; the batches it was brought in by keep its digest and their counts, and say that it is gone."""
    Batch.objects.filter(sha256=digest, file_erased_at=None).update(file_erased_at=timezone.now())
    path_of(digest).unlink(missing_ok=True)


def names(path: Path, words: Words) -> bool:
    """Whether a file names the person: in what it packs, where it is a packed one."""
    if zipfile.is_zipfile(path):
        return _packs(path, words)
    with path.open("rb") as file:
        return any(words.stand_in(text) for text in _texts(file))


def _packs(path: Path, words: Words) -> bool:
    """The same of the members; one that cannot be read counts as naming them: nobody can show that it does not."""
    try:
        with zipfile.ZipFile(path) as packed:
            for member in packed.infolist():
                if member.file_size > LARGEST_MEMBER:
                    return True
                with packed.open(member) as file:
                    if any(words.stand_in(text) for text in _texts(file)):
                        return True
    except UNREADABLE:
        return True
    return False


def _texts(file: IO[bytes]) -> Iterator[str]:
    """The content in every encoding that it may have, part by part; parts overlap."""
    kept = b""
    while part := file.read(PART_BYTES):
        whole = kept + part
        yield from (codecs.decode(whole, encoding, "ignore") for encoding in _encodings(whole))
        kept = whole[-OVERLAP_BYTES:]


def _encodings(part: bytes) -> tuple[str, ...]:
    """Two bytes a sign where many are nought, UTF-8 where it is that, else what older programs wrote as well."""
    if part.count(0) > len(part) // 8:
        return WIDE
    try:
        # A part may begin and end within a sign.
        codecs.getincrementaldecoder("utf-8")().decode(part.lstrip(CONTINUED))
    except UnicodeDecodeError:
        return ("utf-8", *OLD)
    return ("utf-8",)
