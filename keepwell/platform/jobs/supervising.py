"""The supervisor of a worker: the process that an operator starts. It loads nothing of the house, does no job itself, and
replaces the child that does them when it dies."""

from __future__ import annotations

import logging
import signal
import subprocess
import time
from types import FrameType

log = logging.getLogger("keepwell.jobs")


class Supervisor:
    """Keeps one working child alive until told to stop."""

    def __init__(self, command: list[str]) -> None:
        self.command, self.stopping = command, False
        self.child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        while not self.stopping:
            self.child = subprocess.Popen(self.command)  # noqa: S603  # our own command line
            self.child.wait()
            if not self.stopping:
                log.warning("worker died", extra={"status": self.child.returncode})
                time.sleep(1)

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping = True
        if self.child:
            self.child.terminate()
