"""A server that may be killed at any moment and answers again at once: each of its processes is forked from one that
has everything loaded. `python -m tests.forked PORT` prints the number of each process as it begins to answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from wsgiref.simple_server import WSGIRequestHandler, make_server

from tests.running import PATIENCE_SECONDS, ROOT, Demo, Site, free_port


class Forked:
    """The site of `demo`, one process at a time."""

    def __init__(self, demo: Demo) -> None:
        self.site = Site(demo, free_port())
        environment = demo.environment | {"KEEPWELL_URL": self.site.url, "PORT": str(self.site.port)}
        command = [sys.executable, "-m", "tests.forked", str(self.site.port)]
        with (demo.folder / "server.log").open("ab") as log:
            self.first = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=log,
                                          text=True, start_new_session=True)  # fmt: skip
        self.process = self.next()

    def next(self) -> int:
        """The number of the process that answers now."""
        line = self.first.stdout.readline() if self.first.stdout else ""
        if not line:
            raise RuntimeError((self.site.demo.folder / "server.log").read_text(errors="replace"))
        return int(line)

    def kill(self) -> None:
        """As if its process failed: it cannot tidy up. Another one answers once the database has ended what it began."""
        os.kill(self.process, signal.SIGKILL)
        self.process = self.next()
        wait_until_alone(self.site.demo)

    def end(self) -> None:
        """Put it away."""
        os.killpg(self.first.pid, signal.SIGKILL)
        self.first.wait()


def wait_until_alone(demo: Demo) -> None:
    """Wait until the database has ended what killed processes asked of it."""
    until = time.monotonic() + PATIENCE_SECONDS
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    asked = f"SELECT count(*) FROM pg_stat_activity WHERE {others}"
    while demo.database and demo.rows(asked) != [(0,)]:
        assert time.monotonic() < until, "the database still does what a killed process asked for"
        time.sleep(0.02)


class Quiet(WSGIRequestHandler):
    """Tells nobody of requests."""

    def log_message(self, *_what: object) -> None:
        """Nothing."""


def main(port: int) -> None:
    """Answer on `port` for ever, by one process after the other."""
    from django.conf import settings
    from django.db import connections
    from django.urls import get_resolver

    from keepwell.config.wsgi import application

    _ = get_resolver().reverse_dict  # brings every page and act along
    import_module(settings.ROOT_URLCONF).load_all()
    connections.close_all()
    server = make_server("127.0.0.1", port, application, handler_class=Quiet)
    while True:
        process = os.fork()
        if not process:
            server.serve_forever()
        print(process, flush=True)
        os.waitpid(process, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
