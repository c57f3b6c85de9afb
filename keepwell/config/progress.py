"""How far long work is: a bar on a terminal, sparse lines elsewhere, always on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import NoReturn

from tqdm import tqdm

SPARSE_SECONDS = 10
BAR = "{percentage:3.0f} %|{bar:30}| {n:,} of {total:,}, {remaining} left{postfix}"


class Progress:
    """Called with (done, total, message); a stage begins when the total changes or the count starts again."""

    def __init__(self) -> None:
        self.done = -1
        self.total: int | None = None
        self.bar: tqdm[NoReturn] | None = None
        self.said_at = 0.0

    def __call__(self, done: int, total: int | None = None, message: str = "") -> None:
        """Show that `done` of `total` (None: unknown) is done, and what is being done now."""
        fresh = self.done < 0 or total != self.total or done < self.done
        self.done, self.total = done, total
        if sys.stderr.isatty():
            self._draw(str(message), fresh=fresh)
        else:
            self._say(str(message), fresh=fresh)

    def _draw(self, message: str, *, fresh: bool) -> None:
        if fresh:
            self.close()
        if self.bar is None:
            self.bar = tqdm(total=self.total, bar_format=BAR if self.total else None, file=sys.stderr)
        self.bar.set_postfix_str(message, refresh=False)
        self.bar.update(self.done - self.bar.n)

    def _say(self, message: str, *, fresh: bool) -> None:
        over = self.total is not None and self.done >= self.total
        if not (fresh or over) and time.monotonic() - self.said_at < SPARSE_SECONDS:
            return
        self.said_at = time.monotonic()
        of = f" of {self.total:,}" if self.total else ""
        print(f"{self.done:,}{of} {message}".rstrip(), file=sys.stderr, flush=True)

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
