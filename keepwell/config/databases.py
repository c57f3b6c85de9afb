"""Which database holds the records: SQLite in the data folder, or PostgreSQL by `DATABASE_URL`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from keepwell.config import env

BUSY_SECONDS = 20
STATEMENT_MILLISECONDS = 120_000
IDLE_MILLISECONDS = 600_000
SILENT_MILLISECONDS = 10_000
KEPT_SECONDS = 60
"""How long a connection is kept for the next who asks in its thread."""
GIVEN_UP = {"connect_timeout": 2, "keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 3,
            "tcp_user_timeout": 5_000}  # fmt: skip
"""Who waits for a replica could be answered by the primary meanwhile."""


def database(url: str, *, folder: Path) -> dict[str, Any]:
    """Django's settings for `url`; empty means the embedded database under `folder`."""
    if not url:
        return embedded(folder / "keepwell.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return embedded(Path(unquote(parts.path)))
    if parts.scheme not in ("postgres", "postgresql"):
        env.stop("DATABASE_URL must begin with postgresql:// or sqlite://.")
    named, seconds = _named(url), statement_seconds()
    return {
        "ENGINE": "keepwell.config.postgresql",
        "NAME": named.pop("dbname", "keepwell"),
        "USER": named.pop("user", ""),
        "PASSWORD": named.pop("password", ""),
        "HOST": named.pop("host", ""),
        "PORT": named.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": KEPT_SECONDS,
        # The server has ended a statement by then; whoever still hears nothing hears nothing any more.
        "PATIENCE_SECONDS": seconds + SILENT_MILLISECONDS // 1_000,
        "OPTIONS": {
            "connect_timeout": 3,
            # Who does not hear from the server for ten seconds gives the connection up: whoever waits longer sends
            # again so seldom that a network that is back would go unnoticed for as long again.
            "keepalives_idle": 4,
            # What every page asks (history/ready.py) is planned once a connection, from its third time on.
            "prepare_threshold": 2,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": SILENT_MILLISECONDS,
            "options": asked_of_server(seconds),
            **named,
        },
    }


def asked_of_server(seconds: int) -> str:
    """How the server is to work on each connection: `seconds` on a statement at most."""
    # Compiling a statement to machine code takes longer than a page's statements run; and on the disks of today a
    # look-up by an index costs hardly more than reading on.
    return (
        "-c jit=off -c random_page_cost=1.1"
        f" -c statement_timeout={seconds * 1_000}"
        # And the server gives up who is gone, who may hold what others wait for.
        f" -c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
        f" -c tcp_user_timeout={SILENT_MILLISECONDS}"
        f" -c idle_in_transaction_session_timeout={IDLE_MILLISECONDS}"
    )


def statement_seconds() -> int:
    """How long the server works on one statement at most."""
    seconds = env.number("KEEPWELL_STATEMENT_SECONDS", STATEMENT_MILLISECONDS // 1_000)
    if not seconds:
        env.stop("KEEPWELL_STATEMENT_SECONDS must be 1 or more.")
    return seconds


def _named(url: str) -> dict[str, str]:
    """What `url` says, by libpq's names; several hosts stand one after the other, each with a port or all with one."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        found = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        ports = found.get("port", "").split(",")
        if not all(0 < int(port) < 65536 for port in ports if port):
            raise ValueError(ports)
    except (ProgrammingError, ValueError):
        # Not what was wrong in it: it holds a password, and this goes to a log.
        env.stop(
            "DATABASE_URL must read postgresql://USER:PASSWORD@HOST:PORT/NAME, hosts separated by commas."
        )
    return found


def replicas(urls: list[str], *, primary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Django's settings for the replicas of `primary` at `urls`, by name; nothing is ever written to them."""
    found = {}
    for number, url in enumerate(urls, start=1):
        if "postgresql" not in primary["ENGINE"] or not url.startswith(("postgres://", "postgresql://")):
            env.stop("KEEPWELL_REPLICAS names copies of a PostgreSQL database, as postgresql://….")
        one = database(url, folder=Path())
        given = dict(parse_qsl(urlsplit(url).query))
        one["OPTIONS"] |= GIVEN_UP | given
        one["OPTIONS"]["options"] += " -c default_transaction_read_only=on"
        found[f"replica{number}"] = one | {"TEST": {"MIRROR": "default"}}
    return found


def embedded(path: Path) -> dict[str, Any]:
    """SQLite that survives power loss: WAL, full synchronous, one writer that waits."""
    return {
        "ENGINE": "keepwell.config.sqlite3",
        "NAME": path,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": KEPT_SECONDS,
        "TEST": {"NAME": ":memory:"},
        "OPTIONS": {
            "timeout": BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY;"
                # What is erased is overwritten wherever that costs no further writing.
                "PRAGMA secure_delete=FAST;"
            ),
        },
    }
