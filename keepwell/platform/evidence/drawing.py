"""Previews: pictures that we make ourselves of pictures and first pages, in a program of its own."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from keepwell.platform.evidence import kinds, stores
from keepwell.platform.evidence.models import Content
from keepwell.platform.evidence.stores.base import PART_BYTES

PROGRAM = Path(__file__).with_name("picture.py")
# The program gets no secrets from the environment, only what an interpreter may need to start.
NEEDED = ("LANG", "LD_LIBRARY_PATH")
PATIENCE_SECONDS = 60
MOST_PAGES = 3
MOST_BYTES = 20 << 20


def draw(content: Content) -> int:
    """Make the previews of `content` and keep them; returns how many there are, 0 where none can be made."""
    pictures = drawn(content) if kinds.has_picture(content.media_type) else []
    for number, picture in enumerate(pictures, start=1):
        stores.previews().keep(f"{content.sha256}-{number}", io.BytesIO(picture))
    Content.objects.filter(sha256=content.sha256).update(pictures=len(pictures))
    return len(pictures)


def drawn(content: Content) -> list[bytes]:
    """The first pages of `content` as PNG; none if it cannot be drawn within bounds."""
    with stores.files().open(content.sha256) as file:
        parts = iter(lambda: file.read(PART_BYTES), b"")
        return drawn_of("pdf" if content.media_type == kinds.PDF else "picture", parts, MOST_PAGES)


def redrawn(parts: Iterable[bytes]) -> bytes | None:
    """The points of a photo alone, as PNG, at most 1,200 pixels wide or high; None for what is no picture."""
    found = drawn_of("picture", parts, 1)
    return found[0] if found else None


def drawn_of(kind: str, parts: Iterable[bytes], most: int) -> list[bytes]:
    """What the program draws of a file ("picture" or "pdf"), at most so many pages, each as PNG."""
    with tempfile.NamedTemporaryFile(prefix="draw-") as copy:
        copy.writelines(parts)
        copy.flush()
        command = [sys.executable, "-I", str(PROGRAM), kind, copy.name, str(most)]
        environment = {name: os.environ[name] for name in NEEDED if name in os.environ}
        try:
            done = subprocess.run(  # noqa: S603  # our own program; the path is one argument
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment, timeout=PATIENCE_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return []
    return pictures_in(done.stdout[:MOST_BYTES])


def pictures_in(said: bytes) -> list[bytes]:
    """The pictures that the program told, each after its length; one cut off is none."""
    found, place = [], 0
    while place + 4 <= len(said):
        (size,) = struct.unpack_from("!I", said, place)
        picture = said[place + 4 : place + 4 + size]
        if len(picture) < size or not picture.startswith(b"\x89PNG\r\n\x1a\n"):
            break
        found.append(picture)
        place += 4 + size
    return found
