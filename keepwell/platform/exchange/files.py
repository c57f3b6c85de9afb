"""Delivered and published files, kept under the digest of their content and never changed."""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings

DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))})
LONGEST_NAME = 120


@dataclass(frozen=True)
class Kept:
    """A file in the store."""

    sha256: str
    size_bytes: int


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
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
        Path(draft.name).replace(path)
    return Kept(digest, len(content))


def fetch(digest: str) -> bytes:
    """The kept content; raises OSError if it is gone, ValueError if it is no longer what it was."""
    content = path_of(digest).read_bytes()
    if sha256(content).hexdigest() != digest:
        raise ValueError(f"The file {digest} is damaged.")
    return content


def safe_name(name: str) -> str:
    """`name` as it may be shown and sent in a header: its last part, without control or turning characters."""
    last = re.split(r"[/\\\u2044\u2215\uff0f\uff3c]", unicodedata.normalize("NFC", name).replace("%2f", "/").replace("%2F", "/"))[-1]
    kept = "".join(c for c in last if unicodedata.category(c)[0] not in "CZ" or c == " ")
    kept = re.sub(r'["\':;*?<>|%]', "_", kept).strip(" .")[:LONGEST_NAME]
    stem = kept.split(".")[0].lower()
    return kept if kept and stem not in DEVICES else f"file-{kept}" if kept else "file"
