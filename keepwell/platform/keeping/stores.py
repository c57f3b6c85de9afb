"""The files of the data folder that a backup holds: delivered files, documents, evidence, each named by its
digest and never changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

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


def read(name: str) -> Iterator[bytes]:
    """The content of a kept file in pieces; one that is no longer what its name says is refused."""
    digest = sha256()
    with (_root() / name).open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            yield piece
    if digest.hexdigest() != name.rpartition("/")[2]:
        raise Refused(f"The file {name} is damaged; bring it back from an older backup, then back up again.")


class Staging:
    """Files of a backup, kept apart until everything of it is known to be whole."""

    def __init__(self) -> None:
        self.folder, self.names = _root() / "files.restoring", 0
        self.discard()

    def receive(self, name: str, pieces: Iterator[bytes]) -> int:
        """Keep a file; refused unless its content is what its name says. Returns its size."""
        if not KEPT.fullmatch(name):
            raise Refused(f"The backup holds a file called {name[:80]!r}, which has no place here.")
        path, digest, size = self.folder / name, sha256(), 0
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, NEW, 0o600), "wb") as file:
            for piece in pieces:
                digest.update(piece)
                size += file.write(piece)
        if digest.hexdigest() != path.name:
            raise Refused(f"The file {name} of the backup is not what its name says; take another copy.")
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
