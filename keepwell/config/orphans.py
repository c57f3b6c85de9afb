"""A process of ours that another one begins for itself, and that ends with it."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

OURSELVES = [sys.executable, "-m", "keepwell.config.cli"]
"""How any of our commands begins."""
WATCH_SECONDS = 1


def end_with(parent: int, end: Callable[[], object]) -> None:
    """Call `end` once `parent` is no longer our parent process: killed, it could not tell us itself."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        end()

    threading.Thread(target=watch, daemon=True).start()
