"""A store in a folder: written beside, synced, then named in one step."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from keepwell.platform.evidence.stores.base import PART_BYTES, Gone, Store

PLAIN_NAME = re.compile(r"[0-9a-f]{64}(-[0-9]{1,2})?")
DRAFT = "draft-"


class Disk(Store):
    """The files of one folder, spread over 256 by the first two signs of their names."""

    def __init__(self, folder: str, name: str) -> None:
        self.root = Path(folder) / name

    def path(self, name: str) -> Path:
        """Where `name` lies; refuses what is no digest, so that no name leads elsewhere."""
        if not PLAIN_NAME.fullmatch(name):
            raise ValueError("A name in the store is a digest of 64 hex digits.")
        return self.root / name[:2] / name

    def keep(self, name: str, file: IO[bytes]) -> None:
        path = self.path(name)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=DRAFT, delete=False) as draft:
            try:
                file.seek(0)
                shutil.copyfileobj(file, draft, PART_BYTES)
                draft.flush()
                os.fsync(draft.fileno())
                Path(draft.name).replace(path)
            except BaseException:
                Path(draft.name).unlink(missing_ok=True)
                raise
        _sync(path.parent)

    def has(self, name: str) -> bool:
        return self.path(name).is_file()

    def open(self, name: str) -> IO[bytes]:
        try:
            return self.path(name).open("rb")
        except FileNotFoundError as error:
            raise Gone(name) from error

    def remove(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)

    def listed(self) -> Iterator[tuple[str, datetime]]:
        for folder, _folders, found in os.walk(self.root):
            here = Path(folder)
            for name in sorted(found):
                # A draft belongs to an upload under way, or to one that a power failure ended.
                if name.startswith(DRAFT):
                    continue
                is_ours = PLAIN_NAME.fullmatch(name) and here == self.root / name[:2]
                since = datetime.fromtimestamp((here / name).lstat().st_mtime, UTC)
                yield (name if is_ours else str((here / name).relative_to(self.root))), since


def _sync(folder: Path) -> None:
    """Let the names in `folder` survive a power failure."""
    beside = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(beside)
    finally:
        os.close(beside)
