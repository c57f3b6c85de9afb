"""Mails: read by a bounded program, so that none of them can take this one down."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext_noop

from keepwell.platform.exchange.readers.spreadsheet import NEEDED

PROGRAM = Path(__file__).with_name("message.py")
PATIENCE_SECONDS = 60
PART_BYTES = 1 << 20
SENTENCES = {
    "empty": gettext_noop("There is nothing in this mail."),
    "nested": gettext_noop(
        "This mail holds parts within parts, deeper than any mail needs; it is kept as it came."
    ),
    "parts": gettext_noop("This mail has more than a thousand parts; it is kept as it came."),
    "large": gettext_noop(
        "Reading this mail takes more memory or time than any mail needs; it is kept as it came."
    ),
    "damaged": gettext_noop("This mail is written so that it cannot be read; it is kept as it came."),
}
"""What is said of a mail that cannot be read, marked for translation."""


class Unreadable(Exception):  # noqa: N818  # a state of the mail, no error of ours
    """The mail cannot be read; `word` is one of SENTENCES."""

    def __init__(self, word: str) -> None:
        super().__init__(SENTENCES[word])
        self.word = word


@dataclass(frozen=True)
class Enclosed:
    """A file that came in a mail: its name as its sender wrote it, what it claims to be, and its bytes."""

    name: str
    says_type: str
    size_bytes: int
    sha256: str
    is_here: bool
    """Whether its bytes were read; not if only the beginning of the mail was."""
    _told: Any = field(repr=False, compare=False)
    _place: int = 0

    @property
    def is_mail(self) -> bool:
        """Whether it is a mail itself."""
        return self.says_type in ("message/rfc822", "message/global") or self.name.lower().endswith(".eml")

    def parts(self) -> Iterator[bytes]:
        """Its bytes, part by part."""
        left = self.size_bytes if self.is_here else 0
        self._told.seek(self._place)
        while left > 0 and (part := self._told.read(min(left, PART_BYTES))):
            left -= len(part)
            yield part


@dataclass(frozen=True)
class Mail:
    """What a mail says. Values of headers are decoded, in one line each, without signs that hide or turn."""

    headers: tuple[tuple[str, str], ...]
    text: str
    """Its beginning, 100,000 signs at most."""
    characters: int
    """How many signs the whole text has."""
    is_html: bool
    """Whether it came as a page alone, of which only the words are here."""
    links: tuple[str, ...]
    files: tuple[Enclosed, ...]
    more_files: int

    def all(self, name: str) -> list[str]:
        """Every value of a header, in order; its name in whatever letters."""
        return [value for known, value in self.headers if known.lower() == name.lower()]

    def first(self, name: str) -> str:
        """The first value of a header; "" if it is not there."""
        return next(iter(self.all(name)), "")


@contextmanager
def read_mail(file: IO[bytes], *, is_whole: bool = True) -> Iterator[Mail]:
    """Read the mail in `file`; of one that is cut off (`is_whole` false) no file is taken for whole. Raises Unreadable."""
    with tempfile.NamedTemporaryFile(prefix="mail-") as copy, tempfile.TemporaryFile() as told:
        file.seek(0)
        while part := file.read(PART_BYTES):
            copy.write(part)
        copy.flush()
        _run(Path(copy.name), told, is_whole=is_whole)
        yield _heard(told)


def _run(path: Path, told: IO[bytes], *, is_whole: bool) -> None:
    command = [sys.executable, "-I", str(PROGRAM), str(path), "whole" if is_whole else "beginning"]
    environment = {name: os.environ[name] for name in NEEDED if name in os.environ}
    try:
        subprocess.run(  # noqa: S603  # our own program; the path is one argument
            command, stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.DEVNULL, env=environment,
            timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Unreadable("large") from error


def _heard(told: IO[bytes]) -> Mail:
    """What the program told; its silence is a mail that took too much."""
    end = told.seek(0, 2)
    told.seek(0)
    length = told.read(8)
    size = struct.unpack("!Q", length)[0] if len(length) == 8 else end
    if 8 + size > end:
        raise Unreadable("large")
    said = json.loads(told.read(size))
    if "problem" in said:
        raise Unreadable(said["problem"])
    files, place = [], 8 + size
    for one in said["files"]:
        files.append(Enclosed(**one, _told=told, _place=place))
        place += one["size_bytes"] if one["is_here"] else 0
    if place > end:
        raise Unreadable("large")
    return Mail(
        headers=tuple((name, value) for name, value in said["headers"]), text=said["text"], characters=said["characters"],
        is_html=said["is_html"], links=tuple(said["links"]), files=tuple(files), more_files=said["more_files"],
    )  # fmt: skip
