"""A PostgreSQL server of a test's own, that may be stopped and started; one that follows it, if wanted."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.running import free_port

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
USER = "postgres"


def lacks() -> str:
    """Why no server can be made here; "" if one can."""
    if not BINARIES:
        return "needs the programs of a PostgreSQL server"
    if os.geteuid() == 0 and USER not in {entry.pw_name for entry in pwd.getpwall()}:
        return "needs a user postgres, for root may not run a server"
    return ""


@dataclass(frozen=True)
class Cluster:
    """A server in a folder, on a port of its own."""

    folder: Path
    port: int
    options: str = ""

    @property
    def url(self) -> str:
        """The URL of its database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/keepwell"

    def do(self, program: str, *words: str) -> None:
        """Run one of the server's programs as its user."""
        as_user = {"user": USER} if os.geteuid() == 0 else {}
        done = subprocess.run([str(BINARIES[0] / program), *words], capture_output=True, text=True, timeout=60,
                              cwd=self.folder, **as_user)  # type: ignore[call-overload]  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        options = f"{options} {self.options}"
        self.do(
            "pg_ctl",
            "-D",
            str(self.folder / "data"),
            "-w",
            "-o",
            options,
            "-l",
            str(self.folder / "log"),
            "start",
        )

    def stop(self, how: str = "immediate") -> None:
        """Stop it; "immediate" is as if the power failed."""
        self.do("pg_ctl", "-D", str(self.folder / "data"), "-m", how, "-w", "stop")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What it answers to SQL written by hand."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(sql)
            return done.fetchall() if done.description else []

    @property
    def log(self) -> str:
        """What it logged since it was made."""
        return (self.folder / "log").read_text(errors="replace")


@contextmanager
def standby_of(primary: Cluster, options: str = "") -> Iterator[Cluster]:
    """A new server that follows `primary`, thrown away in the end."""
    folder = Path(tempfile.mkdtemp(prefix="keepwell-standby-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    made = Cluster(folder, free_port(), options)
    source = ("-h", "127.0.0.1", "-p", str(primary.port), "-U", USER)
    try:
        made.do(
            "pg_basebackup",
            *source,
            "-D",
            str(folder / "data"),
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
            "--no-sync",
        )
        made.start()
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cluster(options: str = "") -> Iterator[Cluster]:
    """A new server with an empty database, thrown away in the end."""
    folder = Path(tempfile.mkdtemp(prefix="keepwell-cluster-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    made = Cluster(folder, free_port(), options)
    try:
        made.do("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", USER, "-E", "UTF8", "--no-sync")
        made.start()
        made.do("createdb", "-h", "127.0.0.1", "-p", str(made.port), "-U", USER, "keepwell")
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)
