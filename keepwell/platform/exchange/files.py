"""Delivered and published files, kept under the digest of their content and never changed."""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath
from urllib.parse import unquote

from django.conf import settings

DEVICES = re.compile(r"con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]", re.IGNORECASE)
SLASHES = re.compile("[/\\\\\u2044\u2215\u2216\u29f8\u29f9\uff0f\uff3c]")
LONGEST_NAME = 120
LONGEST_ENDING = 10


@dataclass(frozen=True)
class Kept:
    """A file in the store."""

    sha256: str
    size_bytes: int


@contextmanager
def on_disk(parts: Iterable[bytes], suffix: str = "") -> Iterator[Path]:
    """What somebody sent, as a file for readers that want one; it is gone afterwards."""
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.writelines(parts)
        file.flush()
        yield Path(file.name)


def folder() -> Path:
    """Where the store lies."""
    return Path(settings.KEEPWELL_DATA) / "files"


def path_of(digest: str) -> Path:
    """Where the file of that digest lies; refuses what is no digest."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ValueError("A digest has 64 hex digits.")
    return folder() / digest[:2] / digest


def keep(content: bytes) -> Kept:
    """Keep `content`: written beside, synced, then named in one step; keeping it twice is keeping it once."""
    digest = sha256(content).hexdigest()
    path = path_of(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content)
    return Kept(digest, len(content))


def _write(path: Path, content: bytes) -> None:
    """Let `path` appear whole or not at all, also when the power fails."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix="draft-", delete=False) as draft:
        try:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(path)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise
    beside = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(beside)
    finally:
        os.close(beside)


def fetch(digest: str) -> bytes:
    """The kept content; raises OSError if it is gone, ValueError if it is no longer what it was."""
    content = path_of(digest).read_bytes()
    if sha256(content).hexdigest() != digest:
        raise ValueError(f"The file {digest} is damaged.")
    return content


def safe_name(name: str) -> str:
    """`name` as it may be shown and sent in a header: its last part, without marks that hide or turn."""
    last = SLASHES.split(unicodedata.normalize("NFC", unquote(unquote(name))))[-1]
    plain = "".join(c for c in last if unicodedata.category(c)[0] not in "CZ" or c == " ")
    kept = re.sub(r'["\':;*?<>|%]', "_", plain).strip(" .")
    if len(kept) > LONGEST_NAME:
        ending = PurePath(kept).suffix[-LONGEST_ENDING:]
        kept = kept[: LONGEST_NAME - len(ending)].rstrip(" .") + ending
    if not kept or DEVICES.fullmatch(kept.split(".")[0].strip()):
        return f"file-{kept}" if kept else "file"
    return kept
