"""`keepwell demo`: the environment of the demo group, and loading it whole or not at all."""

from __future__ import annotations

import fcntl
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keepwell.config import env
from keepwell.config.progress import Progress

NOW = "2025-11-13T21:12:00Z"


def prepare() -> None:
    """Let the settings be those of the demo: its clock, its password, its band."""
    folder = Path(env.text("KEEPWELL_DATA", "var")).resolve()
    os.environ |= {"KEEPWELL_DEMO": "1", "KEEPWELL_DATA": str(folder)}
    os.environ.setdefault("KEEPWELL_NOW", NOW)
    os.environ.setdefault("KEEPWELL_SCAN", "none")
    os.environ["KEEPWELL_DEMO_PASSWORD"] = password(folder / "demo-password")
    os.environ.pop("KEEPWELL_DEMO_PASSWORD_FILE", None)


def password(path: Path) -> str:
    """The demo people's password: as configured, else kept in `path`, made at the first start."""
    configured = env.text("KEEPWELL_DEMO_PASSWORD")
    if configured:
        return configured
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(12))
    return path.read_text().strip()


def load_if_empty() -> None:
    """Make the tables, and the demo group through the same imports and acts as anybody's."""
    from django.conf import settings

    from keepwell.platform.keeping import steps

    mark = settings.KEEPWELL_DATA / "demo-is-loading"
    with alone(mark) as unfinished:
        if unfinished:
            start_over()
        steps.bring_up_to_date()
        load_group(mark)


def load_group(mark: Path) -> None:
    """Load the group if there is no unit; `mark` holds a word as long as that is not done."""
    from keepwell.platform.tree.models import Unit

    if Unit.objects.exists():
        return
    from keepwell.demo.load import load

    mark.write_text("loading")
    with Progress() as progress:
        load(progress)
    mark.write_text("")


@contextmanager
def alone(mark: Path) -> Iterator[bool]:
    """Hold `mark` against other processes; gives whether an earlier loading was cut off."""
    mark.parent.mkdir(parents=True, exist_ok=True)
    with mark.open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            env.stop("Another process is loading the demo group here; wait for it, or end it.")
        held.seek(0)
        yield bool(held.read())


def start_over() -> None:
    """Throw away half a demo group: the embedded database's files; a server's database is its owner's."""
    from django.db import connection

    if connection.vendor != "sqlite":
        env.stop("The demo group was not loaded to its end; empty the database and start again.")
    print("The demo group was not loaded to its end; starting over.", file=sys.stderr, flush=True)
    connection.close()
    for ending in ("", "-wal", "-shm"):
        Path(f"{connection.settings_dict['NAME']}{ending}").unlink(missing_ok=True)
