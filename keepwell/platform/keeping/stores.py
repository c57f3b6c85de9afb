"""The files of the data folder that a backup holds: delivered files, documents, evidence, each named by its
digest and never changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from keepwell.kernel.refusing import Refused

FOLDERS = ("evidence", "files")
KEPT = re.compile(rf"(?:{'|'.join(FOLDERS)})/[0-9a-f]{{2}}/[0-9a-f]{{64}}")
PIECE = 2**20
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def kept_files() -> Iterator[str]:
    """The names of all kept files, relative to the data folder, one folder after the other."""
    for folder in FOLDERS:
        for shelf in sorted(_entries(_root() / folder)):
            for name in sorted(_entries(_root() / folder / shelf)):
                if KEPT.fullmatch(f"{folder}/{shelf}/{name}"):
                    yield f"{folder}/{shelf}/{name}"


def _entries(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _root() -> Path:
    return Path(settings.KEEPWELL_DATA)


def opened(name: str) -> BinaryIO | None:
    """A kept file, to be read; None if it went since the names were read, as files of somebody who is erased do. One
    that the disk does not give is as if it were empty."""
    try:
        return (_root() / name).open("rb")
    except FileNotFoundError:
        return None
    except OSError:
        return BytesIO()


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """The content of a file in pieces, as far as the disk gives it."""
    with suppress(OSError):
        while piece := file.read(PIECE):
            yield piece


def is_damaged(name: str, digest: str) -> bool:
    """Whether a kept file, whose content has `digest`, is no longer what its name says."""
    return digest != name.rpartition("/")[2]


class Staging:
    """Files of a backup, kept apart until everything of it is known to be whole."""

    def __init__(self) -> None:
        self.folder, self.names, self.damaged = _root() / "files.restoring", 0, list[str]()
        self.discard()

    def receive(self, name: str, pieces: Iterator[bytes]) -> int:
        """Keep a file, but for one whose content is not what its name says, which is told in `damaged`. Returns its
        size."""
        if not KEPT.fullmatch(name):
            raise Refused(f"The backup holds a file called {name[:80]!r}, which has no place here.")
        path, digest, size = self.folder / name, sha256(), 0
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, NEW, 0o600), "wb") as file:
            for piece in pieces:
                digest.update(piece)
                size += file.write(piece)
        if is_damaged(name, digest.hexdigest()):
            self.damaged.append(name)
            path.unlink()
        self.names += 1
        return size

    def move_in(self) -> None:
        """Let every file stand in its place; what stood there under the same name is the same."""
        os.sync()
        for draft in [path for path in self.folder.rglob("*") if path.is_file()]:
            place = self.folder.parent / draft.relative_to(self.folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(place)

    def discard(self) -> None:
        """Throw away what is left."""
        for path in sorted(self.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        if self.folder.exists():
            self.folder.rmdir()
