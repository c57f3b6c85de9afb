"""A running Keepwell with the demo group, small or whole, as an operator has it: own folder, database, processes."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import psycopg
import pytest
from psycopg import sql as pg

NOW = "2025-11-13T21:12:00Z"
DATABASE = "keepwell.sqlite3"
BY_ITSELF = shutil.ignore_patterns(f"{DATABASE}*")
"""The database, which a file taken while somebody writes would be a piece of, and what stands beside it meanwhile."""
PASSWORD = "the-demo-people-of-the-tests"
PATIENCE_SECONDS = 60
KEEPWELL = [sys.executable, "-m", "keepwell.config.cli"]
ROOT = Path(__file__).resolve().parents[1]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
LOAD = """
from keepwell.config.cli import set_up; set_up()
from keepwell.platform.keeping import steps; steps.bring_up_to_date()
from keepwell.demo.load import load; load(lambda *_: None, small={small})
from keepwell.platform.jobs.worker import queue_due, run_one
while run_one(): pass
queue_due()
while run_one(): pass
from django.db import connections; connections.close_all()
"""


@dataclass(frozen=True)
class Demo:
    """The demo group, loaded; `database` is a name on the server of DATABASE_URL, "" for SQLite."""

    folder: Path
    database: str

    @property
    def url(self) -> str:
        """The URL of its database; "" for the embedded one."""
        if not self.database:
            return ""
        address, question, options = os.environ["DATABASE_URL"].partition("?")
        return f"{address.rpartition('/')[0]}/{self.database}{question}{options}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes, nothing else of ours in it."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("KEEPWELL_", "DATABASE_", "PORT"))}
        return kept | {
            "KEEPWELL_DATA": str(self.folder), "KEEPWELL_DEMO": "1", "KEEPWELL_DEMO_PASSWORD": PASSWORD,
            "KEEPWELL_NOW": NOW, "KEEPWELL_SCAN": "none", "DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "keepwell.config.settings",
        }  # fmt: skip

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database answers to SQL written by hand; `%s` nowhere, days as ISO text."""
        if self.database:
            with psycopg.connect(self.url) as connection:
                return list(connection.execute(sql))
        with closing(sqlite3.connect(self.folder / DATABASE)) as connection:
            return list(connection.execute(sql))

    def keepwell(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run one command of Keepwell to its end."""
        return subprocess.run(
            [*KEEPWELL, *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
        )


@dataclass(frozen=True)
class Site:
    """The demo group behind a server, mostly with a worker beside it."""

    demo: Demo
    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


def load(demo: Demo, *, small: bool = True) -> None:
    """Make the demo group by a process of its own, and do what it left to a worker, and what a worker does first of each
    day and hour, so that the worker of each copy need not. In full it has all its years and people, which takes minutes."""
    fill(demo, "-c", LOAD.format(small=small))


def fill(demo: Demo, *program: str) -> None:
    """Make the database of `demo`, and let `program`, in words for Python, fill it in a process of its own."""
    if demo.database:
        create(demo.database)
    loader = [sys.executable, *program]
    done = subprocess.run(loader, env=demo.environment, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)


def shared_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all processes of the run: every one shares what is above its own."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@contextmanager
def loaded(folder: Path, load: Callable[[Demo], None] = load) -> Iterator[Demo]:
    """The demo group, or what else `load` makes, loaded once per test run however many processes ask; the last one puts
    it away."""
    folder.mkdir(parents=True, exist_ok=True)
    demo = Demo(folder / "data", f"keepwell_demo_{folder.stat().st_ino}" if on_postgresql() else "")
    users = folder / "users"
    with alone(folder):
        if not users.exists():
            load(demo)
        users.write_text(str(int(users.read_text() if users.exists() else 0) + 1))
    try:
        yield demo
    finally:
        with alone(folder):
            left = int(users.read_text()) - 1
            users.write_text(str(left))
            if not left:
                put_away(demo)
                users.unlink()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold `folder` against the other processes of the run."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def put_away(demo: Demo) -> None:
    """Throw folder and database away."""
    shutil.rmtree(demo.folder, ignore_errors=True)
    if demo.database:
        drop(demo.database)


@contextmanager
def copied(demo: Demo, folder: Path) -> Iterator[Demo]:
    """A copy of the demo group that may be changed, in `folder`, made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = Demo(folder / "data", demo.database and f"{demo.database}_{os.getpid()}_{folder.stat().st_ino}")
    copy_folder(demo, copy.folder)
    if copy.database:
        create(copy.database, template=demo.database)
    try:
        yield copy
    finally:
        put_away(copy)


def copy_folder(demo: Demo, to: Path) -> None:
    """A copy of the data folder of `demo`, its embedded database whole whatever is written to it meanwhile."""
    shutil.copytree(demo.folder, to, ignore=BY_ITSELF)
    if not demo.database:
        with (
            closing(sqlite3.connect(demo.folder / DATABASE)) as here,
            closing(sqlite3.connect(to / DATABASE)) as there,
        ):
            here.backup(there)
        shutil.copymode(demo.folder / DATABASE, to / DATABASE)


@contextmanager
def served(demo: Demo, *, beside: Sequence[str] = ("--with-worker",)) -> Iterator[Site]:
    """`demo` behind a server, mostly with a worker beside it."""
    site = Site(demo, free_port())
    command = [*KEEPWELL, "serve", "--port", str(site.port), *beside]
    environment = demo.environment | {"KEEPWELL_URL": site.url, "PORT": str(site.port)}
    log = (demo.folder / "server.log").open("wb")
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_until_ready(site, server)
        yield site
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)
        log.close()


class Reader:
    """Somebody who reads the site without a browser: signed in by password, by token, or not at all."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cookies = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies))

    def sign_in(self, name: str) -> None:
        """Sign in as a browser does."""
        token = TOKEN.search(self.page("/sign-in/"))
        assert token is not None
        form = {"name": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1], "next": "/"}
        self.opener.open(f"{self.site.url}/sign-in/", urlencode(form).encode()).close()

    def page(self, path: str) -> str:
        """What stands at `path`."""
        with self.opener.open(self.site.url + path, timeout=PATIENCE_SECONDS) as answer:
            return str(answer.read().decode())

    def api(self, path: str, token: str) -> Any:
        """What the API answers to the holder of `token`."""
        asked = Request(f"{self.site.url}/api{path}", headers={"Authorization": f"Bearer {token}"})
        with urlopen(asked, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)


def wait_until_ready(site: Site, server: subprocess.Popen[bytes]) -> None:
    """Wait until the site answers; tell what it said if it does not."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            urlopen(f"{site.url}/readyz", timeout=2).close()
            return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError((site.demo.folder / "server.log").read_text(errors="replace"))


def free_port() -> int:
    """A port nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def on_postgresql() -> bool:
    """Whether this run is that on PostgreSQL."""
    return os.environ.get("DATABASE_URL", "").startswith("postgres")


def create(database: str, template: str = "template0") -> None:
    """Make a database, as a copy of `template`."""
    drop(database)
    told = pg.SQL("CREATE DATABASE {} TEMPLATE {}").format(pg.Identifier(database), pg.Identifier(template))
    with psycopg.connect(
        f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/postgres", autocommit=True
    ) as server:
        server.execute(told)


def drop(database: str) -> None:
    """Throw a database of the tests away."""
    told = pg.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(pg.Identifier(database))
    with psycopg.connect(
        f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/postgres", autocommit=True
    ) as server:
        server.execute(told)
