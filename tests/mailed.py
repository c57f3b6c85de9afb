"""The demo group with a real mail server beside it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from keepwell.platform.notices.tests.post import Office, office
from tests.running import KEEPWELL, NOW, PATIENCE_SECONDS, ROOT, Demo, copied


@dataclass(frozen=True)
class Mailed(Demo):
    """A demo whose mail goes to a port of this machine, and whose business clock stands `now`."""

    port: int
    now: str = NOW

    @property
    def environment(self) -> dict[str, str]:
        url = f"smtp://127.0.0.1:{self.port}?tls=off"
        mail = {"KEEPWELL_MAIL_URL": url, "KEEPWELL_LEASE_SECONDS": "1"}
        return super().environment | mail | {"KEEPWELL_NOW": self.now}

    def at(self, now: str) -> Mailed:
        """The same group at another hour, an ISO moment with a zone."""
        return replace(self, now=now)

    def run(self, script: str) -> None:
        """Run Python in a process of the site."""
        told = [sys.executable, "-c", f"from keepwell.config.cli import set_up; set_up()\n{script}"]
        subprocess.run(told, env=self.environment, cwd=ROOT, check=True, timeout=PATIENCE_SECONDS)

    def worker(self) -> subprocess.Popen[bytes]:
        """A worker of its own."""
        log = (self.folder / "worker.log").open("ab")
        return subprocess.Popen(
            [*KEEPWELL, "work", "--child"], env=self.environment, cwd=ROOT, stdout=log, stderr=log
        )


@contextmanager
def mailed(demo: Demo, folder: Path) -> Iterator[tuple[Mailed, Office]]:
    """A copy of the demo group, and the office its mail goes to."""
    with copied(demo, folder) as copy, office() as (desk, settings):
        yield Mailed(copy.folder, copy.database, settings.options["EMAIL_PORT"]), desk


def wait_for(what: Callable[[], bool], why: str) -> None:
    """Wait until something is so."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not what():
        if time.monotonic() > until:
            raise AssertionError(why)
        time.sleep(0.05)
