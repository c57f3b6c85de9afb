"""The server, and a worker beside it that ends when the server ends."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from keepwell.config import env
from keepwell.config.orphans import OURSELVES
from keepwell.platform.keys import passing

THREADS = 4
"""Of each server process: enough to keep a core busy while some wait for the database; more only wait for each other."""
BACKLOG = 1024
HEADER_MILLISECONDS = 10_000
GRACE_SECONDS = 15


def serve(address: str, port: int, *, processes: int, banner: str) -> None:
    """Answer requests on `address`:`port` until told to end; `banner` is printed once pages are answered."""
    if not is_free(address, port):
        env.stop(f"Port {port} is taken; choose another one with PORT, as PORT={port + 1}.")
    measure_together()
    passing.share()
    threading.Thread(target=announce, args=(address, port, banner), daemon=True).start()
    Granian(
        "keepwell.config.served:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        websockets=False,
        workers=processes,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE_SECONDS,
        process_name=None,
    ).serve()


def measure_together() -> None:
    """Give the server processes a folder in which their measures add up; those of earlier processes end."""
    # In memory where there is such a place: a measure is written with every request.
    parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # a folder of our own in it
    folder = tempfile.mkdtemp(prefix="keepwell-measures-", dir=parent)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


@contextmanager
def worker_beside() -> Iterator[None]:
    """A `keepwell work` that runs as long as the block and is taken along at its end, however it ends."""
    # A session of its own: Ctrl-C reaches the server alone, which then lets the worker finish its job.
    command = [*OURSELVES, "work", "--beside", str(os.getpid())]
    worker = subprocess.Popen(command, start_new_session=True)  # noqa: S603  # our own
    try:
        yield
    finally:
        worker.terminate()
        try:
            worker.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def is_free(address: str, port: int) -> bool:
    """Whether nobody listens on `address`:`port`."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def announce(address: str, port: int, banner: str) -> None:
    """Print `banner` as soon as the server answers."""
    host = "127.0.0.1" if address in ("0.0.0.0", "::") else address  # noqa: S104  # compared, not bound
    while not answers(f"http://{host}:{port}/livez"):
        time.sleep(0.1)
    print(banner, flush=True)


def answers(url: str) -> bool:
    """Whether `url` is answered at all, with whatever status."""
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310  # our own address
    except URLError as error:
        return hasattr(error, "code")
    except OSError:
        return False
    return True
