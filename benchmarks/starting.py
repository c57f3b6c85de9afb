"""How long a start takes where everything is there, and what an idle server holds in memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing

import psutil

START_SECONDS = 5.0
WEB_MEGABYTES = 250
REQUESTS = 20
KEEPWELL = [sys.executable, "-m", "keepwell.config.cli"]


def main() -> int:
    """Start, ask for a page some times, look at the memory, end; 1 if a bar is missed."""
    if os.environ.get("DATABASE_URL"):
        print("  the same on every database")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"KEEPWELL_DATA": folder, "PORT": str(free_port())}
        subprocess.run([*KEEPWELL, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        began = time.monotonic()
        server = subprocess.Popen(
            [*KEEPWELL, "serve", "--with-worker"], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            seconds, megabytes = first_answer(environment["PORT"], began), heaviest(server.pid)
        finally:
            server.terminate()
            server.wait()
    print(f"  from start to first page {seconds:8.2f} s    (at most {START_SECONDS})")
    print(f"  heaviest process at rest {megabytes:8.0f} MB   (at most {WEB_MEGABYTES})")
    return int(seconds > START_SECONDS or megabytes > WEB_MEGABYTES)


def first_answer(port: str, began: float) -> float:
    """Seconds from `began` to the first page; then the page is asked for until memory has settled."""
    url = f"http://127.0.0.1:{port}/sign-in/"
    while True:
        try:
            urllib.request.urlopen(url, timeout=10).close()
            break
        except OSError:
            time.sleep(0.05)
    seconds = time.monotonic() - began
    for _ in range(REQUESTS):
        urllib.request.urlopen(url, timeout=10).close()
    return seconds


def heaviest(pid: int) -> float:
    """Resident megabytes of the largest process of the server."""
    server = psutil.Process(pid)
    return max(process.memory_info().rss for process in [server, *server.children(recursive=True)]) / 2**20


def free_port() -> int:
    """A port nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    raise SystemExit(main())
