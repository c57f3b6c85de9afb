"""What this machine has beyond Python: a browser, a PostgreSQL server; and how often tests repeat."""

from __future__ import annotations

import getpass
import os
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import psycopg

from tests.running import on_postgresql

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WAIT_SECONDS = 2
LEFT_BEHIND = 1_000
"""From how many dead rows on a table is swept."""
T = TypeVar("T")


@cache
def chromium() -> Path | None:
    """The browser that tests may drive; None if there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Path(found) if found else None


@cache
def postgresql() -> str | None:
    """The URL of a server where databases may be made: DATABASE_URL, else one of this machine, else None."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        return given
    users = dict.fromkeys((getpass.getuser(), "postgres"))
    places = [f"postgresql://{quote(user)}@127.0.0.1:5432" for user in users] + ["postgresql://"]
    return next((f"{place}/keepwell" for place in places if may_make_databases(place)), None)


def may_make_databases(place: str) -> bool:
    """Whether the server at `place` answers, and lets us make databases."""
    try:
        with psycopg.connect(f"{place}/postgres", connect_timeout=WAIT_SECONDS) as connection:
            query = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            row = connection.execute(query).fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])


def rounds(few: T, many: T) -> T:
    """How much a test does: `few` by default, `many` under `make soak` (KEEPWELL_ROUNDS=full)."""
    return many if os.environ.get("KEEPWELL_ROUNDS") == "full" else few


def share(whole: Iterable[T]) -> list[T]:
    """All of `whole` under `make soak`; by default every second one, and on the other database those between."""
    return list(whole)[rounds(slice(int(on_postgresql()), None, 2), slice(None))]


def keep_from_tending(place: str) -> None:
    """Let the server not look after the tables of the PostgreSQL database at `place` by itself.

    It would count them while a test has not committed a row, take them for empty, and join rows one by one for minutes.
    """
    query = "SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables"
    with psycopg.connect(place, connect_timeout=WAIT_SECONDS) as connection:
        for (name,) in connection.execute(query).fetchall():
            connection.execute(f"ALTER TABLE {name} SET (autovacuum_enabled = false)")


def sweep_up(place: str) -> list[str]:
    """Free the rows that tests rolled back in the PostgreSQL database at `place`; the tables that had many.

    Every later test would read past them. A table that is left empty is cut to nothing, so that no plan counts on its
    emptiness. Outside any transaction.
    """
    query = "SELECT format('%%I.%%I', schemaname, relname) FROM pg_stat_user_tables WHERE n_dead_tup > %s ORDER BY 1"
    with psycopg.connect(place, autocommit=True, connect_timeout=WAIT_SECONDS) as connection:
        found = [str(name) for (name,) in connection.execute(query, [LEFT_BEHIND])]
        for name in found:
            connection.execute(f"VACUUM (SKIP_LOCKED) {name}")
    return found
