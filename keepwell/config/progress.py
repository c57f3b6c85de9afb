"""How far long work is: a bar on a terminal, sparse lines elsewhere, always on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import NoReturn

from tqdm import tqdm

SPARSE_SECONDS = 10


class Progress:
    """Called with (done, total, message); each message is a stage with a bar of its own."""

    def __init__(self) -> None:
        self.stage = ""
        self.bar: tqdm[NoReturn] | None = None
        self.said_at = 0.0

    def __call__(self, done: int, total: int | None = None, message: str = "") -> None:
        """Show that `done` of `total` (None: unknown) is done of the stage `message`."""
        fresh = str(message) != self.stage
        self.stage = str(message)
        if sys.stderr.isatty():
            self._draw(done, total, fresh=fresh)
        else:
            self._say(done, total, fresh=fresh)

    def _draw(self, done: int, total: int | None, *, fresh: bool) -> None:
        if fresh:
            self.close()
        if self.bar is None:
            self.bar = tqdm(total=total, desc=self.stage, unit=" rows", unit_scale=True, file=sys.stderr)
        self.bar.total = total
        self.bar.update(done - self.bar.n)

    def _say(self, done: int, total: int | None, *, fresh: bool) -> None:
        over = total is not None and done >= total
        if not (fresh or over) and time.monotonic() - self.said_at < SPARSE_SECONDS:
            return
        self.said_at = time.monotonic()
        of = f" of {total:,}" if total else ""
        print(f"{self.stage or 'rows'}: {done:,}{of}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the present bar."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
